package drill

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"

	repeating "github.com/regionpair/regionpair/client"
	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/internal/localcloud"
	"github.com/regionpair/regionpair/internal/localcloud/route53"
)

// client is one caller of the API: Go's own HTTP client and resolver, with
// connections that are used again. It drops its connection after a failure and
// when that is older than life, so that the next request looks the name up
// again. Clients that never do stay with a Region that answers errors, and with
// the standby after a failback.
type client struct {
	http       *http.Client
	site       site
	population int
	life       time.Duration
	renewed    time.Time
}

// site is where clients call a pair: the local cloud, or a network such as that
// of this machine.
type site struct {
	// domain is the name that clients call.
	domain string
	// populations of clients, each with a resolver of its own.
	// Default: 1.
	populations int
	// transport makes the connections of a client of a population.
	transport func(population int) (http.RoundTripper, error)
	// sentTo is the Region that a population is sent to, for requests that get no
	// connection.
	// Default: not known.
	sentTo func(ctx context.Context, population int) string
	// regions by the addresses that their connections lead to, for answers that
	// do not name their Region.
	regions map[string]string
}

// through is the site past DNS.
func (s site) through(transport http.RoundTripper) site {
	return site{domain: s.domain, regions: s.regions, transport: func(int) (http.RoundTripper, error) { return transport, nil }}
}

func newClient(at site, population int, options loadOptions) (*client, error) {
	transport, err := at.transport(population)
	if err != nil {
		return nil, err
	}
	return &client{site: at, population: population, life: options.life, renewed: time.Now(), http: &http.Client{
		Transport: transport, Timeout: options.timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// failoverTransport is the published one, with its times scaled.
func failoverTransport(cloud *localcloud.Cloud, clients *route53.Resolver, scale float64) (http.RoundTripper, error) {
	scaled := func(d time.Duration) time.Duration { return time.Duration(float64(d) / scale) }
	return repeating.NewTransport(cloud.Pair().DomainName, &repeating.Options{
		Base: cloud.NewTransportOf(clients), Resolver: clients.NetResolver(),
		RepeatAfter: scaled(2 * time.Second), StayFor: scaled(time.Minute), LookUpAfter: scaled(10 * time.Second),
	})
}

// answer is what a request came back with.
type answer struct {
	status int
	region string
	header http.Header
	body   []byte
	// sent is false for a request that has certainly not arrived anywhere,
	// because there was no connection to send it over.
	sent bool
}

// maxAnswerBytes is more than any answer of the drill has.
const maxAnswerBytes = 64 << 10

func (c *client) do(ctx context.Context, method, path string, header map[string]string, body []byte) (answer, error) {
	seen := c.trace(ctx)
	request, err := http.NewRequestWithContext(seen.ctx, method, "https://"+c.site.domain+path, bytes.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	for name, value := range header {
		request.Header.Set(name, value)
	}
	if time.Since(c.renewed) > c.life {
		c.reconnect()
	}
	response, err := c.http.Do(request)
	if err != nil {
		c.reconnect()
		return answer{sent: seen.sent.Load(), region: seen.triedIn()}, err
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(response.Body, maxAnswerBytes))
	a := answer{status: response.StatusCode, region: seen.answeredBy(response), header: response.Header, body: text, sent: true}
	if err == nil && a.status >= http.StatusInternalServerError {
		err = fmt.Errorf("status %d", a.status)
	}
	if err != nil {
		_ = response.Body.Close()
		c.reconnect()
	}
	return a, err
}

// trace is what becomes of one request.
type trace struct {
	client *client
	// ctx that the request is sent with.
	ctx context.Context
	// began is where DNS sent the client at first.
	began     string
	connected atomic.Value // to an address
	sent      atomic.Bool
}

// trace a request of the client.
func (c *client) trace(ctx context.Context) *trace {
	t := &trace{client: c, began: c.sentTo(ctx)}
	t.ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn:      func(info httptrace.GotConnInfo) { t.connected.Store(info.Conn.RemoteAddr().String()) },
		WroteHeaders: func() { t.sent.Store(true) },
	})
	return t
}

// answeredBy is the Region of an answer: the one that it names, or else the one
// that the connection leads to.
func (t *trace) answeredBy(response *http.Response) string {
	address, _ := t.connected.Load().(string)
	return cmp.Or(response.Header.Get(contract.RegionHeader), t.client.site.regions[address])
}

// triedIn is the Region of a request without an answer: that of its connection, or
// else where DNS sent it, unless that has changed meanwhile.
func (t *trace) triedIn() string {
	if address, isConnected := t.connected.Load().(string); isConnected {
		return t.client.site.regions[address]
	}
	if t.client.sentTo(context.WithoutCancel(t.ctx)) != t.began {
		return ""
	}
	return t.began
}

// sentTo is where DNS sends the client now; empty where that is not known.
func (c *client) sentTo(ctx context.Context) string {
	if c.site.sentTo == nil {
		return ""
	}
	return c.site.sentTo(ctx, c.population)
}

// reconnect makes the next request open a new connection.
func (c *client) reconnect() {
	c.http.CloseIdleConnections()
	c.renewed = time.Now()
}

func (c *client) close() { c.http.CloseIdleConnections() }
