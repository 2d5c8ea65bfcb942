package durable

import (
	"sync"
	"time"
)

// Breaker spares callers the wait for a bucket that did not answer the last one.
// After the pause one caller tries again.
type Breaker struct {
	// Pause after a failure.
	Pause time.Duration

	mu    sync.Mutex
	until map[string]time.Time
}

// allows says whether to try a Region's bucket. After the pause that follows a
// failure one caller may, until he reports.
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
