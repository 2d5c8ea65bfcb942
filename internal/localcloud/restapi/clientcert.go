package restapi

import (
	"encoding/pem"
	"time"
)

// clientCertificate is what functions get to know of the certificate that a caller
// has presented.
type clientCertificate struct {
	ClientCertPem string   `json:"clientCertPem"`
	SubjectDN     string   `json:"subjectDN"`
	IssuerDN      string   `json:"issuerDN"`
	SerialNumber  string   `json:"serialNumber"`
	Validity      validity `json:"validity"`
}

type validity struct {
	NotBefore string `json:"notBefore"`
	NotAfter  string `json:"notAfter"`
}

// validityLayout is that of OpenSSL.
const validityLayout = "Jan _2 15:04:05 2006 GMT"

// clientCertificate is nil where the domain name asks for none.
func (x *exchange) clientCertificate() *clientCertificate {
	if x.request.TLS == nil || len(x.request.TLS.PeerCertificates) == 0 {
		return nil
	}
	c := x.request.TLS.PeerCertificates[0]
	stamp := func(at time.Time) string { return at.UTC().Format(validityLayout) }
	return &clientCertificate{
		ClientCertPem: string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})),
		SubjectDN:     c.Subject.String(), IssuerDN: c.Issuer.String(), SerialNumber: c.SerialNumber.String(),
		Validity: validity{stamp(c.NotBefore), stamp(c.NotAfter)},
	}
}

// certified is a variable that reads the caller's certificate.
func certified(field func(c *clientCertificate) string) func(x *exchange) (string, bool) {
	return func(x *exchange) (string, bool) {
		c := x.clientCertificate()
		if c == nil {
			return "", false
		}
		return filled(field(c))
	}
}
