package main

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/internal/guard"
	"github.com/regionpair/regionpair/lambda/internal/logging"
	"github.com/regionpair/regionpair/lambda/internal/regionhealth"
)

const answerTimeout = 2500 * time.Millisecond

// newHTTPClient keeps no connection: each look goes where the name leads now.
func newHTTPClient() *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.DisableKeepAlives = true
	return &http.Client{Transport: transport, Timeout: answerTimeout, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}
}

// see looks at everything at once.
func (f *function) see(ctx context.Context, d *document, at time.Time) guard.Look {
	ctx, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	l := guard.Look{At: at}
	var group sync.WaitGroup
	group.Go(func() { l.Primary = f.primaryHealth(ctx, d) })
	group.Go(func() { l.Standby = f.standbyHealth(ctx) })
	group.Go(func() { l.Serving = f.serving(ctx) })
	group.Go(func() { l.Switch = f.standby.owner(ctx, contract.SwitchParameter(f.pair), 0, f.now) })
	group.Go(func() { l.Hold = f.primary.owner(ctx, contract.HoldParameter(f.pair), f.rules.Lease, f.now) })
	if d.Phase == guard.Latched {
		group.Go(func() { l.ToPrimary = f.replication(ctx, f.standby, &d.ToPrimary, d.Since, at) })
		group.Go(func() { l.ToStandby = f.replication(ctx, f.primary, &d.ToStandby, d.Since, at) })
	}
	if f.rules.WatchesTraffic(d.State) {
		group.Go(func() { l.Traffic = f.traffic(ctx, at) })
		group.Go(func() { l.Fenced = f.fenced(ctx) })
	}
	group.Wait()
	return l
}

// owner is who has set a switch. One that the guard has set ends with its lease.
func (r region) owner(ctx context.Context, name string, lease time.Duration, now func() time.Time) guard.Owner {
	found, err := r.parameter(ctx, name)
	if err != nil {
		logging.From(ctx).Warn("do not know who has set a switch", "error", err)
		return guard.Unknown
	}
	switch {
	case found.value == contract.PositionOn:
		return guard.Person
	case found.value == contract.PositionByGuard && (lease == 0 || now().Sub(found.modified) < lease):
		return guard.Guard
	}
	return guard.Nobody
}

// primaryHealth asks the primary's health endpoint, wherever it was last known
// to be.
func (f *function) primaryHealth(ctx context.Context, d *document) guard.Health {
	if d.PrimaryHealth == "" {
		found, err := f.primary.parameter(ctx, contract.HealthParameter(f.pair))
		if err != nil {
			logging.From(ctx).Warn("do not know where the primary's health is asked", "error", err)
			return guard.Silent
		}
		d.PrimaryHealth = found.value
	}
	health, _ := regionhealth.Ask(ctx, f.http, d.PrimaryHealth)
	if health == guard.Silent {
		// It may have been deployed anew.
		d.PrimaryHealth = ""
	}
	return health
}

// standbyHealth takes an endpoint that is busy for one that works.
func (f *function) standbyHealth(ctx context.Context) guard.Health {
	health, status := regionhealth.Ask(ctx, f.http, f.healthURL)
	if status == http.StatusTooManyRequests {
		return guard.Green
	}
	return health
}

// serving asks the shared name, as a client would. Every answer of the API names
// its Region, refusals too.
func (f *function) serving(ctx context.Context) guard.Place {
	if f.mutualTLS {
		return guard.Hidden
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodHead, "https://"+f.domainName+"/", http.NoBody)
	if err != nil {
		return guard.Nowhere
	}
	response, err := f.http.Do(request)
	if err != nil {
		return guard.Nowhere
	}
	_ = response.Body.Close()
	switch response.Header.Get(contract.RegionHeader) {
	case f.primaryRegion:
		return guard.AtPrimary
	case f.region:
		return guard.AtStandby
	}
	return guard.Nowhere
}
