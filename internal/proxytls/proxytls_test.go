package proxytls_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/internal/proxytls"
	"github.com/regionpair/regionpair/internal/proxytls/proxytlstest"
)

func TestOnlyProxiesOverTLSNeedADialer(t *testing.T) {
	request, err := http.NewRequest(http.MethodGet, "https://api.example.com/", nil)
	require.NoError(t, err)
	assert.False(t, proxytls.Used(&http.Transport{}, request))
	for proxy, want := range map[string]bool{"https://proxy:3128": true, "http://proxy:3128": false, "socks5://proxy:1080": false} {
		address, err := url.Parse(proxy)
		require.NoError(t, err)
		assert.Equal(t, want, proxytls.Used(&http.Transport{Proxy: http.ProxyURL(address)}, request), proxy)
	}
	for _, err := range []error{nil, errors.New("no proxy is known")} {
		none := func(*http.Request) (*url.URL, error) { return nil, err }
		assert.False(t, proxytls.Used(&http.Transport{Proxy: none}, request))
	}
}

func TestAProxyWithoutACertificateForItsNameIsRefused(t *testing.T) {
	proxy := proxytlstest.New(t)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: x509.NewCertPool(), MinVersion: tls.VersionTLS12}}
	transport.TLSClientConfig.RootCAs.AddCert(proxy.Certificate)
	dial := proxytls.Dialer(transport)
	transport.TLSClientConfig.ServerName = "api.example.com"
	conn, err := dial(t.Context(), "tcp", proxy.URL.Host)
	require.NoError(t, err)
	_ = conn.Close()

	transport.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, proxy.URL.Host)
	}
	transport.TLSClientConfig.ServerName = ""
	_, err = proxytls.Dialer(transport)(t.Context(), "tcp", "proxy.example.com:443")
	var wrong *tls.CertificateVerificationError
	require.ErrorAs(t, err, &wrong)

	_, err = proxytls.Dialer(&http.Transport{})(t.Context(), "tcp", proxy.URL.Host)
	require.ErrorAs(t, err, &wrong, "nobody trusts it")
}

func TestAProxyThatSaysNothingIsGivenUp(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = listener.Close() }()
	_, err = proxytls.Dialer(&http.Transport{TLSHandshakeTimeout: 50 * time.Millisecond})(t.Context(), "tcp", listener.Addr().String())
	require.ErrorIs(t, err, context.DeadlineExceeded)
}
