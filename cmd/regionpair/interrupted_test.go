package main_test

import (
	"bytes"
	"net"
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// An interrupt ends the wait for answers. What was not answered for that reason is no
// finding about the pair.
func TestAnInterruptedLookIsNoFinding(t *testing.T) {
	t.Parallel()
	commands := map[string][]string{
		"status": {"status"}, "status as JSON": {"status", "--json"}, "readiness": {"readiness"}, "history": {"history"}, "verify": {"verify"},
		"failover": {"failover", "--yes"}, "fence": {"failover", "--yes", "--fence"}, "failback": {"failback", "--yes", "--wait", "1h"},
		"hold": {"hold", "--yes"}, "release": {"release", "--yes"}, "dry run": {"failover", "--dry-run"},
		"drill": {"drill", "--live", "--yes", "--client", "partner"},
	}
	for name, args := range commands {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			command, output := interruptedInFrontOfSilence(t, args...)
			assert.Equal(t, 2, command.ProcessState.ExitCode(), output)
			assert.Contains(t, output, "interrupted; nothing was changed")
			for _, finding := range []string{"Refused", "DOWN", "not healthy", "does not answer", "child processes", "--accept", "NO", "regionpair iam"} {
				assert.NotContains(t, output, finding)
			}
		})
	}
}

func TestAnInterruptedWatchEndsWithoutAFinding(t *testing.T) {
	t.Parallel()
	command, output := interruptedInFrontOfSilence(t, "status", "--watch")
	assert.Equal(t, 0, command.ProcessState.ExitCode())
	assert.Empty(t, output)
}

// interruptedInFrontOfSilence runs a command against a network that takes every
// connection and answers nothing, and interrupts it while it waits.
func interruptedInFrontOfSilence(t *testing.T, args ...string) (command *exec.Cmd, output string) {
	t.Helper()
	proxy, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = proxy.Close() }()
	name, err := (&net.ListenConfig{}).ListenPacket(t.Context(), "udp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = name.Close() }()
	command = endsWithTests(exec.CommandContext(t.Context(), binary, append(args, "--config", "../../cdk.json")...))
	command.Env = append(os.Environ(), "HTTPS_PROXY=http://"+proxy.Addr().String(), "AWS_EC2_METADATA_DISABLED=true", "AWS_REGION=us-east-1",
		"AWS_ACCESS_KEY_ID=key", "AWS_SECRET_ACCESS_KEY=secret", "REGIONPAIR_RESOLVER="+name.LocalAddr().String(), "REGIONPAIR_NAME_SERVERS="+name.LocalAddr().String())
	var said bytes.Buffer
	command.Stdout, command.Stderr = &said, &said
	require.NoError(t, command.Start())
	waiting, err := proxy.Accept()
	require.NoError(t, err)
	defer func() { _ = waiting.Close() }()
	interrupt(t, command)
	_ = command.Wait()
	return command, said.String()
}
