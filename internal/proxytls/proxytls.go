// Package proxytls connects to proxies over TLS, such as those of
// HTTPS_PROXY=https://HOST, for transports that ask servers for the certificate
// of another name than the server's. An [http.Transport] has one ServerName for
// the servers and the proxy.
package proxytls

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
)

// Used reports whether a transport sends a request through such a proxy.
func Used(transport *http.Transport, request *http.Request) bool {
	if transport.Proxy == nil {
		return false
	}
	proxy, err := transport.Proxy(request)
	return err == nil && proxy != nil && proxy.Scheme == "https"
}

// Dialer connects to such a proxy as a transport does that has no DialTLSContext
// yet, and is to be it: the transport calls it for nothing else while all its
// requests take such a proxy. Later changes of the transport's ServerName do not
// reach the proxy.
func Dialer(transport *http.Transport) func(ctx context.Context, network, address string) (net.Conn, error) {
	dial, limit := transport.DialContext, transport.TLSHandshakeTimeout
	if dial == nil {
		dial = (&net.Dialer{}).DialContext
	}
	settings := &tls.Config{MinVersion: tls.VersionTLS12}
	if transport.TLSClientConfig != nil {
		settings = transport.TLSClientConfig.Clone()
	}
	// CONNECT is sent over HTTP/1, whatever the servers are offered.
	settings.NextProtos = []string{"http/1.1"}
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		plain, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		// A transport's own limit does not hold for connections from here.
		if limit > 0 {
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeout(ctx, limit)
			defer cancel()
		}
		conn := tls.Client(plain, named(settings, address))
		if err := conn.HandshakeContext(ctx); err != nil {
			_ = plain.Close()
			return nil, err
		}
		return conn, nil
	}
}

func named(settings *tls.Config, address string) *tls.Config {
	if settings.ServerName != "" {
		return settings
	}
	settings = settings.Clone()
	settings.ServerName, _, _ = net.SplitHostPort(address)
	return settings
}
