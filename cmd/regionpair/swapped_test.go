package main_test

import (
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"
)

// TestAPairWithSwappedRolesIsOperated runs the commands against a pair whose
// client secrets belong to the standby.
func TestAPairWithSwappedRolesIsOperated(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "assembly")
	require.NoError(t, synthesize(dir, map[string]any{"primaryRegion": central, "secondaryRegion": west, "swapped": true}))
	s := upIn(t, ".", dir, "--assembly", dir, "--time-scale", "20")
	operate := func(args ...string) outcome {
		return s.operate(append(args, "--pair", name, "--primary", central, "--standby", west, "--domain", s.ready.DomainName)...)
	}
	require.Equal(t, central, s.ready.Regions[0].Name)
	s.answeredBy(central)
	require.Eventually(t, func() bool { return operate("status").exit == 0 }, time.Minute, 500*time.Millisecond)

	ready := operate("readiness")
	assert.Equal(t, 0, ready.exit, ready.stdout+ready.stderr)

	token, err := s.token(s.inRegion("primary"), oauth2.AuthStyleInHeader)
	require.NoError(t, err)
	written := s.call(s.inRegion("primary"), http.MethodPut, "/objects/swapped", token.AccessToken, []byte("kept"))
	require.Equal(t, http.StatusNoContent, written.status, written.body)

	moved := operate("failover", "--yes")
	require.Equal(t, 0, moved.exit, moved.stdout+moved.stderr)
	s.answeredBy(west)
	again, err := s.token(s.inRegion("secondary"), oauth2.AuthStyleInHeader)
	require.NoError(t, err, "the owner of the secrets knows the client")
	assert.Eventually(t, func() bool {
		read := s.call(s.inRegion("secondary"), http.MethodGet, "/objects/swapped", again.AccessToken, nil)
		return read.status == http.StatusOK && read.body == "kept"
	}, 30*time.Second, 200*time.Millisecond)
	s.quit()
}
