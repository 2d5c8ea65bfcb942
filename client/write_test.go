package client

import (
	"context"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func repeatWrites(o *Options) { o.RepeatWrites, o.WriteDeadline = true, 3*quick }

func TestAWriteThatFoundNoConnectionIsRepeatedAtOnce(t *testing.T) {
	t.Parallel()
	for _, method := range []string{"PUT", "DELETE"} {
		p := newPair(t, repeatWrites)
		p.serves(refused(t), p.other.address())
		start := time.Now()
		status, text, err := p.do(t, method, "/objects/a", "content")
		require.NoError(t, err)
		assert.Equal(t, 200, status)
		assert.Equal(t, "other", text)
		assert.Equal(t, "content", p.other.got()[0].body)
		assert.Less(t, time.Since(start), 3*quick)
	}
}

// A connection that is not made within RepeatAfter carries no write.
func TestAWriteIntoABlackHoleIsRepeatedSoon(t *testing.T) {
	t.Parallel()
	p := newPair(t, repeatWrites)
	p.serves(blackHole(t), p.other.address())
	start := time.Now()
	status, _, err := p.do(t, "PUT", "/objects/a", "content")
	require.NoError(t, err)
	assert.Equal(t, 200, status)
	assert.Less(t, time.Since(start), 3*quick)
}

// Callers tell by context.Canceled that it was they who gave up.
func TestAWriteWithoutAConnectionSaysSo(t *testing.T) {
	t.Parallel()
	var repeats []Repeat
	p := newPair(t, func(o *Options) { repeatWrites(o); o.OnRepeat = func(r Repeat) { repeats = append(repeats, r) } })
	one, other := blackHole(t), blackHole(t)
	p.serves(one, other)
	_, _, err := p.do(t, "PUT", "/objects/a", "content")
	require.Len(t, repeats, 1)
	for region, err := range map[string]error{one: repeats[0].Reason, other: err} {
		require.ErrorIs(t, err, os.ErrDeadlineExceeded)
		require.NotErrorIs(t, err, context.Canceled)
		require.ErrorContains(t, err, "no connection to "+region+" within "+quick.String())
	}

	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(quick/2, cancel)
	request, err := http.NewRequestWithContext(ctx, http.MethodPut, "https://"+host+"/objects/a", nil)
	require.NoError(t, err)
	_, err = p.RoundTrip(request)
	require.ErrorIs(t, err, context.Canceled, "the caller did")
}

func TestAWriteThatMayHaveBeenMadeWaits(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fail func(*region)
		wait time.Duration
	}{
		"hangs":              {(*region).hangs, 6*quick - quick/10},
		"503":                {func(r *region) { r.answers(503) }, 3 * quick},
		"connection is lost": {func(r *region) { r.is(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }) }, 3 * quick},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPair(t, repeatWrites)
			p.connect(t, "PUT")
			test.fail(p.one)
			status, _, err := p.do(t, "PUT", "/objects/a", "content")
			require.NoError(t, err)
			assert.Equal(t, 200, status)
			assert.GreaterOrEqual(t, p.other.got()[0].at.Sub(p.one.got()[0].at), test.wait)
			assert.Len(t, p.one.got(), 1)
		})
	}
}

// A caller without the time gets what there is, at once.
func TestAWriteIsNotRepeatedWhenItsCallerHasNoTime(t *testing.T) {
	t.Parallel()
	p := newPair(t, repeatWrites)
	p.one.answers(503)
	start := time.Now()
	status, text, err := p.doWithin(t, 2*quick, "PUT", "/objects/a", "content")
	require.NoError(t, err)
	assert.Equal(t, 503, status)
	assert.Equal(t, "one", text)
	assert.Less(t, time.Since(start), quick)
	assert.Empty(t, p.other.got())
}

// store applies writes some time after it got them, also when nobody waits for
// the answer any more, as a function does.
type store struct {
	mu      sync.Mutex
	applied []string
}

func (s *store) applyAfter(name string, delay time.Duration) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		what := name + " " + r.Header.Get("Version")
		time.Sleep(delay)
		s.mu.Lock()
		s.applied = append(s.applied, what)
		s.mu.Unlock()
		_, _ = io.WriteString(w, name)
	}
}

// An older write must not replace a newer one: the caller gives up v1, whose
// Region then refuses connections, and writes v2.
func TestAnOlderWriteIsNeverLastInThePeer(t *testing.T) {
	t.Parallel()
	p, s := newPair(t, repeatWrites), &store{}
	p.one.is(s.applyAfter("one", 2*quick))
	p.other.is(s.applyAfter("other", 0))
	put := func(limit time.Duration, version string) error {
		ctx, cancel := context.WithTimeout(t.Context(), limit)
		defer cancel()
		request, err := http.NewRequestWithContext(ctx, http.MethodPut, "https://"+host+"/objects/a", strings.NewReader(version))
		require.NoError(t, err)
		request.Header.Set("Version", version)
		response, err := p.RoundTrip(request)
		if err == nil {
			_ = response.Body.Close()
		}
		return err
	}
	require.ErrorIs(t, put(quick, "v1"), context.DeadlineExceeded)
	p.serves(refused(t), p.other.address())
	require.NoError(t, put(slowness*10*time.Second, "v2"))
	s.mu.Lock()
	defer s.mu.Unlock()
	assert.Equal(t, []string{"one v1", "other v2"}, s.applied)
}

func TestOnlyTheSameURLInTheOtherRegionWaits(t *testing.T) {
	t.Parallel()
	p := newPair(t, func(o *Options) { o.RepeatWrites, o.WriteDeadline = true, 5*time.Second })
	p.one.answers(503)
	status, _, err := p.doWithin(t, 2*time.Second, "PUT", "/objects/a", "v1")
	require.NoError(t, err)
	assert.Equal(t, 503, status)
	p.one.recovers()
	start := time.Now()
	p.mustAnswer(t, "one", "PUT", "/objects/a")
	p.serves(p.other.address(), p.one.address())
	p.mustAnswer(t, "other", "PUT", "/objects/b")
	assert.Less(t, time.Since(start), time.Second)
	_, _, err = p.doWithin(t, time.Second, "PUT", "/objects/a", "v2")
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.ErrorContains(t, err, "a write in "+p.one.address()+" can have no effect any more")
	p.advance(5 * time.Second)
	p.mustAnswer(t, "other", "PUT", "/objects/a")
	p.one.answers(503)
	p.serves(p.one.address(), p.other.address())
	_, _, err = p.doWithin(t, time.Second, "PUT", "/objects/c", "v1")
	require.NoError(t, err)
	assert.Len(t, p.writes, 1, "those that are settled are forgotten")
}

// HTTP/2 would deliver a write that was given up with the next request.
func TestWritesThatAreRepeatedUseHTTP1(t *testing.T) {
	t.Parallel()
	p := newPair(t, repeatWrites)
	p.mustAnswer(t, "one", "GET", "/objects/a")
	p.mustAnswer(t, "one", "PUT", "/objects/a")
	assert.Equal(t, "HTTP/2.0", p.one.got()[0].protocol)
	assert.Equal(t, "HTTP/1.1", p.one.got()[1].protocol)
}
