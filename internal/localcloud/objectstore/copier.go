package objectstore

import (
	"sync"
	"time"
)

// Copier executes replication rules. Copies of one key arrive in the order of
// their writes; replicas are not replicated again.
type Copier struct {
	world *World
	lag   func() time.Duration

	mu      sync.Mutex
	paused  map[string]bool
	queues  map[string]*queue // by source Region
	failed  int
	copied  int
	changed chan struct{}
	done    chan struct{}
	group   sync.WaitGroup
}

type queue struct{ jobs []job }

type job struct {
	version     *Version
	destination *bucket
	region      string
	written     time.Time
	due         time.Time
}

// NewCopier starts the copier of a world. Lag is asked for each write; it is
// wall time. There is one copier per world.
func NewCopier(world *World, lag func() time.Duration) *Copier {
	c := &Copier{
		world: world, lag: lag, paused: map[string]bool{}, queues: map[string]*queue{},
		changed: make(chan struct{}), done: make(chan struct{}),
	}
	world.mu.Lock()
	world.copier = c
	stores := append([]*Store{}, world.stores...)
	world.mu.Unlock()
	for _, s := range stores {
		q := &queue{}
		c.queues[s.region] = q
		c.group.Go(func() { c.run(s.region, q) })
	}
	return c
}

func (c *Copier) enqueue(region string, rules []replicationRule, v *Version) {
	now := time.Now()
	lag := c.lag()
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, rule := range rules {
		if !rule.enabled() || (v.Deleted && !rule.deletesMarkers()) {
			continue
		}
		store, destination := c.world.find(rule.destination())
		if destination == nil || (!v.Deleted && !rule.encrypted()) {
			// S3 accepts such a rule and then fails each object, or leaves it out.
			c.failed++
			continue
		}
		q := c.queues[region]
		due := now.Add(lag)
		if last := len(q.jobs) - 1; last >= 0 && q.jobs[last].due.After(due) {
			due = q.jobs[last].due
		}
		q.jobs = append(q.jobs, job{version: v, destination: destination, region: store.region, written: now, due: due})
	}
	c.wake()
}

// wake lets all queues look again. The lock is held.
func (c *Copier) wake() {
	close(c.changed)
	c.changed = make(chan struct{})
}

func (c *Copier) run(region string, q *queue) {
	for {
		c.mu.Lock()
		wait, changed := time.Duration(-1), c.changed
		if len(q.jobs) > 0 {
			next := q.jobs[0]
			if !c.paused[region] && !c.paused[next.region] {
				if wait = time.Until(next.due); wait <= 0 {
					q.jobs = q.jobs[1:]
					next.destination.replicate(next.version.replica())
					c.copied++
					c.mu.Unlock()
					continue
				}
			}
		}
		c.mu.Unlock()
		if !c.sleep(wait, changed) {
			return
		}
	}
}

// sleep waits for a time, or without one for a change. It returns false at
// the end.
func (c *Copier) sleep(wait time.Duration, changed <-chan struct{}) bool {
	var elapsed <-chan time.Time
	if wait >= 0 {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		elapsed = timer.C
	}
	select {
	case <-elapsed:
	case <-changed:
	case <-c.done:
		return false
	}
	return true
}

// Pause stops copying from and to a Region; what is written meanwhile waits.
func (c *Copier) Pause(region string) { c.setPaused(region, true) }

// Resume continues where Pause stopped.
func (c *Copier) Resume(region string) { c.setPaused(region, false) }

func (c *Copier) setPaused(region string, paused bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.paused[region] = paused
	c.wake()
}

// Pending is what waits to be copied out of a Region.
type Pending struct {
	// Count of versions.
	Count int
	// Oldest is how long the first of them has waited.
	Oldest time.Duration
}

// Pending returns what waits to be copied out of a Region.
func (c *Copier) Pending(region string) Pending {
	c.mu.Lock()
	defer c.mu.Unlock()
	q := c.queues[region]
	if q == nil || len(q.jobs) == 0 {
		return Pending{}
	}
	return Pending{Count: len(q.jobs), Oldest: time.Since(q.jobs[0].written)}
}

// Copied returns how many versions were copied.
func (c *Copier) Copied() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.copied
}

// Failed returns how many versions could not be copied.
func (c *Copier) Failed() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.failed
}

// Close ends the copier; what waits is left.
func (c *Copier) Close() {
	close(c.done)
	c.group.Wait()
}
