package console

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/internal/localcloud"
)

func exampleState() State {
	return State{
		DomainName: "api.example.com", TimeScale: 10, Kind: "pass", Headline: "eu-west-1 (primary) serves everybody", Requests: 24, RTO: "33.0 s",
		Regions: []RegionState{{Name: "eu-west-1", Role: "primary", Hold: "off", Requests: 24, Share: 10, Pending: 3, Behind: 1.4}, {Name: "eu-central-1", Role: "standby", Switch: "off"}},
		DNS:     DNSState{Cached: "eu-west-1", TTL: 7.2, Authoritative: "eu-west-1"},
		Checks:  []CheckState{{Name: "health of eu-west-1", Agree: 16, Checkers: 16, Healthy: true}},
		Guard:   GuardState{Mode: "guarded", Phase: "armed", Reason: "all is <i>well</i>"},
		Loss:    []LossState{{Region: "eu-west-1", Writes: 3, Seconds: 1.2}},
		Events:  []Event{{At: "12.0 s", Text: "crash in <b>"}},
	}
}

// fixture serves a page of a state that tests change.
type fixture struct {
	mu      sync.Mutex
	current State
	orders  []string
	server  *httptest.Server
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	f := &fixture{current: exampleState()}
	f.server = httptest.NewUnstartedServer(nil)
	address := f.server.Listener.Addr().String()
	f.server.Config.Handler = newWeb(address, "right", f.state, func(region, order string) error {
		f.orders = append(f.orders, region+": "+order)
		return nil
	}).handler()
	f.server.Start()
	t.Cleanup(f.server.Close)
	return f
}

func (f *fixture) state() State {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.current
}

func (f *fixture) post(t *testing.T, change func(*http.Request)) int {
	t.Helper()
	form := url.Values{"token": {"right"}, "region": {"eu-west-1"}, "do": {"fault crash"}}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, f.server.URL+"/act", strings.NewReader(form.Encode()))
	require.NoError(t, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	change(r)
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(r)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	return response.StatusCode
}

func TestOnlyThePageItselfCanPressButtons(t *testing.T) {
	f := newFixture(t)
	assert.Equal(t, http.StatusSeeOther, f.post(t, func(*http.Request) {}))
	assert.Equal(t, []string{"eu-west-1: fault crash"}, f.orders)
	for name, test := range map[string]struct {
		change func(*http.Request)
		want   int
	}{
		"another site":   {func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }, http.StatusForbidden},
		"another origin": {func(r *http.Request) { r.Header.Set("Origin", "https://evil.example") }, http.StatusForbidden},
		"a rebound name": {func(r *http.Request) { r.Host = "evil.example" }, http.StatusMisdirectedRequest},
		"without a token": {func(r *http.Request) {
			r.Body = io.NopCloser(strings.NewReader("region=eu-west-1&do=heal"))
			r.ContentLength = 24
		}, http.StatusForbidden},
		"by GET": {func(r *http.Request) { r.Method = http.MethodGet }, http.StatusMethodNotAllowed},
		"too long": {func(r *http.Request) {
			r.Body = io.NopCloser(strings.NewReader("region=" + strings.Repeat("x", formBytes)))
			r.ContentLength = -1
		}, http.StatusForbidden},
	} {
		assert.Equal(t, test.want, f.post(t, test.change), name)
	}
	assert.Len(t, f.orders, 1)
}

func TestThePageWorksWithoutScriptsAndForbidsForeignOnes(t *testing.T) {
	f := newFixture(t)
	response, err := http.Get(f.server.URL)
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	page := string(text)
	assert.Contains(t, response.Header.Get("Content-Security-Policy"), "default-src 'none'; style-src 'self'; script-src 'self'")
	for _, want := range []string{"eu-west-1, 7 s left", "16 of 16", "33.0 s", "3 writes of 1.2 s", "crash in &lt;b&gt;", `value="heal"`, `value="switch on"`, `value="hold on"`, "armed</strong>, because all is &lt;i&gt;well&lt;/i&gt;", `aria-live="polite"`} {
		assert.Contains(t, page, want)
	}
	assert.NotContains(t, page, "style=", "the policy would drop it")
	for _, fault := range localcloud.Faults {
		assert.Equal(t, 2, strings.Count(page, `value="fault `+string(fault)+`"`), fault)
	}
}

func TestAPageLearnsOnlyWhatChanged(t *testing.T) {
	shown := map[string]string{}
	first, err := changes(exampleState(), shown)
	require.NoError(t, err)
	assert.Len(t, first.Fragments, len(fragments))
	next := exampleState()
	next.DNS.TTL, next.Regions[0].Fault = 3, "crash"
	second, err := changes(next, shown)
	require.NoError(t, err)
	assert.Len(t, second.Fragments, 3)
	assert.Contains(t, second.Fragments["dns"], "3 s left")
	assert.Equal(t, []string{"eu-west-1/crash"}, second.Pressed)
	third, err := changes(next, shown)
	require.NoError(t, err)
	assert.Empty(t, third.Fragments)
}

func TestAViewerThatLeavesGivesItsSeatBack(t *testing.T) {
	f := newFixture(t)
	for range 2 * viewers {
		response, err := http.Get(f.server.URL + "/events")
		require.NoError(t, err)
		first := make([]byte, 6)
		_, err = io.ReadFull(response.Body, first)
		require.NoError(t, err)
		require.Equal(t, "data: ", string(first))
		require.NoError(t, response.Body.Close())
		time.Sleep(5 * time.Millisecond)
	}
}

func TestAnOutageLastsUntilASustainedRunOfSuccesses(t *testing.T) {
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	at := func(s float64) time.Time { return start.Add(time.Duration(s * float64(time.Second))) }
	o := outages{sustained: 10 * time.Second}
	o.observe(at(0), false)
	require.Nil(t, o.current)
	o.observe(at(1), true)
	o.observe(at(20), false)
	o.observe(at(25), true)
	o.observe(at(33), false)
	o.observe(at(30), true) // ended late, began before the run of successes
	o.observe(at(42), false)
	require.NotNil(t, o.current, "nine seconds are not ten")
	o.observe(at(43), false)
	require.Nil(t, o.current)
	assert.Equal(t, outage{First: at(1), Restored: at(33)}, *o.last)
	o.observe(at(44), false)
	assert.Nil(t, o.current)
}

func TestDifferencesAreEvents(t *testing.T) {
	before, now := exampleState(), exampleState()
	assert.Empty(t, differences(before, now))
	now.Regions[0].Fault, now.Regions[0].Hold, now.Regions[1].Switch, now.Checks[0].Healthy, now.DNS.Cached, now.Outage = "crash", "guard", "on", false, "eu-central-1", true
	now.Guard.Phase = "latched"
	before.Checks, now.Checks = []CheckState{{Name: "health of eu-west-1", Healthy: true}}, []CheckState{{Name: "health of eu-west-1"}}
	assert.Equal(t, []string{
		"crash in eu-west-1", "hold of eu-west-1: guard", "takeover switch of eu-central-1: on", "health of eu-west-1: unhealthy", "guard: latched",
		"clients: the resolver answers with eu-central-1", "clients: a request fails",
	}, differences(before, now))
	assert.Contains(t, differences(now, before), "eu-west-1 is repaired")
	assert.Contains(t, differences(now, before), "clients: service is restored after 33.0 s")
}

func TestHeadlines(t *testing.T) {
	now := time.Now()
	gone := &outage{First: now.Add(-time.Second)}
	for want, test := range map[string]struct {
		requests [2]int
		clients  tally
	}{
		"Waiting for the first answers":                        {[2]int{}, tally{}},
		"The answers do not name a Region":                     {[2]int{}, tally{Requests: 3}},
		"Nobody is served, for 10.0 s so far":                  {[2]int{}, tally{Requests: 3, Failed: 3, Current: gone}},
		"Some requests fail; others are answered by eu-west-1": {[2]int{3, 0}, tally{Requests: 4, Failed: 1, Current: gone}},
		"eu-west-1 (primary) serves everybody":                 {[2]int{3, 0}, tally{Requests: 3}},
		"eu-west-1 and eu-central-1 serve clients":             {[2]int{3, 1}, tally{Requests: 4}},
		"eu-central-1 (standby) serves everybody":              {[2]int{0, 3}, tally{Requests: 3}},
	} {
		s := exampleState()
		s.Regions[0].Requests, s.Regions[1].Requests = test.requests[0], test.requests[1]
		_, got := headline(s, test.clients, 10, now)
		assert.Equal(t, want, got)
	}
	assert.Equal(t, "no failed request yet", recoveryTime(tally{}, 10, now))
	assert.Equal(t, "10.0 s and counting", recoveryTime(tally{Current: gone}, 10, now))
	assert.Equal(t, "5.0 s, if it lasts", recoveryTime(tally{Current: &outage{First: now, Restored: now.Add(time.Second / 2)}}, 10, now))
}

func TestTheConsoleListensOnLoopbackOnly(t *testing.T) {
	for _, address := range []string{"0.0.0.0:0", ":8080", "example.com:80", "192.0.2.1:80", "127.0.0.1"} {
		_, err := listenOnLoopback(t.Context(), address)
		require.ErrorContains(t, err, "a loopback address with a port only", address)
	}
	listener, err := listenOnLoopback(t.Context(), "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = listener.Close() }()
	_, err = listenOnLoopback(t.Context(), listener.Addr().String())
	require.ErrorContains(t, err, "choose another port")
}
