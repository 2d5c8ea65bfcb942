package client

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"time"

	"github.com/regionpair/regionpair/internal/proxytls"
)

// pool is the connections of a Region that are used for one purpose.
type pool struct {
	region string
	// ordered connections take back what they have not sent when a write is
	// given up: the kernel, or a connection of HTTP/2, would otherwise deliver it
	// once the network is back.
	ordered bool
	// viaTLS connections lead through a proxy over TLS.
	viaTLS bool
}

// transport returns the transport that keeps the connections of a pool.
func (t *Transport) transport(of pool) *http.Transport {
	t.mu.Lock()
	defer t.mu.Unlock()
	if known := t.pools[of]; known != nil {
		return known
	}
	transport := t.options.Base.Clone()
	if transport.TLSClientConfig == nil {
		transport.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	if transport.HTTP2 == nil {
		// Otherwise a connection that leads nowhere stays for minutes.
		transport.HTTP2 = &http.HTTP2Config{SendPingTimeout: 5 * time.Second, PingTimeout: 2 * time.Second}
	}
	if of.ordered {
		transport.ForceAttemptHTTP2 = false
		transport.Protocols = &http.Protocols{}
		transport.Protocols.SetHTTP1(true)
		// The base may have offered HTTP/2 in a handshake already.
		transport.TLSClientConfig.NextProtos = []string{"http/1.1"}
		transport.DialContext = discardingUnsent(transport.DialContext)
	}
	if of.viaTLS {
		transport.DialTLSContext = proxytls.Dialer(transport)
	}
	transport.TLSClientConfig.ServerName = t.host
	t.pools[of] = transport
	return transport
}

type dialContext = func(ctx context.Context, network, address string) (net.Conn, error)

func discardingUnsent(dial dialContext) dialContext {
	if dial == nil {
		dial = (&net.Dialer{}).DialContext
	}
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		if tcp, isTCP := conn.(*net.TCPConn); isTCP && err == nil {
			_ = tcp.SetLinger(0)
		}
		return conn, err
	}
}
