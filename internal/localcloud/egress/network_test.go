package egress_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/internal/localcloud/egress"
)

var store = egress.Endpoint{Region: "eu-west-1", Service: "s3"}

const host = "s3.eu-west-1.amazonaws.com"

func newNetwork(t testing.TB) *egress.Network {
	t.Helper()
	n, err := egress.New(t.TempDir())
	require.NoError(t, err)
	t.Cleanup(n.Close)
	return n
}

func say(text string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, text+" "+r.Host+" "+r.Proto)
	})
}

func handle(t testing.TB, n *egress.Network, name string, at egress.Endpoint, h http.Handler) netip.Addr {
	t.Helper()
	address, err := n.Handle(name, at, h)
	require.NoError(t, err)
	return address
}

// viaProxy is an unmodified client with HTTPS_PROXY and our authority.
func viaProxy(t testing.TB, n *egress.Network, caller string, http2 bool) *http.Client {
	t.Helper()
	transport := &http.Transport{
		Proxy:             http.ProxyURL(n.ProxyURL(caller)),
		TLSClientConfig:   &tls.Config{RootCAs: n.CAPool(), MinVersion: tls.VersionTLS12},
		ForceAttemptHTTP2: http2,
	}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: 2 * time.Second}
}

func get(t testing.TB, client *http.Client, address string) (string, error) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	require.NoError(t, err)
	response, err := client.Do(request)
	if err != nil {
		return "", err
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if response.StatusCode != http.StatusOK {
		return "", errors.New(response.Status + ": " + string(body))
	}
	return string(body), err
}

func TestHostsLeadToTheirHandlers(t *testing.T) {
	n := newNetwork(t)
	first := handle(t, n, host, store, say("path"))
	second := handle(t, n, "*."+host, store, say("virtual"))
	assert.Equal(t, first, second, "one endpoint has one address")
	other := handle(t, n, "ssm.eu-west-1.amazonaws.com", egress.Endpoint{Region: "eu-west-1", Service: "ssm"}, say("ssm"))
	assert.NotEqual(t, first, other)
	assert.True(t, strings.HasPrefix(first.String(), "192.0.2."))

	for _, http2 := range []bool{false, true} {
		client := viaProxy(t, n, "eu-west-1", http2)
		version := map[bool]string{false: "HTTP/1.1", true: "HTTP/2.0"}[http2]
		body, err := get(t, client, "https://"+host+"/")
		require.NoError(t, err)
		assert.Equal(t, "path "+host+" "+version, body)
		body, err = get(t, client, "https://bucket."+host+"/")
		require.NoError(t, err)
		assert.Equal(t, "virtual bucket."+host+" "+version, body)
	}
	assert.Equal(t, 2, n.Calls()[egress.Call{Caller: "eu-west-1", Host: host, Known: true, Region: "eu-west-1", Service: "s3"}])
}

func TestAHostThatNobodyServesIsRefusedAndReported(t *testing.T) {
	n := newNetwork(t)
	_, err := get(t, viaProxy(t, n, "eu-west-1", false), "https://example.org/")
	require.ErrorContains(t, err, "Bad Gateway")
	assert.Equal(t, []string{"example.org"}, n.UnexpectedHosts())
}

func TestARefusedHostIsAnsweredAndReported(t *testing.T) {
	n := newNetwork(t)
	handle(t, n, host, store, say("served"))
	require.NoError(t, n.Refuse(".amazonaws.com", say("refused")))
	client := viaProxy(t, n, "eu-west-1", false)
	body, err := get(t, client, "https://dynamodb.eu-west-1.amazonaws.com/")
	require.NoError(t, err)
	assert.Contains(t, body, "refused dynamodb.eu-west-1.amazonaws.com")
	body, err = get(t, client, "https://"+host+"/")
	require.NoError(t, err)
	assert.Contains(t, body, "served")
	assert.Equal(t, []string{"dynamodb.eu-west-1.amazonaws.com"}, n.UnexpectedHosts())
}

func TestNothingLeavesTheMachine(t *testing.T) {
	n := newNetwork(t)
	for _, address := range []string{"192.0.2.77:443", "127.0.0.1:80", "example.org:443"} {
		_, err := n.DialContext(t.Context(), "tcp", address)
		require.Error(t, err, address)
	}
	_, err := get(t, viaProxy(t, n, "x", false), "https://"+host+":8443/")
	require.ErrorContains(t, err, "Forbidden")
	plain := viaProxy(t, n, "x", false)
	_, err = get(t, plain, "http://"+host+"/")
	require.ErrorContains(t, err, "HTTPS only")
}

func TestANameOfTwoRegionsGoesWhereTheResolverSays(t *testing.T) {
	n := newNetwork(t)
	west := egress.Endpoint{Region: "eu-west-1", Service: "api"}
	central := egress.Endpoint{Region: "eu-central-1", Service: "api"}
	first := handle(t, n, "d-1.execute-api.eu-west-1.amazonaws.com", west, say("target"))
	second := handle(t, n, "d-2.execute-api.eu-central-1.amazonaws.com", central, say("target"))
	require.NoError(t, n.Alias("api.example.com", west, say("west")))
	require.NoError(t, n.Alias("api.example.com", central, say("central")))
	require.Error(t, n.Alias("api.example.com", egress.Endpoint{Region: "x"}, say("x")))
	answer := first
	n.SetResolver(func(context.Context, string) (netip.Addr, error) { return answer, nil })
	for address, want := range map[netip.Addr]string{first: "west", second: "central"} {
		answer = address
		body, err := get(t, viaProxy(t, n, "client", false), "https://api.example.com/")
		require.NoError(t, err)
		assert.Contains(t, body, want)
	}
}

// direct is a client without a proxy, as callers of the API are.
func direct(n *egress.Network, address netip.Addr) *http.Client {
	return &http.Client{Timeout: time.Second, Transport: &http.Transport{
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return n.DialContext(ctx, network, netip.AddrPortFrom(address, 443).String())
		},
		TLSClientConfig: &tls.Config{RootCAs: n.CAPool(), MinVersion: tls.VersionTLS12},
	}}
}

func TestFaultsBreakOpenAndNewConnectionsUntilTheyAreCleared(t *testing.T) {
	for name, test := range map[string]struct {
		fault egress.Fault
		check func(t *testing.T, err error, took time.Duration)
	}{
		"refuse": {egress.Fault{Kind: egress.Refuse}, func(t *testing.T, err error, took time.Duration) {
			require.Error(t, err)
			assert.Less(t, took, 500*time.Millisecond)
		}},
		"blackhole": {egress.Fault{Kind: egress.Blackhole}, func(t *testing.T, err error, took time.Duration) {
			var timeout interface{ Timeout() bool }
			require.ErrorAs(t, err, &timeout)
			assert.True(t, timeout.Timeout())
			assert.Greater(t, took, 900*time.Millisecond)
		}},
		"status": {egress.Fault{Kind: egress.Status, Status: 503}, func(t *testing.T, err error, _ time.Duration) {
			require.ErrorContains(t, err, "503")
		}},
		"slow": {egress.Fault{Kind: egress.Slow, Delay: 300 * time.Millisecond}, func(t *testing.T, err error, took time.Duration) {
			require.NoError(t, err)
			assert.GreaterOrEqual(t, took, 300*time.Millisecond)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			n := newNetwork(t)
			address := handle(t, n, host, store, say("ok"))
			spared := handle(t, n, "s3.eu-central-1.amazonaws.com", egress.Endpoint{Region: "eu-central-1", Service: "s3"}, say("ok"))
			open, fresh := direct(n, address), direct(n, address)
			_, err := get(t, open, "https://"+host)
			require.NoError(t, err)

			n.SetFault("eu-west-1", "", test.fault)
			for _, client := range []*http.Client{open, fresh} {
				start := time.Now()
				_, err = get(t, client, "https://"+host)
				test.check(t, err, time.Since(start))
			}
			_, err = get(t, direct(n, spared), "https://s3.eu-central-1.amazonaws.com")
			require.NoError(t, err, "the other Region is spared")

			n.ClearFaults("eu-west-1")
			for _, client := range []*http.Client{open, fresh} {
				_, err = get(t, client, "https://"+host)
				require.NoError(t, err)
			}
		})
	}
}

func TestARefusedConnectionIsNeverMade(t *testing.T) {
	n := newNetwork(t)
	address := netip.AddrPortFrom(handle(t, n, host, store, say("ok")), 443).String()
	for fault, refused := range map[egress.FaultKind]bool{"": false, egress.Refuse: true, egress.Status: false, egress.Slow: false} {
		n.SetFault("eu-west-1", "s3", egress.Fault{Kind: fault})
		conn, err := n.DialContext(t.Context(), "tcp", address)
		if refused {
			require.ErrorIs(t, err, syscall.ECONNREFUSED)
			continue
		}
		require.NoError(t, err, fault)
		require.NoError(t, conn.Close())
	}
}

func TestAFaultOfOneServiceSparesTheOthers(t *testing.T) {
	n := newNetwork(t)
	handle(t, n, host, store, say("ok"))
	handle(t, n, "ssm.eu-west-1.amazonaws.com", egress.Endpoint{Region: "eu-west-1", Service: "ssm"}, say("ok"))
	n.SetFault("eu-west-1", "ssm", egress.Fault{Kind: egress.Refuse})
	client := viaProxy(t, n, "x", false)
	_, err := get(t, client, "https://"+host)
	require.NoError(t, err)
	_, err = get(t, client, "https://ssm.eu-west-1.amazonaws.com")
	require.Error(t, err)
}

func TestAResetReachesTheClientThroughTheProxy(t *testing.T) {
	n := newNetwork(t)
	started := make(chan struct{})
	handle(t, n, host, store, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(started)
		<-r.Context().Done()
	}))
	done := make(chan error, 1)
	client := viaProxy(t, n, "x", false)
	go func() {
		_, err := get(t, client, "https://"+host)
		done <- err
	}()
	<-started
	n.SetFault("eu-west-1", "s3", egress.Fault{Kind: egress.Refuse})
	err := <-done
	var urlError *url.Error
	require.ErrorAs(t, err, &urlError)
	assert.False(t, urlError.Timeout(), "at once, not after the client's patience")
}

func TestAnAnswerArrivesWholeBeforeTheConnectionEnds(t *testing.T) {
	n := newNetwork(t)
	large := strings.Repeat("x", 5<<20)
	handle(t, n, host, store, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Connection", "close")
		_, _ = io.WriteString(w, large)
	}))
	body, err := get(t, viaProxy(t, n, "x", false), "https://"+host)
	require.NoError(t, err)
	assert.Equal(t, len(large), len(body))
}

func BenchmarkThroughTheProxy(b *testing.B) {
	n := newNetwork(b)
	handle(b, n, host, store, say("ok"))
	client := viaProxy(b, n, "x", false)
	for b.Loop() {
		if _, err := get(b, client, "https://"+host); err != nil {
			b.Fatal(err)
		}
	}
}
