package drill

import (
	"net/http"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/internal/operate"
)

// door is the API of a Region under the pair's name, past DNS.
type door struct {
	http.RoundTripper
	host, domain string
}

func newDoor(w operate.World, facts contract.Facts) door {
	client := w.Door(facts)
	if transport, ok := client.Transport.(*http.Transport); ok {
		transport.DisableKeepAlives, transport.MaxIdleConnsPerHost = false, verifiers
	}
	return door{client.Transport, facts.RegionalDomainName, facts.DomainName}
}

// RoundTrip implements http.RoundTripper.
func (d door) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.URL.Host, r.Host = d.host, d.domain
	return d.RoundTripper.RoundTrip(r)
}

// CloseIdleConnections of the transport.
func (d door) CloseIdleConnections() { closeIdle(d.RoundTripper) }
