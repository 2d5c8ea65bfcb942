package drill

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/regionpair/regionpair/internal/workload"
)

// ledger knows every key that the load has written, and what each write came to.
// A key is written by one caller at a time, so that its writes have an order. It
// is safe for concurrent use.
type ledger struct {
	prefix string // of the ids of keys

	mu      sync.Mutex
	made    int
	keys    []*record
	known   []*record // keys with an acknowledged write
	open    []*record // keys that can be changed
	pending int       // writes without an outcome
}

// record is what happened to one key, in order.
type record struct {
	id     string
	writes []*change
	busy   bool
	place  int // in ledger.open; -1 when it is not there
}

// change is one write of a key.
type change struct {
	request workload.Request
	// values that it is sent with; the ETag is that of the write before.
	values workload.Values
	// etag of its own; empty while nobody knows it.
	etag    string
	outcome outcome
	region  string
	at      time.Time
}

// outcome of a write.
type outcome int

const (
	pending outcome = iota
	acknowledged
	// refused writes have certainly changed nothing.
	refused
	// unknown is a write whose answer was lost: either may be true.
	unknown
)

// begin starts a write; false when there is no key that the request could change.
func (l *ledger) begin(r workload.Request, random *rand.Rand) (*record, *change, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	k := l.subject(r.Data, random)
	if k == nil {
		return nil, nil, false
	}
	c := &change{request: r, values: workload.Values{ID: k.id, N: 1}}
	for _, earlier := range k.writes {
		if earlier.outcome == acknowledged {
			c.values.N, c.values.ETag = earlier.values.N+1, earlier.etag
		}
	}
	c.values.Value = fmt.Sprintf("%s.%d.%08x", k.id, c.values.N, random.Uint32())
	k.writes, k.busy = append(k.writes, c), true
	l.pending++
	return k, c, true
}

// subject is the key that a write is for. Those that are being changed, that are
// deleted or of which nobody knows the state are not touched.
func (l *ledger) subject(effect workload.Effect, random *rand.Rand) *record {
	if effect == workload.Create {
		l.made++
		k := &record{id: fmt.Sprintf("%s-%06d", l.prefix, l.made), place: -1}
		l.keys = append(l.keys, k)
		return k
	}
	if len(l.open) == 0 {
		return nil
	}
	k := l.open[random.IntN(len(l.open))]
	l.closeKey(k)
	return k
}

func (l *ledger) closeKey(k *record) {
	last := l.open[len(l.open)-1]
	l.open[k.place], last.place = last, k.place
	l.open, k.place = l.open[:len(l.open)-1], -1
}

// end notes what a write came to. The ETag is that of its answer.
func (l *ledger) end(k *record, c *change, o outcome, a answer) {
	l.mu.Lock()
	defer l.mu.Unlock()
	c.outcome, c.region, c.at = o, a.region, time.Now()
	c.etag = a.header.Get("ETag")
	k.busy = false
	l.pending--
	first := o == acknowledged && !slices.ContainsFunc(k.writes[:len(k.writes)-1], func(c *change) bool { return c.outcome == acknowledged })
	if first {
		l.known = append(l.known, k)
	}
	if k.exists() {
		k.place = len(l.open)
		l.open = append(l.open, k)
	}
}

// exists reports whether the key certainly has a value.
func (k *record) exists() bool {
	exists := false
	for _, c := range k.writes {
		switch c.outcome {
		case acknowledged:
			exists = c.request.Data != workload.Delete
		case unknown, pending:
			return false
		}
	}
	return exists
}

// last is the index of the last acknowledged write; -1 without one.
func (k *record) last() int {
	for i, c := range slices.Backward(k.writes) {
		if c.outcome == acknowledged {
			return i
		}
	}
	return -1
}

// expectation is what a read of a key must find at least.
type expectation struct {
	key *record
	// since is the index of the write that was the last acknowledged one when
	// the read began; -1 when there was none.
	since int
	// change is that write; nil when there was none.
	change *change
}

// expect what a key has now. The lock is held.
func (k *record) expect() expectation {
	e := expectation{key: k, since: k.last()}
	if e.since >= 0 {
		e.change = k.writes[e.since]
	}
	return e
}

// pick a key to read that was acknowledged once.
func (l *ledger) pick(random *rand.Rand) (expectation, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.known) == 0 {
		return expectation{}, false
	}
	return l.known[random.IntN(len(l.known))].expect(), true
}

// all keys, with what a read must find now.
func (l *ledger) all() []expectation {
	l.mu.Lock()
	defer l.mu.Unlock()
	expected := make([]expectation, len(l.keys))
	for i, k := range l.keys {
		expected[i] = k.expect()
	}
	return expected
}

// acknowledgedBy lists what a Region acknowledged before a time and nobody has
// replaced since, the newest first.
func (l *ledger) acknowledgedBy(region string, before time.Time) []expectation {
	l.mu.Lock()
	defer l.mu.Unlock()
	found := []expectation{}
	for _, k := range l.known {
		if e := k.expect(); e.change.region == region && e.change.at.Before(before) {
			found = append(found, e)
		}
	}
	slices.SortFunc(found, func(a, b expectation) int { return b.change.at.Compare(a.change.at) })
	return found
}

// waiting is how many writes have no outcome yet.
func (l *ledger) waiting() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.pending
}

// count of the writes with an outcome.
func (l *ledger) count(o outcome) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := 0
	for _, k := range l.keys {
		for _, c := range k.writes {
			if c.outcome == o {
				n++
			}
		}
	}
	return n
}

// freshness of what a read has found.
type freshness int

const (
	fresh freshness = iota
	// stale is a state that an acknowledged write had replaced.
	stale
	// foreign is what nobody has written.
	foreign
)

// judge holds the answer of a read against what was written: the last
// acknowledged write, or one whose outcome was not known then.
func (l *ledger) judge(e expectation, r workload.Request, a answer) freshness {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := len(e.key.writes) - 1; i >= -1; i-- {
		if i >= 0 && i != e.since && e.key.writes[i].outcome == refused {
			continue
		}
		if e.key.shows(i, r, a) {
			if i >= e.since {
				return fresh
			}
			return stale
		}
	}
	return foreign
}

// shows reports whether an answer shows the state after a write; -1 is the state
// before the first.
func (k *record) shows(i int, r workload.Request, a answer) bool {
	if i < 0 || k.writes[i].request.Data == workload.Delete {
		return slices.Contains(r.Missing, a.status)
	}
	c := k.writes[i]
	v := c.written()
	return r.Succeeds(a.status) && v.Holds(r.Answer, a.body, a.header.Get) && v.Holds(c.request.ReadBack, a.body, a.header.Get)
}

// valuesToRead are what a request that reads is filled with.
func (l *ledger) valuesToRead(e expectation) workload.Values {
	l.mu.Lock()
	defer l.mu.Unlock()
	if e.change == nil {
		return workload.Values{ID: e.key.id}
	}
	return e.change.written()
}

// written are the values of the state after a write.
func (c *change) written() workload.Values {
	v := c.values
	v.ETag = c.etag
	return v
}

var errForeign = errors.New("an answer that nobody has written")

// readable turns the answer of a read into an error unless it says what is there
// or that nothing is.
func readable(r workload.Request, a answer, err error) error {
	if err == nil && !r.Succeeds(a.status) && !slices.Contains(r.Missing, a.status) {
		err = fmt.Errorf("status %d", a.status)
	}
	return err
}

// outcomeOf a write by its answer.
func outcomeOf(r workload.Request, a answer, err error) outcome {
	switch {
	case !a.sent:
		return refused
	case err != nil, a.status >= http.StatusInternalServerError:
		return unknown
	case r.Succeeds(a.status):
		return acknowledged
	}
	return refused
}
