package main

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestMain lets the test's own program stand in for the emulator.
func TestMain(m *testing.M) {
	if os.Getenv("STAND_IN") == "" {
		os.Exit(m.Run())
	}
	address := net.JoinHostPort(os.Getenv("BIND_HOST"), os.Getenv("GATEWAY_PORT"))
	fmt.Fprintln(os.Stderr, http.ListenAndServe(address, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(os.Getenv("MINISTACK_REGION") + os.Getenv("AWS_ENDPOINT_URL")))
	})))
}

func TestAFrozenEmulatorIsABlackHoleUntilItThaws(t *testing.T) {
	t.Setenv("AWS_ENDPOINT_URL", "http://elsewhere.example")
	e, err := startEmulator(t.Context(), os.Args[0], "eu-west-1", "127.0.0.1", t.TempDir(), "STAND_IN=1")
	require.NoError(t, err)
	defer e.close()
	require.NoError(t, e.awaitReady(t.Context()))
	text, err := e.read(t.Context(), request{path: "/"})
	require.NoError(t, err)
	assert.Equal(t, "eu-west-1", text)

	require.NoError(t, e.freeze(t.Context()))
	assert.False(t, e.answers(t.Context()))
	require.NoError(t, e.thaw())
	require.NoError(t, e.awaitReady(t.Context()), "it answers again")
}

func TestAFrozenEmulatorCanBeClosed(t *testing.T) {
	e, err := startEmulator(t.Context(), os.Args[0], "eu-west-1", "127.0.0.1", t.TempDir(), "STAND_IN=1")
	require.NoError(t, err)
	require.NoError(t, e.awaitReady(t.Context()))
	require.NoError(t, e.freeze(t.Context()))

	e.close()

	<-e.ended
}

func TestAnEmulatorThatEndsIsNoticed(t *testing.T) {
	e, err := startEmulator(t.Context(), "/bin/false", "eu-west-1", "127.0.0.1", t.TempDir())
	require.NoError(t, err)

	require.ErrorContains(t, e.awaitReady(t.Context()), "ended, see ")
}
