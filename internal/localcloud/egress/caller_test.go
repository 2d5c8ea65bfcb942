package egress_test

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/internal/localcloud/egress"
	"github.com/regionpair/regionpair/internal/localcloud/identitytest"
)

// sayCaller answers with the address that a request comes from.
func sayCaller() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		source, _, _ := net.SplitHostPort(r.RemoteAddr)
		_, _ = io.WriteString(w, source)
	})
}

func TestCallersHaveAddressesOfTheirOwn(t *testing.T) {
	n := newNetwork(t)
	address := handle(t, n, host, store, sayCaller())
	from := func(caller string) string {
		body, err := get(t, viaProxy(t, n, caller, true), "https://"+host+"/")
		require.NoError(t, err)
		return body
	}
	assert.Equal(t, egress.Clients.String(), from("client"))
	assert.Equal(t, egress.Functions.String(), from("eu-west-1/HandlerFunction"))
	assert.Equal(t, "192.0.2.200", from("192.0.2.200"), "a caller may be called by its address")
	n.SetClientAddress(netip.MustParseAddr("198.51.100.9"))
	assert.Equal(t, "198.51.100.9", from("client"))

	direct, found := n.ListenAddress(address)
	require.True(t, found)
	for name, dial := range map[string]func() (net.Conn, error){
		"198.51.100.9": func() (net.Conn, error) { return net.Dial("tcp", direct) },
		egress.Checkers.String(): func() (net.Conn, error) {
			return n.DialFrom(egress.Checkers)(t.Context(), "tcp", address.String()+":443")
		},
	} {
		conn, err := dial()
		require.NoError(t, err)
		client := http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: n.CAPool(), MinVersion: tls.VersionTLS12},
			Dial: func(string, string) (net.Conn, error) { return conn, nil }}} //nolint:staticcheck // the connection is there already
		body, err := get(t, &client, "https://"+host+"/")
		require.NoError(t, err)
		assert.Equal(t, name, body)
		client.CloseIdleConnections()
	}
}

func TestAHostDemandsACertificateOfItsAuthorities(t *testing.T) {
	n := newNetwork(t)
	const domain, free = "api.example.com", "free.example.com"
	handle(t, n, domain, store, say("demands"))
	handle(t, n, free, store, say("free"))
	partner, stranger := identitytest.New(t), identitytest.New(t)
	trusted := x509.NewCertPool()
	trusted.AddCert(partner.Authority)
	require.NoError(t, n.DemandCertificate(domain, store, trusted))
	require.ErrorContains(t, n.DemandCertificate(domain, egress.Endpoint{Service: "none"}, trusted), "there is no endpoint none")

	with := func(http2 bool, certificates ...tls.Certificate) *http.Client {
		client := viaProxy(t, n, "client", http2)
		client.Transport.(*http.Transport).TLSClientConfig.Certificates = certificates
		return client
	}
	for _, http2 := range []bool{false, true} {
		body, err := get(t, with(http2, partner.Certificate), "https://"+domain+"/")
		require.NoError(t, err)
		assert.Contains(t, body, "demands "+domain)
		for name, client := range map[string]*http.Client{"none": with(http2), "a stranger's": with(http2, stranger.Certificate)} {
			_, err := get(t, client, "https://"+domain+"/")
			require.Error(t, err, name)
			assert.NotContains(t, err.Error(), "403", "it is refused in the handshake: %s", name)
		}
		body, err = get(t, with(http2), "https://"+free+"/")
		require.NoError(t, err)
		assert.Contains(t, body, "free "+free)
	}
	issued, err := n.IssueClient("client")
	require.NoError(t, err)
	trusted.AddCert(n.Authority())
	_, err = get(t, with(true, *issued), "https://"+domain+"/")
	require.NoError(t, err)

	// A connection that was made for another host leads no further.
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+free+"/", nil)
	require.NoError(t, err)
	request.Host = domain
	response, err := with(false).Do(request)
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	assert.Equal(t, http.StatusForbidden, response.StatusCode)
}

func TestWhatHangsInABlackHoleIsCounted(t *testing.T) {
	n := newNetwork(t)
	handle(t, n, host, store, say("served"))
	client := viaProxy(t, n, "client", false)
	client.Timeout = time.Minute
	_, err := get(t, client, "https://"+host+"/")
	require.NoError(t, err)
	n.SetFault(store.Region, store.Service, egress.Fault{Kind: egress.Blackhole})
	assert.Zero(t, n.Hanging(store.Region, store.Service), "an idle connection has nothing to lose")
	failed := make(chan error, 1)
	go func() {
		response, err := client.Post("https://"+host+"/", "text/plain", strings.NewReader("lost"))
		if err == nil {
			_ = response.Body.Close()
		}
		failed <- err
	}()
	require.Eventually(t, func() bool { return n.Hanging(store.Region, store.Service) == 1 }, time.Minute, time.Millisecond)
	n.ClearFaults(store.Region)
	require.Error(t, <-failed)
	require.Eventually(t, func() bool { return n.Hanging(store.Region, store.Service) == 0 }, time.Minute, time.Millisecond)
}
