package drill

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/regionpair/regionpair/internal/figure"
	"github.com/regionpair/regionpair/internal/workload"
)

// Loss is a key that a Region does not have as it was acknowledged.
type Loss struct {
	// Key by its id, and Region that was asked.
	Key    string `json:"key"`
	Region string `json:"region"`
	// Acknowledged is the Region that acknowledged the last write, and Write its
	// number.
	Acknowledged string `json:"acknowledged"`
	Write        int    `json:"write"`
	// Found says what the Region answered instead.
	Found string `json:"found"`
}

func (l Loss) String() string {
	return fmt.Sprintf("%s in %s: %s, instead of write %d that %s acknowledged", l.Key, l.Region, l.Found, l.Write, l.Acknowledged)
}

// verification is what reading every key in both Regions has shown.
type verification struct {
	keys   int
	losses []Loss
}

// lost counts the keys that one Region at least does not have as they were
// acknowledged.
func (v verification) lost() int {
	keys := map[string]bool{}
	for _, loss := range v.losses {
		keys[loss.Key] = true
	}
	return len(keys)
}

// some of the losses, for the report.
func (v verification) some() []Loss { return v.losses[:min(len(v.losses), maxListedLosses)] }

const maxListedLosses = 20

const (
	// verifiers read at once in a Region.
	verifiers = 8
	// readAttempts of a key whose Region gives no answer.
	readAttempts = 5
	readPause    = 200 * time.Millisecond
)

// verify reads every key through the API of each Region, past DNS.
func (l *load) verify(ctx context.Context, doors map[string]http.RoundTripper) (verification, error) {
	reader, exists := l.plan.Reader()
	if !exists || !l.plan.ChecksData() {
		return verification{}, nil
	}
	keys := l.ledger.all()
	v := verification{keys: len(keys)}
	var mu sync.Mutex
	group, ctx := errgroup.WithContext(ctx)
	for region, transport := range doors {
		group.Go(func() error {
			found, err := l.verifyIn(ctx, region, transport, reader, keys)
			mu.Lock()
			defer mu.Unlock()
			v.losses = append(v.losses, found...)
			return err
		})
	}
	err := group.Wait()
	slices.SortFunc(v.losses, func(a, b Loss) int { return cmp.Or(cmp.Compare(a.Key, b.Key), cmp.Compare(a.Region, b.Region)) })
	return v, err
}

// verifyIn reads keys in one Region, not faster than its throttles allow.
func (l *load) verifyIn(ctx context.Context, region string, transport http.RoundTripper, reader workload.Request, keys []expectation) ([]Loss, error) {
	var mu sync.Mutex
	losses, deadline := []Loss{}, time.Now().Add(l.settle)
	err := l.eachKey(ctx, transport, keys, func(c *client, e expectation) bool {
		found := l.await(ctx, c, reader, e, deadline)
		if found == "" {
			return true
		}
		loss := Loss{Key: e.key.id, Region: region, Found: found}
		if e.since >= 0 {
			loss.Acknowledged, loss.Write = e.change.region, e.change.values.N
		}
		mu.Lock()
		defer mu.Unlock()
		losses = append(losses, loss)
		return true
	})
	return losses, err
}

// eachKey visits keys in their order, several at once, until one visit returns
// false.
func (l *load) eachKey(ctx context.Context, transport http.RoundTripper, keys []expectation, visit func(*client, expectation) bool) error {
	pace := time.NewTicker(time.Duration(float64(time.Second) / l.plan.ReadRate))
	defer pace.Stop()
	group, ctx := errgroup.WithContext(ctx)
	var next atomic.Int64
	var ended atomic.Bool
	for range verifiers {
		c, err := newClient(l.site.through(transport), 0, l.loadOptions)
		if err != nil {
			return err
		}
		group.Go(func() error {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(keys) || ended.Load() {
					return nil
				}
				select {
				case <-ctx.Done():
					return context.Cause(ctx)
				case <-pace.C:
				}
				if !visit(c, keys[i]) {
					ended.Store(true)
				}
			}
		})
	}
	defer closeIdle(transport)
	return group.Wait()
}

func closeIdle(transport http.RoundTripper) {
	(&http.Client{Transport: transport}).CloseIdleConnections()
}

// await reads a key until it is as it was acknowledged, and returns what it is
// instead when that does not happen.
func (l *load) await(ctx context.Context, c *client, reader workload.Request, e expectation, deadline time.Time) (found string) {
	failures := 0
	for {
		a, err := l.send(ctx, c, reader, l.ledger.valuesToRead(e))
		if err = readable(reader, a, err); err != nil {
			failures++
		} else if l.ledger.judge(e, reader, a) == fresh {
			return ""
		}
		found = l.describe(e, reader, a, err)
		if ctx.Err() != nil || failures >= readAttempts || (err == nil && time.Now().After(deadline)) {
			return found
		}
		time.Sleep(readPause)
	}
}

// describe says what a read has found instead of what was acknowledged.
func (l *load) describe(e expectation, r workload.Request, a answer, err error) string {
	switch {
	case err != nil:
		return "no answer (" + err.Error() + ")"
	case l.ledger.judge(e, r, a) == foreign:
		return "what nobody has written"
	case e.since >= 0 && e.change.request.Data == workload.Delete:
		return "a deleted key that has come back"
	case slices.Contains(r.Missing, a.status):
		return fmt.Sprintf("nothing (status %d)", a.status)
	}
	return "an older write"
}

// enoughReadable is how many writes in a row have to be readable, from the newest
// on, until older ones are taken for readable, too.
const enoughReadable = 100

// unreadable reads what a Region acknowledged before a time in the other Region,
// and returns what is not there.
func (l *load) unreadable(ctx context.Context, transport http.RoundTripper, region string, before time.Time) (missing []ack, newest time.Time) {
	reader, exists := l.plan.Reader()
	if !exists {
		return nil, newest
	}
	keys := l.ledger.acknowledgedBy(region, before)
	if len(keys) > 0 {
		newest = keys[0].change.at
	}
	var mu sync.Mutex
	inARow := 0
	_ = l.eachKey(ctx, transport, keys, func(c *client, e expectation) bool {
		a, err := l.send(ctx, c, reader, l.ledger.valuesToRead(e))
		isThere := err == nil && l.ledger.judge(e, reader, a) == fresh
		mu.Lock()
		defer mu.Unlock()
		inARow++
		if !isThere && ctx.Err() == nil {
			inARow = 0
			missing = append(missing, ack{key: e.key.id, region: region, at: e.change.at})
		}
		return inARow < enoughReadable
	})
	return missing, newest
}

// sweep finds out once, when clients are sent to the surviving Region, which
// acknowledged writes cannot be read there.
type sweep struct {
	begun bool
	done  sync.WaitGroup
	// count of the writes, and the time between the oldest of them and the last
	// write that the failed Region acknowledged, in AWS-equivalent seconds: what
	// would be gone if it never came back.
	count  int
	window float64
}

func (s *sweep) start(ctx context.Context, r *run) {
	at := time.Now()
	s.begun = true
	s.done.Go(func() {
		missing, newest := r.load.unreadable(ctx, r.cloud.NewTransportTo(r.pair.Secondary), r.pair.Primary.Name, at)
		s.count = len(missing)
		if s.count > 0 {
			oldest := slices.MinFunc(missing, func(a, b ack) int { return a.at.Compare(b.at) })
			s.window = equivalent(newest.Sub(oldest.at), r.options.TimeScale)
		}
		if r.load.plan.ChecksData() && ctx.Err() == nil {
			r.event(Other, "%s writes that %s acknowledged cannot be read in %s: a loss window of %s", figure.Number(s.count), r.pair.Primary.Name, r.pair.Secondary.Name,
				figure.Seconds(s.window))
		}
	})
}

func (s *sweep) wait() { s.done.Wait() }

// deleteAll removes what the load has written, through the API of the Region that
// serves, and returns how many keys are left.
func (l *load) deleteAll(ctx context.Context) (deleted, left int, err error) {
	i := slices.IndexFunc(l.plan.Requests, func(r workload.Request) bool { return r.Data == workload.Delete })
	keys := l.ledger.all()
	if i < 0 {
		return 0, len(keys), errors.New("the workload has no request that deletes")
	}
	transport, err := l.site.transport(0)
	if err != nil {
		return 0, len(keys), err
	}
	r := l.plan.Requests[i]
	var mu sync.Mutex
	ended := l.eachKey(ctx, transport, keys, func(c *client, e expectation) bool {
		failure := l.delete(ctx, c, r, e)
		mu.Lock()
		defer mu.Unlock()
		if failure == nil {
			deleted++
		} else {
			err = failure
		}
		return true
	})
	return deleted, len(keys) - deleted, cmp.Or(err, ended)
}

// delete a key, patiently: an answer that it is not there is as good.
func (l *load) delete(ctx context.Context, c *client, r workload.Request, e expectation) error {
	var err error
	for range readAttempts {
		var a answer
		a, err = l.send(ctx, c, r, l.ledger.valuesToRead(e))
		if err == nil && (r.Succeeds(a.status) || a.status == http.StatusNotFound) {
			return nil
		}
		if err == nil {
			err = fmt.Errorf("the API answers %d", a.status)
		}
		time.Sleep(readPause)
	}
	return err
}
