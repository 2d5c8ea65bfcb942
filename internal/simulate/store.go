package simulate

import (
	"math"
	"math/rand/v2"
	"time"
)

// keys is how many objects there are.
const keys = 4

// version of an object: a write that was acknowledged.
type version struct {
	// number in the order of the acknowledgements; 0 is no version.
	number int
	// created as S3 in the writer's Region saw it, and at as it was.
	created, at time.Duration
}

// replica is a version on its way.
type replica struct {
	key  int
	due  time.Duration
	what version
}

// bucket of a Region, and what is on its way into it.
type bucket struct {
	current  [keys]version
	incoming []replica
	// nothing is due before.
	due time.Duration
	// failed replicas are given up.
	failed []replica
}

// receive takes the replicas that are due.
func (b *bucket) receive(now time.Duration, lastArrived bool) {
	if now < b.due {
		return
	}
	b.due = never
	rest := b.incoming[:0]
	for _, r := range b.incoming {
		if r.due > now {
			rest, b.due = append(rest, r), min(b.due, r.due)
			continue
		}
		if lastArrived || r.what.created >= b.current[r.key].created {
			b.current[r.key] = r.what
		}
	}
	b.incoming = rest
}

const never = time.Duration(math.MaxInt64)

// delay puts off what has not arrived while replication is stopped.
func (b *bucket) delay(until func() time.Duration) {
	for i := range b.incoming {
		b.incoming[i].due = max(b.incoming[i].due, until())
	}
}

// giveUp ends what is on its way.
func (b *bucket) giveUp() {
	b.failed = append(b.failed, b.incoming...)
	b.incoming = b.incoming[:0]
}

// retry sends what was given up.
func (b *bucket) retry(due func() time.Duration) {
	for _, r := range b.failed {
		r.due = due()
		b.incoming = append(b.incoming, r)
	}
	b.failed, b.due = b.failed[:0], 0
}

// behind is the age of the oldest write that has not arrived.
func (b *bucket) behind(now time.Duration) time.Duration {
	oldest := b.lag(now)
	for _, r := range b.failed {
		oldest = max(oldest, now-r.what.at)
	}
	return oldest
}

// lag is the age of the oldest write that is still on its way.
func (b *bucket) lag(now time.Duration) time.Duration {
	var oldest time.Duration
	for _, r := range b.incoming {
		oldest = max(oldest, now-r.what.at)
	}
	return oldest
}

// missing counts writes that have not arrived.
func (b *bucket) missing() int { return len(b.incoming) + len(b.failed) }

// replication carries writes between two buckets.
type replication struct {
	schedule Schedule
	random   *rand.Rand
	stopped  bool
	failing  bool
}

// send puts a write on its way.
func (r *replication) send(to *bucket, now time.Duration, key int, v version) {
	if r.failing {
		to.failed = append(to.failed, replica{key: key, what: v})
		return
	}
	due := now + r.lag()
	to.incoming, to.due = append(to.incoming, replica{key: key, due: due, what: v}), min(to.due, due)
}

func (r *replication) lag() time.Duration {
	return time.Duration((0.5 + r.random.Float64()) * float64(r.schedule.Lag))
}

// step moves what is due, in both directions.
func (r *replication) step(now time.Duration, c conditions, primary, standby *bucket) {
	late := func() time.Duration {
		return now + r.lag() + time.Duration(r.random.Float64()*float64(r.schedule.CatchUp))
	}
	if stopped := c.apart() || c.stalled; stopped != r.stopped {
		r.stopped = stopped
		if !stopped {
			primary.delay(late)
			standby.delay(late)
		}
	}
	if r.failing && !c.failing {
		primary.retry(late)
		standby.retry(late)
	}
	if c.failing && !r.failing {
		primary.giveUp()
		standby.giveUp()
	}
	r.failing = c.failing
	if r.stopped {
		return
	}
	primary.receive(now, r.schedule.LastArrived)
	standby.receive(now, r.schedule.LastArrived)
}
