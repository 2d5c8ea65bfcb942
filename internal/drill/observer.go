package drill

import (
	"context"
	"sync"
	"time"

	"github.com/regionpair/regionpair/internal/localcloud"
)

// observer looks at the pair from outside while a drill runs.
type observer struct {
	cloud *localcloud.Cloud

	mu     sync.Mutex
	points []point
	group  sync.WaitGroup
	cancel context.CancelFunc
}

// point is the state of the pair at a time.
type point struct {
	at      time.Time
	answer  string // Region that the name servers give out
	cached  string // Region that the clients' resolver gives out
	healthy bool
	pending int
}

const lookEvery = 20 * time.Millisecond

func startObserver(ctx context.Context, cloud *localcloud.Cloud) *observer {
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
	pair := o.cloud.Pair()
	p := point{at: time.Now(), healthy: o.cloud.Route53().Healthy(pair.PrimaryCheck)}
	if record, found := o.cloud.Route53().Answer(pair.DomainName, "A"); found {
		if address, known := o.cloud.Network().AddressOf(record.Target); known {
			p.answer = regionAt(pair, address.String())
		}
	}
	if address, err := o.cloud.Resolver().LookupAddr(ctx, pair.DomainName); err == nil {
		p.cached = regionAt(pair, address.String())
	}
	p.pending = o.cloud.Pending(pair.Primary.Name).Count + o.cloud.Pending(pair.Secondary.Name).Count
	o.mu.Lock()
	defer o.mu.Unlock()
	o.points = append(o.points, p)
}

func regionAt(pair localcloud.Pair, address string) string {
	switch address {
	case pair.Primary.Address.String():
		return pair.Primary.Name
	case pair.Secondary.Address.String():
		return pair.Secondary.Name
	}
	return ""
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
