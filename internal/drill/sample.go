package drill

import (
	"sync"
	"time"
)

// kind of request.
type kind string

const (
	write kind = "write"
	read  kind = "read"
	token kind = "token"
)

// sample is one request as its client saw it.
type sample struct {
	kind       kind
	start, end time.Time
	region     string
	failed     bool
	stale      bool
	err        string
}

// ack is a write that was acknowledged.
type ack struct {
	key, etag string
	region    string
	at        time.Time
}

// recorder collects what all clients saw. It is safe for concurrent use.
type recorder struct {
	mu      sync.Mutex
	samples []sample
	acks    []ack
}

func (r *recorder) add(s sample) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.samples = append(r.samples, s)
}

func (r *recorder) acknowledge(a ack) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.acks = append(r.acks, a)
}

// snapshot returns what was collected so far. The slices only grow.
func (r *recorder) snapshot() ([]sample, []ack) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.samples[:len(r.samples):len(r.samples)], r.acks[:len(r.acks):len(r.acks)]
}

// since returns the samples that ended after a time; it looks from the end.
func (r *recorder) since(t time.Time) []sample {
	samples, _ := r.snapshot()
	at := len(samples)
	for at > 0 && samples[at-1].end.After(t) {
		at--
	}
	return samples[at:]
}
