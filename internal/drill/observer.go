package drill

import (
	"context"
	"slices"
	"sync"
	"time"
)

// observer looks at the pair from outside while a drill runs.
type observer struct {
	cloud world

	mu     sync.Mutex
	points []point
	group  sync.WaitGroup
	cancel context.CancelFunc
}

// point is the state of the pair at a time.
type point struct {
	at     time.Time
	answer string // Region that the name servers give out
	// cached is the Region that each population's resolver gives out; empty
	// while that is not known.
	cached  []string
	healthy bool
	pending int
}

const lookEvery = 20 * time.Millisecond

func startObserver(ctx context.Context, cloud world) *observer {
	o := &observer{cloud: cloud}
	ctx, o.cancel = context.WithCancel(ctx)
	o.group.Go(func() {
		ticker := time.NewTicker(lookEvery)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
				o.look(ctx)
			}
		}
	})
	return o
}

func (o *observer) look(ctx context.Context) {
	p := o.cloud.look(ctx)
	o.mu.Lock()
	defer o.mu.Unlock()
	o.points = append(o.points, p)
}

func (o *observer) all() []point {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.points[:len(o.points):len(o.points)]
}

func (o *observer) last() point {
	points := o.all()
	if len(points) == 0 {
		return point{}
	}
	return points[len(points)-1]
}

func (o *observer) stop() {
	o.cancel()
	o.group.Wait()
}

// firstAfter returns when a condition first held at or after a time.
func firstAfter(points []point, from time.Time, holds func(point) bool) (time.Time, bool) {
	for _, p := range points {
		if !p.at.Before(from) && holds(p) {
			return p.at, true
		}
	}
	return time.Time{}, false
}

// anyAt reports whether a population is sent to the Region.
func (p point) anyAt(region string) bool { return slices.Contains(p.cached, region) }

// allAt reports whether all are.
func (p point) allAt(region string) bool {
	return len(p.cached) > 0 && !slices.ContainsFunc(p.cached, func(r string) bool { return r != region })
}
