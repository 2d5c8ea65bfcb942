package operate

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/internal/proxytls"
)

// stabilityWindow is how far back a Region's health is looked at.
const stabilityWindow = 3 * time.Hour

// stability of the primary, as Route 53's checkers have seen it: every minute
// that they asked its health endpoint, and whether it answered with 5xx. They
// cannot see it while it is held.
func (w World) stability(ctx context.Context, o Observation) Stability {
	primary := o.Regions[0]
	if primary.Err != nil || !primary.HasFacts {
		return Stability{Err: errors.Join(primary.Err, errNoFacts(primary))}
	}
	if primary.Health.Held || o.Regions[1].keepsOut(o.At) {
		return stabilityByGuard(o)
	}
	dimensions := map[string]string{"ApiName": o.Pair.Name + "-health", "Stage": primary.Facts.Stage}
	r := w.region(o.Pair, primary.Region)
	found, err := r.metrics(ctx, []series{
		{"asked", "AWS/ApiGateway", "Count", "Sum", dimensions},
		{"failed", "AWS/ApiGateway", "5XXError", "Sum", dimensions},
	}, w.Now(), stabilityWindow)
	return Stability{For: healthyFor(found["asked"], found["failed"], w.Now()), Err: err}
}

// stabilityByGuard is that of a primary which is held: it answers its checkers with
// failures, however healthy it is.
func stabilityByGuard(o Observation) Stability {
	memory := o.Regions[1].Memory
	if memory.LastLook.IsZero() || memory.Silent(o.At) {
		return Stability{Err: errors.New("it is held, which its checkers take for a failure, and no guard looks at it")}
	}
	return Stability{For: memory.GreenFor(), ByGuard: true}
}

func errNoFacts(r RegionObservation) error {
	if r.HasFacts || r.Err != nil {
		return nil
	}
	return errors.New("its stack was deployed by an older version")
}

// gap is how long metrics may be silent: they are late by a minute or two.
const gap = 4 * time.Minute

// healthyFor goes back from now to the last minute with a failure, or to the
// last one in which nobody asked.
func healthyFor(asked, failed []Measure, now time.Time) time.Duration {
	failures := map[time.Time]bool{}
	for _, m := range failed {
		failures[m.At] = m.Value > 0
	}
	since := now
	for _, m := range asked {
		if m.Value == 0 || failures[m.At] || since.Sub(m.At) > gap {
			break
		}
		since = m.At.Add(-metricPeriod)
	}
	return now.Sub(since)
}

// askDoor makes a request to a Region's API as a client does whom DNS leads
// there: under the pair's name, whatever DNS says now.
func (w World) askDoor(ctx context.Context, facts contract.Facts, path string) APIAnswer {
	ctx, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+facts.RegionalDomainName+path, nil)
	if err != nil {
		return APIAnswer{Error: err.Error()}
	}
	request.Host = facts.DomainName
	client, asks := noticing(underName(w.HTTP, facts))
	response, err := client.Do(request)
	if err != nil {
		return asks.unanswered(err)
	}
	defer func() { _ = response.Body.Close() }()
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, 1<<16))
	return APIAnswer{Region: response.Header.Get(contract.RegionHeader), Status: response.StatusCode}
}

// underName is a client that asks a Region's servers for the pair's certificate.
func underName(client *http.Client, facts contract.Facts) *http.Client {
	return withTransport(client, 0, func(t *http.Transport) {
		if proxytls.Used(t, &http.Request{URL: &url.URL{Scheme: "https", Host: facts.RegionalDomainName}}) {
			t.DialTLSContext = proxytls.Dialer(t)
		}
		t.TLSClientConfig.ServerName = facts.DomainName
	})
}

// withTransport is a client like another one, but for its timeout, 0 for none, and
// what is changed in its transport, which has a configuration of TLS.
func withTransport(client *http.Client, timeout time.Duration, change func(*http.Transport)) *http.Client {
	transport, ok := client.Transport.(*http.Transport)
	if !ok {
		return client
	}
	transport = transport.Clone()
	if transport.TLSClientConfig == nil {
		transport.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	change(transport)
	return &http.Client{Transport: transport, CheckRedirect: client.CheckRedirect, Timeout: timeout}
}
