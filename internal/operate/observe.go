package operate

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/regionpair/regionpair/internal/contract"
	failback "github.com/regionpair/regionpair/internal/guard"
)

// Observation is all that was seen of a pair at one time. Whatever did not
// answer is part of it.
type Observation struct {
	Pair Pair
	// At is when the last answer came.
	At time.Time
	// Regions: the primary and the standby.
	Regions [2]RegionObservation
	// API is what a new client gets.
	API APIAnswer
	// Here and Authoritative are DNS answers.
	Here          Answer
	Authoritative []Answer
	// History of the switch, newest first.
	History    []Switch
	HistoryErr error
}

// RegionObservation is what was seen of a Region.
type RegionObservation struct {
	Region string
	// Err is set when the Region's parameters could not be read. Nothing else
	// was asked then.
	Err         error
	Facts       contract.Facts
	HasFacts    bool
	Switch      string
	SwitchSince time.Time
	// Memory of the guard in this Region; zero where there is none.
	Memory failback.Memory
	// Fence is the position of the Region's fence; empty where it has none.
	Fence      string
	FenceSince time.Time
	// Hold is the position of what keeps the Region out; empty where it has none.
	Hold      string
	HoldSince time.Time
	Health    Health
	// Door is what the Region's API answered under the pair's name, past DNS.
	Door        APIAnswer
	Traffic     Traffic
	Certificate Certificate
}

// silent says whether the Region gave no answer at all.
func (o RegionObservation) silent() bool {
	var unanswered *UnansweredError
	return errors.As(o.Err, &unanswered) && unanswered.Silent()
}

// seen is what was seen of a Region.
func (o Observation) seen(region string) RegionObservation {
	if region == o.Pair.Primary {
		return o.Regions[0]
	}
	return o.Regions[1]
}

// takesOver says whether the Region is asked to take over, by a person or by
// the guard of the failback.
func (o RegionObservation) takesOver() bool {
	return o.Switch == contract.PositionOn || o.Switch == contract.PositionByGuard
}

// heldByPerson says whether a person keeps the Region out. A hold of the guard ends with
// the guard's own work.
func (o RegionObservation) heldByPerson() bool { return o.Hold == contract.PositionOn }

// keepsOut says whether the guard in this Region keeps its peer out, and still looks.
func (o RegionObservation) keepsOut(now time.Time) bool {
	return o.Memory.Phase == failback.Latched && !o.Memory.Silent(now)
}

// APIAnswer is what the API answered under the pair's name.
type APIAnswer struct {
	// Region that answered, as the answer names it.
	Region string `json:"region,omitempty"`
	Status int    `json:"status,omitempty"`
	Error  string `json:"error,omitempty"`
	// AsksForCertificate says that it answers only clients with a certificate that it
	// trusts, and that none such was presented.
	AsksForCertificate bool `json:"asksForCertificate,omitempty"`
}

// Observe asks everything at the same time. It takes as long as the slowest
// answer, and no longer than three seconds.
func (w World) Observe(ctx context.Context, p Pair) Observation {
	return w.observe(ctx, p, func(string) bool { return true })
}

// ObserveStandby asks the standby, DNS and the API, and nothing of the primary:
// a failover must not depend on what has failed.
func (w World) ObserveStandby(ctx context.Context, p Pair) Observation {
	return w.observe(ctx, p, func(region string) bool { return region == p.Standby })
}

var errNotAsked = errors.New("was not asked")

func (w World) observe(ctx context.Context, p Pair, asks func(region string) bool) Observation {
	o := Observation{Pair: p}
	var group sync.WaitGroup
	for i, name := range p.regions() {
		if !asks(name) {
			o.Regions[i] = RegionObservation{Region: name, Err: errNotAsked}
			continue
		}
		group.Go(func() { o.Regions[i] = w.observeRegion(ctx, p, name) })
	}
	group.Go(func() { o.API = w.askAPI(ctx, p.Domain) })
	group.Go(func() { o.Here = w.DNS.Here(ctx, p.Domain) })
	group.Go(func() { o.Authoritative = w.DNS.Authoritative(ctx, p.Domain) })
	group.Go(func() { o.History, o.HistoryErr = w.History(ctx, p) })
	group.Wait()
	w.nameRegions(ctx, &o)
	o.At = w.Now()
	return o
}

func (w World) observeRegion(ctx context.Context, p Pair, name string) RegionObservation {
	ctx, cancel := context.WithTimeout(ctx, observeLimit)
	defer cancel()
	r := w.region(p, name)
	found, err := r.parameters(ctx)
	o := RegionObservation{
		Region: name, Err: err, Facts: found.facts, HasFacts: found.hasFacts,
		Switch: found.switched.value, SwitchSince: found.switched.changed, Memory: found.memory,
		Fence: found.fence.value, FenceSince: found.fence.changed,
		Hold: found.hold.value, HoldSince: found.hold.changed,
	}
	if err != nil || !found.hasFacts {
		return o
	}
	var group sync.WaitGroup
	group.Go(func() { o.Health = r.health(ctx, found.facts, w.Now) })
	group.Go(func() { o.Door = w.askDoor(ctx, found.facts, "/") })
	group.Go(func() { o.Traffic = r.traffic(ctx, found.facts, w.Now()) })
	group.Go(func() { o.Certificate = r.certificate(ctx, found.facts.Certificate) })
	group.Wait()
	o.Health.AgeSeconds = w.Now().Sub(o.Health.at).Seconds()
	return o
}

// observeLimit bounds two calls, one after the other, in a Region that is slow.
const observeLimit = 2800 * time.Millisecond

// nameRegions finds the Regions of addresses, which alias records answer with.
func (w World) nameRegions(ctx context.Context, o *Observation) {
	owners := map[string]string{}
	answers := []*Answer{&o.Here}
	for i := range o.Authoritative {
		answers = append(answers, &o.Authoritative[i])
	}
	for _, answer := range answers {
		if answer.Region != "" || len(answer.addresses) == 0 {
			continue
		}
		if len(owners) == 0 {
			owners = w.owners(ctx, o.Regions)
		}
		for _, address := range answer.addresses {
			if owner := owners[address]; owner != "" {
				answer.Region = owner
			}
		}
	}
}

// owners are the Regions behind the addresses of their own names.
func (w World) owners(ctx context.Context, regions [2]RegionObservation) map[string]string {
	owners := map[string]string{"": ""}
	for _, r := range regions {
		if r.HasFacts {
			for _, address := range w.DNS.Addresses(ctx, r.Facts.RegionalDomainName) {
				owners[address] = r.Region
			}
		}
	}
	return owners
}

// askAPI is one request of a new client, without a token: every Region answers
// it, with its name.
func (w World) askAPI(ctx context.Context, domain string) APIAnswer {
	ctx, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+domain+"/", nil)
	if err != nil {
		return APIAnswer{Error: err.Error()}
	}
	client, asks := noticing(w.HTTP)
	response, err := client.Do(request)
	if err != nil {
		return asks.unanswered(err)
	}
	defer func() { _ = response.Body.Close() }()
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, 1<<16))
	return APIAnswer{Region: response.Header.Get(contract.RegionHeader), Status: response.StatusCode}
}
