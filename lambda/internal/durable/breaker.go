package durable

import (
	"sync"
	"time"
)

// Breaker spares callers the wait for a bucket that did not answer the last one.
// After the pause one write tries again, and so do reads that want that bucket.
type Breaker struct {
	// Pause after a failure.
	Pause time.Duration

	mu    sync.Mutex
	until map[string]time.Time
}

// allows says whether to try a Region's bucket, which the caller then does: after
// the pause that follows a failure one may, until he reports.
func (b *Breaker) allows(region string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	until, failed := b.until[region]
	if !failed {
		return true
	}
	if time.Now().Before(until) {
		return false
	}
	b.until[region] = time.Now().Add(b.Pause)
	return true
}

// doubts says whether a Region's bucket failed within the pause. It leaves the trial
// to others: who only asks may never try, and never report.
func (b *Breaker) doubts(region string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return time.Now().Before(b.until[region])
}

func (b *Breaker) report(region string, answered bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if answered {
		delete(b.until, region)
		return
	}
	if b.until == nil {
		b.until = map[string]time.Time{}
	}
	b.until[region] = time.Now().Add(b.Pause)
}
