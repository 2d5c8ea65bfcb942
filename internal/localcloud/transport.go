package localcloud

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/netip"

	"github.com/regionpair/regionpair/internal/localcloud/route53"
)

// NewTransport connects as a client of the pair does: it asks the clients'
// resolver for each new connection, trusts the throw-away authority and presents
// the clients' certificate when it is asked for one.
func (c *Cloud) NewTransport() *http.Transport { return c.NewTransportOf(c.resolver) }

// NewTransportOf connects as clients of another resolver do.
func (c *Cloud) NewTransportOf(clients *route53.Resolver) *http.Transport {
	resolver := clients.NetResolver()
	return c.transport(func(ctx context.Context, host string) (netip.Addr, error) {
		addresses, err := resolver.LookupNetIP(ctx, "ip4", host)
		if err != nil {
			return netip.Addr{}, err
		}
		return addresses[0].Unmap(), nil
	})
}

// NewTransportTo connects to the API of one Region, whatever DNS says.
func (c *Cloud) NewTransportTo(region Region) *http.Transport {
	return c.transport(func(context.Context, string) (netip.Addr, error) { return region.Address, nil })
}

func (c *Cloud) transport(find func(ctx context.Context, host string) (netip.Addr, error)) *http.Transport {
	return &http.Transport{
		TLSClientConfig:     c.clientTLS(),
		MaxIdleConnsPerHost: 1,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			host, port, err := net.SplitHostPort(address)
			if err != nil {
				return nil, err
			}
			found, err := find(ctx, host)
			if err != nil {
				return nil, err
			}
			return c.network.DialContext(ctx, network, net.JoinHostPort(found.String(), port))
		},
	}
}

func (c *Cloud) clientTLS() *tls.Config {
	config := &tls.Config{RootCAs: c.network.CAPool(), MinVersion: tls.VersionTLS12}
	if c.certificate != nil {
		config.Certificates = []tls.Certificate{*c.certificate}
	}
	return config
}
