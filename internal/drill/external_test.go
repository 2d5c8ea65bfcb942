package drill

import (
	"encoding/pem"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/internal/workload"
)

// runCommand starts a load command against a server, whose certificate is good
// for the proxy, too.
func runCommand(t *testing.T, server *httptest.Server, text string) (*load, *recorder) {
	t.Helper()
	dir, rec := t.TempDir(), &recorder{}
	caFile := filepath.Join(dir, "ca.pem")
	require.NoError(t, os.WriteFile(caFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600))
	certificates := server.TLS.Clone()
	certificates.NextProtos = []string{"http/1.1"}
	at := site{
		domain: "example.com", transport: func(int) (http.RoundTripper, error) { return transportTo(server), nil },
		regions: map[string]string{server.Listener.Addr().String(): "eu-west-1"},
	}
	by := command{text: text, dir: dir, caFile: caFile, certificates: certificates}
	l, err := startCommand(t.Context(), at, by, workload.Client{ID: "orders.partner", Secret: "s"}, rec, loadOptions{timeout: time.Second, life: time.Minute})
	require.NoError(t, err)
	t.Cleanup(l.stop)
	return l, rec
}

func TestACommandIsMeasuredAtItsProxy(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("curl is not installed")
	}
	kept := newStore("eu-west-1")
	kept.bodies["/objects/a"] = "x y"
	server := httptest.NewTLSServer(kept)
	defer server.Close()
	const script = `while true; do
		curl -s -o /dev/null -H "Authorization: Bearer $REGIONPAIR_TOKEN" "$REGIONPAIR_URL/objects/a"
		curl -s -o /dev/null -H "Authorization: Bearer $REGIONPAIR_TOKEN" -X PUT --data "b c" "$REGIONPAIR_URL/objects/b"
		curl -s -o /dev/null https://example.org/ || true
		sleep 0.05
	done`
	l, rec := runCommand(t, server, script)
	require.Eventually(t, func() bool { return len(rec.since(time.Time{})) > 6 }, 10*time.Second, 10*time.Millisecond)
	require.NoError(t, l.external.check())
	samples, _ := rec.snapshot()
	failed, _ := countFailed(samples)
	assert.Zero(t, failed, histogram(samples))
	kinds := map[kind]int{}
	for _, s := range samples {
		kinds[s.kind]++
		assert.Equal(t, "eu-west-1", s.region)
	}
	assert.Positive(t, kinds[read])
	assert.Positive(t, kinds[write], "of another host there is nothing")

	server.CloseClientConnections()
	_ = server.Listener.Close() // the Region is gone
	require.Eventually(t, func() bool {
		samples, _ := rec.snapshot()
		failed, _ := countFailed(samples)
		return failed > 0
	}, 10*time.Second, 10*time.Millisecond, "an outage is seen")
}

func TestACommandThatEndsIsAnErrorWithWhatItPrinted(t *testing.T) {
	server := httptest.NewTLSServer(newStore("eu-west-1"))
	defer server.Close()
	l, _ := runCommand(t, server, "echo no such script; exit 3")
	require.Eventually(t, func() bool { return l.external.check() != nil }, 5*time.Second, time.Millisecond)
	err := l.external.check()
	require.ErrorContains(t, err, "exit status 3")
	require.ErrorContains(t, err, "no such script")
}

func TestEverythingACommandHasStartedEnds(t *testing.T) {
	server := httptest.NewTLSServer(newStore("eu-west-1"))
	defer server.Close()
	l, _ := runCommand(t, server, "sleep 600 & sleep 600")
	begun := time.Now()
	l.stop()
	assert.Less(t, time.Since(begun), 3*time.Second)
}

func TestAConnectionOfTheCommandLeavesNoneBehind(t *testing.T) {
	var open atomic.Int32
	server := httptest.NewUnstartedServer(newStore("eu-west-1"))
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		switch state {
		case http.StateNew:
			open.Add(1)
		case http.StateClosed:
			open.Add(-1)
		}
	}
	server.StartTLS()
	defer server.Close()
	at := site{domain: "example.com", transport: func(int) (http.RoundTripper, error) { return transportTo(server), nil }}
	certificates := server.TLS.Clone()
	certificates.NextProtos = []string{"http/1.1"}
	e, err := startExternal(at, certificates, &recorder{})
	require.NoError(t, err)
	defer e.stop()

	transport := server.Client().Transport.(*http.Transport).Clone()
	transport.Proxy = http.ProxyURL(&url.URL{Scheme: "http", Host: e.listener.Addr().String()})
	command := &http.Client{Transport: transport}
	get := func() {
		response, err := command.Get("https://example.com/objects/a")
		require.NoError(t, err)
		_, err = io.Copy(io.Discard, response.Body)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
	}
	noneIsOpen := func() bool { return open.Load() == 0 }
	for range 3 {
		get()
		assert.EqualValues(t, 1, open.Load(), "the command keeps its connection")
	}
	command.CloseIdleConnections()
	require.Eventually(t, noneIsOpen, 5*time.Second, time.Millisecond)
	transport.DisableKeepAlives = true
	for range 20 {
		get()
	}
	require.Eventually(t, noneIsOpen, 5*time.Second, time.Millisecond)
	e.callers.Range(func(any, any) bool { t.Error("a client is left"); return false })
}
