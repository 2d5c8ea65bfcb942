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
	closed  bool
	group   sync.WaitGroup
}

type queue struct{ jobs []job }

type job struct {
	version     *Version
	destination *bucket
	region      string
	key         string
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
	defer world.mu.Unlock()
	world.copier = c
	return c
}

func (c *Copier) enqueue(region string, rules []replicationRule, v *Version) {
	now := time.Now()
	lag := c.lag()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return
	}
	for _, rule := range applicable(rules, v) {
		v.progress.wanted.Add(1)
		store, destination := c.world.find(rule.destination())
		if destination == nil || (!v.Deleted && !rule.encrypted()) {
			// S3 accepts such a rule and then fails each object, or leaves it out.
			v.progress.failed.Add(1)
			c.failed++
			continue
		}
		q := c.queue(region)
		due := now.Add(lag)
		if last := len(q.jobs) - 1; last >= 0 && q.jobs[last].due.After(due) {
			due = q.jobs[last].due
		}
		q.jobs = append(q.jobs, job{version: v, destination: destination, region: store.region, key: rule.replicaKey(), written: now, due: due})
	}
	c.wake()
}

// queue of a Region, which begins to be worked on. The lock is held.
func (c *Copier) queue(region string) *queue {
	q, exists := c.queues[region]
	if !exists {
		q = &queue{}
		c.queues[region] = q
		c.group.Go(func() { c.run(region, q) })
	}
	return q
}

// wake lets all queues look again. The lock is held.
func (c *Copier) wake() {
	close(c.changed)
	c.changed = make(chan struct{})
}

func (c *Copier) run(region string, q *queue) {
	for {
		wait, changed := c.step(region, q)
		if wait != 0 && !c.sleep(wait, changed) {
			return
		}
	}
}

// step does what is due. It returns how long to wait for the next copy, a
// negative time when a change has to come first, and zero after a copy.
func (c *Copier) step(region string, q *queue) (time.Duration, <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed || len(q.jobs) == 0 || c.paused[region] || c.paused[q.jobs[0].region] {
		return -1, c.changed
	}
	next := q.jobs[0]
	if wait := time.Until(next.due); wait > 0 {
		return wait, c.changed
	}
	q.jobs = q.jobs[1:]
	next.destination.replicate(next.version.replica(next.key))
	next.version.progress.done.Add(1)
	c.copied++
	return 0, nil
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

// Paused says whether nothing is copied out of a Region.
func (c *Copier) Paused(region string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.paused[region]
}

// Pending is what waits to be copied out of a Region.
type Pending struct {
	// Count of versions.
	Count int
	// Oldest is how long the first of them has waited, Newest the last.
	Oldest, Newest time.Duration
}

// Pending returns what waits to be copied out of a Region.
func (c *Copier) Pending(region string) Pending {
	c.mu.Lock()
	defer c.mu.Unlock()
	q := c.queues[region]
	if q == nil || len(q.jobs) == 0 {
		return Pending{}
	}
	return Pending{Count: len(q.jobs), Oldest: time.Since(q.jobs[0].written), Newest: time.Since(q.jobs[len(q.jobs)-1].written)}
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
	c.mu.Lock()
	if !c.closed {
		c.closed = true
		close(c.done)
	}
	c.mu.Unlock()
	c.group.Wait()
}
