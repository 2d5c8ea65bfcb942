package localcloud

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
)

// NewTransport connects as a client of the pair does: it asks the clients'
// resolver for each new connection and trusts the throw-away authority.
func (c *Cloud) NewTransport() *http.Transport {
	resolver := c.resolver.NetResolver()
	return &http.Transport{
		TLSClientConfig:     &tls.Config{RootCAs: c.network.CAPool(), MinVersion: tls.VersionTLS12},
		MaxIdleConnsPerHost: 1,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			host, port, err := net.SplitHostPort(address)
			if err != nil {
				return nil, err
			}
			addresses, err := resolver.LookupNetIP(ctx, "ip4", host)
			if err != nil {
				return nil, err
			}
			return c.network.DialContext(ctx, network, net.JoinHostPort(addresses[0].Unmap().String(), port))
		},
	}
}
