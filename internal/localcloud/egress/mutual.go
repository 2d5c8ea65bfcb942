package egress

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"time"
)

// DemandCertificate makes a host of an endpoint refuse clients without a
// certificate that one of the authorities has signed, in the TLS handshake.
func (n *Network) DemandCertificate(host string, at Endpoint, authorities *x509.CertPool) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	e, exists := n.endpoints[at]
	if !exists {
		return fmt.Errorf("there is no endpoint %s in %s", at.Service, at.Region)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.authorities[host] = authorities
	return nil
}

// configFor is the TLS configuration for the host that a client asks for.
func (e *endpoint) configFor(usual *tls.Config) func(*tls.ClientHelloInfo) (*tls.Config, error) {
	return func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		authorities := e.authoritiesOf(hello.ServerName)
		if authorities == nil {
			return nil, nil
		}
		config := usual.Clone()
		config.ClientAuth, config.ClientCAs = tls.RequireAndVerifyClientCert, authorities
		return config, nil
	}
}

func (e *endpoint) authoritiesOf(host string) *x509.CertPool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.authorities[host]
}

// isAuthenticated is false for a request that names another host than its
// connection did, which asked for no certificate.
func (e *endpoint) isAuthenticated(r *http.Request, host string) bool {
	return e.authoritiesOf(host) == nil || r.TLS != nil && len(r.TLS.VerifiedChains) > 0
}

// IssueClient makes a certificate for a client, signed by the network's authority.
func (n *Network) IssueClient(name string) (*tls.Certificate, error) {
	return n.ca.sign(name, x509.ExtKeyUsageClientAuth, time.Now().Add(certificateLife))
}
