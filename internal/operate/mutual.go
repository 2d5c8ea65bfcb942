package operate

import (
	"crypto/tls"
	"net/http"
	"sync/atomic"
)

// asked notices that a server wants a certificate of its client. How it refuses one
// without differs between servers and versions of TLS.
type asked struct{ atomic.Bool }

// noticing is a client that presents the same certificates and notices when it is
// asked for one.
func noticing(client *http.Client) (*http.Client, *asked) {
	asks := &asked{}
	return withTransport(client, client.Timeout, func(t *http.Transport) {
		c := t.TLSClientConfig
		c.GetClientCertificate = func(request *tls.CertificateRequestInfo) (*tls.Certificate, error) {
			asks.Store(true)
			for i := range c.Certificates {
				if request.SupportsCertificate(&c.Certificates[i]) == nil {
					return &c.Certificates[i], nil
				}
			}
			return &tls.Certificate{}, nil
		}
	}), asks
}

// unanswered is what was to be heard instead of an answer.
func (a *asked) unanswered(err error) APIAnswer {
	if !a.Load() {
		return APIAnswer{Error: plainly(err)}
	}
	return APIAnswer{Error: "it asks for a client certificate that it trusts, see --client-cert: " + plainly(err), AsksForCertificate: true}
}
