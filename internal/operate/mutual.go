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
	transport, ok := client.Transport.(*http.Transport)
	if !ok {
		return client, asks
	}
	transport = transport.Clone()
	if transport.TLSClientConfig == nil {
		transport.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	presented := transport.TLSClientConfig.Certificates
	transport.TLSClientConfig.GetClientCertificate = func(request *tls.CertificateRequestInfo) (*tls.Certificate, error) {
		asks.Store(true)
		for i := range presented {
			if request.SupportsCertificate(&presented[i]) == nil {
				return &presented[i], nil
			}
		}
		return &tls.Certificate{}, nil
	}
	return &http.Client{Transport: transport, CheckRedirect: client.CheckRedirect, Timeout: client.Timeout}, asks
}

// unanswered is what was to be heard instead of an answer.
func (a *asked) unanswered(err error) APIAnswer {
	if !a.Load() {
		return APIAnswer{Error: plainly(err)}
	}
	return APIAnswer{Error: "it asks for a client certificate that it trusts, see --client-cert: " + plainly(err), AsksForCertificate: true}
}
