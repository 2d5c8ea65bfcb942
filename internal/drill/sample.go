package drill

import (
	"fmt"
	"maps"
	"slices"
	"strings"
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
	population int
	start, end time.Time
	// region that answered, or that a failed request was for.
	region string
	failed bool
	stale  bool
	err    string
}

// ack is a write that was acknowledged.
type ack struct {
	key, region string
	at          time.Time
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

// histogram counts answers, the most frequent first, for a message that has to
// say why nothing works.
func histogram(samples []sample) string {
	counts := map[string]int{}
	for _, s := range samples {
		what := "served by " + s.region
		if s.failed {
			what = s.err
		}
		counts[string(s.kind)+": "+what]++
	}
	lines := slices.SortedFunc(maps.Keys(counts), func(a, b string) int { return counts[b] - counts[a] })
	for i, line := range lines {
		lines[i] = fmt.Sprintf("%d × %s", counts[line], line)
	}
	if most := 8; len(lines) > most {
		lines = lines[:most]
	}
	if len(lines) == 0 {
		return "there were no answers"
	}
	return strings.Join(lines, "\n  ")
}
