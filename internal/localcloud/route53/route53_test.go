package route53_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/miekg/dns"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/internal/failover"
	"github.com/regionpair/regionpair/internal/localcloud/route53"
)

var addresses = map[string]netip.Addr{
	"primary.test":   netip.MustParseAddr("192.0.2.1"),
	"secondary.test": netip.MustParseAddr("192.0.2.2"),
}

// world is two health endpoints that can be broken.
type world struct {
	primary, switchOn atomic.Bool
	hangs             atomic.Bool
	requests          atomic.Int64
	connections       atomic.Int64
	service           *route53.Service
	mu                sync.Mutex
	changes           []failover.Change
}

// newWorld has aliases for api.example.com and CNAMEs for www.example.com.
func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{}
	w.primary.Store(true)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.requests.Add(1)
		good := w.primary.Load()
		if r.URL.Path == "/switch" {
			good = w.switchOn.Load()
		} else if w.hangs.Load() {
			<-r.Context().Done()
			return
		}
		if !good {
			rw.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			w.connections.Add(1)
		}
	}
	server.StartTLS()
	t.Cleanup(server.Close)
	check := func(id, host, path string, inverted bool) failover.Check {
		return failover.Check{ID: id, Host: host, Path: path, Port: 443, Inverted: inverted, Interval: 10 * time.Second, Threshold: 2, Regions: failover.CheckerRegions[:3]}
	}
	service, err := route53.Start(t.Context(), route53.Options{
		Checks: []failover.Check{
			check("endpoint", "primary.test", "/health", false), check("switch", "secondary.test", "/switch", true),
			{ID: "serves", Children: []string{"endpoint", "switch"}, HealthThreshold: 2},
		},
		Records: []failover.Record{
			{Name: "api.example.com", Type: "A", SetIdentifier: "primary", Policy: failover.Failover, Primary: true, Check: "serves", Target: "primary.test", TTL: failover.AliasTTL},
			{Name: "api.example.com", Type: "A", SetIdentifier: "secondary", Policy: failover.Failover, Target: "secondary.test", TTL: failover.AliasTTL},
			{Name: "www.example.com", Type: "CNAME", SetIdentifier: "primary", Policy: failover.Failover, Primary: true, Check: "serves", Target: "primary.test", TTL: 10 * time.Second},
			{Name: "www.example.com", Type: "CNAME", SetIdentifier: "secondary", Policy: failover.Failover, Target: "secondary.test", TTL: 10 * time.Second},
			{Name: "near.example.com", Type: "CNAME", SetIdentifier: "primary", Policy: failover.Latency, Region: "eu-west-1", Target: "primary.test", TTL: 10 * time.Second},
			{Name: "near.example.com", Type: "CNAME", SetIdentifier: "secondary", Policy: failover.Latency, Region: "us-east-1", Target: "secondary.test", TTL: 10 * time.Second},
			{Name: "_regionpair.www.example.com", Type: "TXT", SetIdentifier: "primary", Policy: failover.Failover, Primary: true, Check: "serves", Texts: []string{"serving=primary.test", " peer=secondary.test"}, TTL: 10 * time.Second},
			{Name: "_regionpair.www.example.com", Type: "TXT", SetIdentifier: "secondary", Policy: failover.Failover, Texts: []string{"serving=secondary.test", " peer=primary.test"}, TTL: 10 * time.Second},
		},
		Resolve: func(host string) (netip.Addr, bool) { ip, ok := addresses[host]; return ip, ok },
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, server.Listener.Addr().String())
		},
		TimeScale: 100,
		OnChange: func(c failover.Change) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.changes = append(w.changes, c)
		},
	})
	require.NoError(t, err)
	t.Cleanup(service.Close)
	w.service = service
	return w
}

func (w *world) target() string {
	record, _ := w.service.Answer("api.example.com", "A")
	return record.Target
}

func (w *world) becomes(t *testing.T, target string) {
	t.Helper()
	require.Eventually(t, func() bool { return w.target() == target }, 10*time.Second, 5*time.Millisecond, "%s is not answered", target)
}

func TestAnswersFollowTheEndpointsAndTheSwitch(t *testing.T) {
	w := newWorld(t)
	assert.Equal(t, "secondary.test", w.target(), "a new inverted check is unhealthy")
	w.becomes(t, "primary.test")
	w.primary.Store(false)
	w.becomes(t, "secondary.test")
	assert.False(t, w.service.Healthy("serves"))
	w.primary.Store(true)
	w.becomes(t, "primary.test")
	w.switchOn.Store(true)
	w.becomes(t, "secondary.test")
	assert.True(t, w.service.Healthy("endpoint"))
	w.switchOn.Store(false)
	w.becomes(t, "primary.test")
	w.hangs.Store(true)
	w.becomes(t, "secondary.test")
	w.mu.Lock()
	defer w.mu.Unlock()
	assert.Contains(t, w.changes[0].Check, "s", "the first change is the switch and what is calculated from it")
}

func TestEveryRequestHasItsOwnConnection(t *testing.T) {
	w := newWorld(t)
	w.becomes(t, "primary.test")
	assert.GreaterOrEqual(t, w.connections.Load(), w.requests.Load())
}

func TestAHostThatIsNotServedIsRefused(t *testing.T) {
	_, err := route53.Start(t.Context(), route53.Options{
		Checks:  []failover.Check{{ID: "c", Host: "nowhere.test", Interval: 10 * time.Second, Threshold: 1, Regions: failover.CheckerRegions}},
		Resolve: func(string) (netip.Addr, bool) { return netip.Addr{}, false },
	})
	require.ErrorContains(t, err, "nowhere.test")
}

func ask(t *testing.T, address, network, name string, kind uint16) *dns.Msg {
	t.Helper()
	question := new(dns.Msg)
	question.SetQuestion(name, kind)
	question.SetEdns0(1232, false)
	reply, _, err := (&dns.Client{Net: network}).Exchange(question, address)
	require.NoError(t, err)
	return reply
}

func TestTheNameServerSpeaksDNS(t *testing.T) {
	w := newWorld(t)
	w.becomes(t, "primary.test")
	n, err := route53.NewNameServer(w.service, "example.com")
	require.NoError(t, err)
	t.Cleanup(n.Close)
	for _, network := range []string{"udp", "tcp"} {
		reply := ask(t, n.Address(), network, "api.example.com.", dns.TypeA)
		require.Len(t, reply.Answer, 1)
		assert.Equal(t, "192.0.2.1", reply.Answer[0].(*dns.A).A.String())
		assert.EqualValues(t, 60, reply.Answer[0].Header().Ttl)
		assert.True(t, reply.Authoritative)
		assert.NotNil(t, reply.IsEdns0())
	}
	chain := ask(t, n.Address(), "udp", "www.example.com.", dns.TypeA).Answer
	require.Len(t, chain, 2)
	assert.Equal(t, "primary.test.", chain[0].(*dns.CNAME).Target)
	assert.EqualValues(t, 10, chain[0].Header().Ttl)
	assert.Equal(t, "primary.test.", chain[1].Header().Name)
	assert.Equal(t, "192.0.2.1", chain[1].(*dns.A).A.String())
	assert.Len(t, ask(t, n.Address(), "udp", "www.example.com.", dns.TypeAAAA).Answer, 1, "a CNAME answers for every type")
	none := ask(t, n.Address(), "udp", "api.example.com.", dns.TypeAAAA)
	assert.Equal(t, dns.RcodeSuccess, none.Rcode)
	assert.Empty(t, none.Answer)
	assert.Equal(t, dns.RcodeNameError, ask(t, n.Address(), "udp", "other.example.com.", dns.TypeA).Rcode)
	assert.Equal(t, dns.RcodeRefused, ask(t, n.Address(), "udp", "other.org.", dns.TypeA).Rcode)
	assert.Len(t, ask(t, n.Address(), "udp", "example.com.", dns.TypeSOA).Answer, 1)
	assert.Len(t, ask(t, n.Address(), "udp", "example.com.", dns.TypeNS).Answer, 1)
	assert.Len(t, ask(t, n.Address(), "udp", "secondary.test.", dns.TypeA).Answer, 1)
}

func TestTextsFollowTheChecks(t *testing.T) {
	w := newWorld(t)
	n, err := route53.NewNameServer(w.service, "example.com")
	require.NoError(t, err)
	t.Cleanup(n.Close)
	r, err := route53.NewResolver(route53.ResolverOptions{Upstream: n.Address(), TimeScale: 100})
	require.NoError(t, err)
	t.Cleanup(r.Close)
	says := func(want string) {
		require.Eventually(t, func() bool {
			texts, err := r.NetResolver().LookupTXT(t.Context(), "_regionpair.www.example.com")
			return err == nil && len(texts) == 1 && texts[0] == want
		}, 10*time.Second, 5*time.Millisecond, want)
	}
	says("serving=primary.test peer=secondary.test")
	w.primary.Store(false)
	says("serving=secondary.test peer=primary.test")
	none := ask(t, n.Address(), "udp", "_regionpair.www.example.com.", dns.TypeA)
	assert.Equal(t, dns.RcodeSuccess, none.Rcode, "there is a record of another type")
	assert.Empty(t, none.Answer)
}

// The shortest-lived record of an answer decides, and time passes a hundred
// times as fast as at AWS.
func TestTheResolverKeepsAnswersForTheirTTL(t *testing.T) {
	for name, ttl := range map[string]time.Duration{"api.example.com": 60 * time.Second, "www.example.com": 10 * time.Second} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.becomes(t, "primary.test")
			n, err := route53.NewNameServer(w.service, "example.com")
			require.NoError(t, err)
			t.Cleanup(n.Close)
			r, err := route53.NewResolver(route53.ResolverOptions{Upstream: n.Address(), TimeScale: 100})
			require.NoError(t, err)
			t.Cleanup(r.Close)
			asked := time.Now()
			first := ask(t, r.Address(), "udp", name+".", dns.TypeA)
			require.EqualValues(t, ttl.Seconds(), first.Answer[0].Header().Ttl)
			for {
				again := ask(t, r.Address(), "udp", name+".", dns.TypeA)
				if n.Queries() > 1 {
					assert.GreaterOrEqual(t, time.Since(asked), ttl/100)
					return
				}
				require.LessOrEqual(t, again.Answer[0].Header().Ttl, uint32(ttl.Seconds()))
				require.Less(t, time.Since(asked), 10*time.Second, "the answer is kept for ever")
			}
		})
	}
}

func TestTheResolverFindsNothingWhereNothingIs(t *testing.T) {
	w := newWorld(t)
	n, err := route53.NewNameServer(w.service, "example.com")
	require.NoError(t, err)
	t.Cleanup(n.Close)
	r, err := route53.NewResolver(route53.ResolverOptions{Upstream: n.Address(), TimeScale: 1})
	require.NoError(t, err)
	t.Cleanup(r.Close)
	_, err = r.LookupAddr(t.Context(), "other.example.com")
	require.Error(t, err)
}

func TestClientsAreSentToTheRegionThatTheyAreNear(t *testing.T) {
	w := newWorld(t)
	n, err := route53.NewNameServer(w.service, "example.com")
	require.NoError(t, err)
	t.Cleanup(n.Close)
	for near, target := range map[string]string{"eu-west-1": "primary.test.", "us-east-1": "secondary.test."} {
		r, err := route53.NewResolver(route53.ResolverOptions{Upstream: n.Address(), TimeScale: 1, Near: near})
		require.NoError(t, err)
		t.Cleanup(r.Close)
		answer := ask(t, r.Address(), "udp", "near.example.com.", dns.TypeA)
		require.NotEmpty(t, answer.Answer)
		assert.Equal(t, target, answer.Answer[0].(*dns.CNAME).Target, near)
	}
}

// The answers of clients that began at the same time expire at different times.
func TestTheFirstAnswerMayBeOlder(t *testing.T) {
	w := newWorld(t)
	n, err := route53.NewNameServer(w.service, "example.com")
	require.NoError(t, err)
	t.Cleanup(n.Close)
	r, err := route53.NewResolver(route53.ResolverOptions{Upstream: n.Address(), TimeScale: 1, Age: 0.75})
	require.NoError(t, err)
	t.Cleanup(r.Close)
	ask(t, r.Address(), "udp", "www.example.com.", dns.TypeA)
	_, left, found := r.Cached("www.example.com")
	require.True(t, found)
	assert.InDelta(t, 2.5, left.Seconds(), 0.3)
}
