package drill

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/internal/workload"
)

// store is an object API in one Region, with its token endpoint.
type store struct {
	region string
	mu     sync.Mutex
	bodies map[string]string
	etags  map[string]string
}

func newStore(region string) *store {
	return &store{region: region, bodies: map[string]string{}, etags: map[string]string{}}
}

func (s *store) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w.Header().Set(contract.RegionHeader, s.region)
	switch body, exists := s.bodies[r.URL.Path]; {
	case r.URL.Path == "/oauth2/token":
		_, _ = io.WriteString(w, `{"access_token": "t"}`)
	case r.Header.Get("Authorization") != "Bearer t":
		w.WriteHeader(http.StatusUnauthorized)
	case r.Method == http.MethodPut:
		text, _ := io.ReadAll(r.Body)
		s.bodies[r.URL.Path], s.etags[r.URL.Path] = string(text), `"`+strings.Fields(string(text))[1]+`"`
		w.Header().Set("ETag", s.etags[r.URL.Path])
		w.WriteHeader(http.StatusNoContent)
	case r.Method == http.MethodDelete:
		delete(s.bodies, r.URL.Path)
		w.WriteHeader(http.StatusNoContent)
	case !exists:
		w.WriteHeader(http.StatusNotFound)
	default:
		w.Header().Set("ETag", s.etags[r.URL.Path])
		_, _ = io.WriteString(w, body)
	}
}

// transportTo leads every request to a server.
func transportTo(server *httptest.Server) *http.Transport {
	transport := server.Client().Transport.(*http.Transport).Clone()
	transport.TLSClientConfig.ServerName = "example.com"
	transport.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, server.Listener.Addr().String())
	}
	return transport
}

func objectPlan() workload.Plan {
	w := workload.Objects()
	w.Callers = 4
	return workload.Plan{Workload: w, Client: workload.Client{ID: "c"}, Rate: 400, ReadRate: 2000}
}

// runLoad sends requests for a while and ends the writes.
func runLoad(t *testing.T, server *httptest.Server) *load {
	t.Helper()
	at := site{domain: "api.example.com", transport: func(int) (http.RoundTripper, error) { return transportTo(server), nil }}
	l, err := startLoad(t.Context(), at, objectPlan(), &recorder{}, loadOptions{timeout: time.Second, life: time.Minute, seed: 1})
	require.NoError(t, err)
	t.Cleanup(l.stop)
	time.Sleep(700 * time.Millisecond)
	l.stopWriting()
	require.Eventually(t, func() bool { return l.ledger.waiting() == 0 }, time.Second, time.Millisecond)
	return l
}

func TestTheLoadVerifiesWhatItHasWrittenInBothRegions(t *testing.T) {
	west := newStore("eu-west-1")
	server := httptest.NewTLSServer(west)
	defer server.Close()
	l := runLoad(t, server)
	samples, acks := l.recorder.snapshot()
	failed, stale := countFailed(samples)
	assert.Zero(t, failed, histogram(samples))
	assert.Zero(t, stale)
	assert.Greater(t, len(acks), 50)

	central := newStore("eu-central-1")
	west.mu.Lock()
	for path, body := range west.bodies {
		central.bodies[path], central.etags[path] = body, west.etags[path]
	}
	west.mu.Unlock()
	other := httptest.NewTLSServer(central)
	defer other.Close()
	doors := map[string]http.RoundTripper{"eu-west-1": transportTo(server), "eu-central-1": transportTo(other)}
	v, err := l.verify(t.Context(), doors)
	require.NoError(t, err)
	assert.Positive(t, v.keys)
	assert.Empty(t, v.losses)

	gone, older, back := spoil(t, l, central)
	v, err = l.verify(t.Context(), doors)
	require.NoError(t, err)
	found := map[string]string{}
	for _, loss := range v.losses {
		assert.Equal(t, "eu-central-1", loss.Region)
		assert.Equal(t, "eu-west-1", loss.Acknowledged)
		found[loss.Key] = loss.Found
	}
	assert.Equal(t, map[string]string{gone: "nothing (status 404)", older: "an older write", back: "a deleted key that has come back"}, found)
	assert.Equal(t, 3, v.lost())
}

// spoil takes one key away, puts the first write of another back, and brings a
// deleted one back.
func spoil(t *testing.T, l *load, s *store) (gone, older, back string) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, k := range l.ledger.keys {
		path, last, first := "/objects/drill/"+k.id, k.writes[len(k.writes)-1], k.writes[0]
		put := func() {
			s.bodies[path], s.etags[path] = string(first.values.FillBody(first.request)), first.etag
		}
		switch {
		case last.request.Data == workload.Delete && back == "":
			back = k.id
			put()
		case last.request.Data == workload.Overwrite && older == "":
			older = k.id
			put()
		case last.request.Data == workload.Create && gone == "":
			gone = k.id
			delete(s.bodies, path)
		}
	}
	require.NotEmpty(t, gone)
	require.NotEmpty(t, older)
	require.NotEmpty(t, back)
	return gone, older, back
}

func TestWhatTheSurvivingRegionLacksIsFoundFromTheNewestOn(t *testing.T) {
	west := newStore("eu-west-1")
	server := httptest.NewTLSServer(west)
	defer server.Close()
	l := runLoad(t, server)
	empty := httptest.NewTLSServer(newStore("eu-central-1"))
	defer empty.Close()
	missing, newest := l.unreadable(t.Context(), transportTo(empty), "eu-west-1", time.Now())
	live := 0
	for _, k := range l.ledger.known {
		if k.exists() {
			live++
		}
	}
	assert.Len(t, missing, live)
	assert.False(t, newest.IsZero())
	missing, _ = l.unreadable(t.Context(), transportTo(server), "eu-west-1", time.Now())
	assert.Empty(t, missing)
}

func TestAnAnswerWithoutWhatItMustHoldIsAFailure(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		assert.Empty(t, r.Header.Get("Authorization"), "there is no client")
		_, _ = io.WriteString(w, `{"a": 1}`)
	}))
	defer server.Close()
	w := workload.Workload{Requests: []workload.Request{{Method: "GET", Path: "/", Answer: workload.Answer{Text: "b"}}}}.WithDefaults()
	rec := &recorder{}
	at := site{
		domain: "api.example.com", transport: func(int) (http.RoundTripper, error) { return transportTo(server), nil },
		regions: map[string]string{server.Listener.Addr().String(): "eu-west-1"},
	}
	l, err := startLoad(t.Context(), at, workload.Plan{Workload: w, Rate: 200}, rec, loadOptions{timeout: time.Second, life: time.Minute})
	require.NoError(t, err)
	defer l.stop()
	require.Eventually(t, func() bool { return len(rec.since(time.Time{})) > 5 }, 2*time.Second, time.Millisecond)
	samples, _ := rec.snapshot()
	failed, _ := countFailed(samples)
	assert.Equal(t, len(samples), failed)
	assert.Contains(t, histogram(samples), "an answer without what it must hold")
	assert.Equal(t, "eu-west-1", samples[0].region, "by the connection, because the answer names none")
}

// A Region is read while clients go on writing: what they have replaced meanwhile
// is not missing.
func TestTheSurvivingRegionIsReadUnderLoad(t *testing.T) {
	server := httptest.NewTLSServer(newStore("eu-west-1"))
	defer server.Close()
	at := site{domain: "api.example.com", transport: func(int) (http.RoundTripper, error) { return transportTo(server), nil }}
	l, err := startLoad(t.Context(), at, objectPlan(), &recorder{}, loadOptions{timeout: time.Second, life: time.Minute, seed: 1})
	require.NoError(t, err)
	defer l.stop()
	require.Eventually(t, func() bool { return l.ledger.count(acknowledged) > 50 }, 10*time.Second, time.Millisecond)
	missing, newest := l.unreadable(t.Context(), transportTo(server), "eu-west-1", time.Now())
	assert.Empty(t, missing)
	assert.False(t, newest.IsZero())
}

// While all requests hang, one is sent every now and then: who all ask at once learn
// only at once, a timeout later, that the service is back.
func TestCallersWhoseRequestsHangAskOneByOne(t *testing.T) {
	const timeout = 10 * time.Second
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		defer cancel()
		fault, back := time.Now().Add(20*time.Second), time.Now().Add(100*time.Second)
		starts := make(chan time.Time, 1e6)
		callers := (&load{plan: objectPlan(), loadOptions: loadOptions{timeout: timeout}}).workers()
		var group sync.WaitGroup
		for _, w := range callers {
			w.request = func(ctx context.Context, _ *client) {
				now := time.Now()
				starts <- now
				if now.After(fault) && now.Before(back) {
					wait(ctx, timeout)
				}
			}
			group.Go(func() { w.work(ctx, &client{http: &http.Client{}}) })
		}
		group.Wait()
		close(starts)
		asked := map[time.Duration]int{}
		var last time.Time
		longest := time.Duration(0)
		for start := range starts {
			if start.After(fault.Add(2*timeout)) && start.Before(back) {
				asked[start.Sub(fault)/timeout]++
				longest = max(longest, start.Sub(last))
			}
			last = start
		}
		require.Len(t, callers, 5)
		assert.LessOrEqual(t, longest, timeout/4)
		for n, requests := range asked {
			assert.Equal(t, len(callers), requests, "in timeout %d", n)
		}
		assert.Len(t, asked, 6)
	})
}
