package tablestore

import (
	"context"
	"sync"
	"time"
)

// job is an item on its way to another Region; without an item it is a deletion.
type job struct {
	from, to string
	table    *table
	key      item
	id       string
	item     item
	written  time.Time
	due      time.Time
}

// replicator copies items when they are due and both Regions are there.
type replicator struct {
	world *World

	mu      sync.Mutex
	jobs    []job
	active  map[string]int // by source Region
	changed chan struct{}
	done    chan struct{}
	closed  bool
	group   sync.WaitGroup
}

func newReplicator(w *World) *replicator {
	r := &replicator{world: w, active: map[string]int{}, changed: make(chan struct{}), done: make(chan struct{})}
	r.group.Go(r.run)
	return r
}

func (r *replicator) enqueue(j job) {
	r.mu.Lock()
	r.jobs = append(r.jobs, j)
	r.mu.Unlock()
	r.wake()
}

// wake lets the loop look again.
func (r *replicator) wake() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.closed {
		close(r.changed)
		r.changed = make(chan struct{})
	}
}

func (r *replicator) run() {
	for {
		next, wait, changed := r.next(time.Now(), r.mayGo)
		if next != nil {
			r.apply(*next)
			continue
		}
		var elapsed <-chan time.Time
		timer := time.NewTimer(max(wait, 0))
		if wait >= 0 {
			elapsed = timer.C
		}
		select {
		case <-elapsed:
		case <-changed:
		case <-r.done:
			timer.Stop()
			return
		}
		timer.Stop()
	}
}

func (r *replicator) mayGo(j job) bool { return !r.world.isDown(j.from) && !r.world.isDown(j.to) }

// next takes the first job that is due among those that may go; otherwise it
// returns how long the next one has to wait, negative when there is none.
func (r *replicator) next(now time.Time, may func(job) bool) (*job, time.Duration, <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	wait := time.Duration(-1)
	for i, j := range r.jobs {
		if !may(j) {
			continue
		}
		if left := j.due.Sub(now); left > 0 {
			if wait < 0 || left < wait {
				wait = left
			}
			continue
		}
		r.jobs = append(r.jobs[:i:i], r.jobs[i+1:]...)
		r.active[j.from]++
		return &j, 0, r.changed
	}
	return nil, wait, r.changed
}

func (r *replicator) apply(j job) {
	r.world.Region(j.to).replicate(context.Background(), j)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.active[j.from]--
}

// catchUp applies what a Region's strongly consistent tables have missed.
func (r *replicator) catchUp(region string) {
	for {
		next, _, _ := r.next(time.Now(), func(j job) bool { return j.to == region && j.table.strong })
		if next == nil {
			return
		}
		r.apply(*next)
	}
}

func (r *replicator) pending(region string) (count int, oldest time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	count = r.active[region]
	for _, j := range r.jobs {
		if j.from == region {
			count++
			oldest = max(oldest, time.Since(j.written))
		}
	}
	return count, oldest
}

func (r *replicator) close() {
	r.mu.Lock()
	if !r.closed {
		r.closed = true
		close(r.done)
	}
	r.mu.Unlock()
	r.group.Wait()
}

// replicate writes a copy, unless the Region has a newer write of the item.
func (r *Region) replicate(ctx context.Context, j job) {
	unlock, _ := r.world.locks.lock(r.name, []string{lockID(j.table, r.name, j.id)}, false)
	defer unlock()
	r.copyHeld(ctx, j)
}

// copyHeld is replicate for an item that is held already.
func (r *Region) copyHeld(ctx context.Context, j job) {
	r.mu.Lock()
	newer, engine := r.written[j.id].After(j.written), r.engine
	if !newer {
		r.written[j.id] = j.written
	}
	r.mu.Unlock()
	if newer || engine == nil {
		return
	}
	if j.item == nil {
		_ = engine.do(ctx, "DeleteItem", map[string]any{"TableName": j.table.name, "Key": j.key}, nil)
		return
	}
	_ = engine.do(ctx, "PutItem", map[string]any{"TableName": j.table.name, "Item": j.item}, nil)
}

// lockID is one for all Regions where a table is strongly consistent.
func lockID(t *table, region, id string) string {
	if t.strong {
		return id
	}
	return region + "\x00" + id
}
