package console

import (
	"fmt"
	"strings"
	"time"

	"github.com/regionpair/regionpair/internal/localcloud"
)

// State is what the page shows. Times are AWS-equivalent seconds.
type State struct {
	DomainName string
	TimeScale  float64
	// Kind of the headline: "pass", "fail" or "inconclusive".
	Kind, Headline string
	Regions        []RegionState
	DNS            DNSState
	Requests       int
	Failed         int
	Checks         []CheckState
	Guard          GuardState
	// Outage lasts, and RTO says for how long; otherwise RTO is that of the last.
	Outage bool
	RTO    string
	Loss   []LossState
	Events []Event
}

// RegionState is a Region with its part of the traffic.
type RegionState struct {
	Name, Role string
	Fault      string
	Requests   int
	// Share of the answered requests, in tenths, for the width of an arrow.
	Share int
	// Pending counts writes that wait to be replicated to the peer.
	Pending int
	Behind  float64
	// Switch is the takeover switch, of the standby only; Hold is what keeps the
	// primary out.
	Switch, Hold string
}

// GuardState is what the guard of the failback is up to; the zero value where
// there is none.
type GuardState struct {
	// Mode such as "guarded", Phase such as "armed", and the reason of the phase.
	Mode, Phase, Reason string
}

// DNSState is what names are answered with.
type DNSState struct {
	// Cached answer of the clients' resolver and what is left of its TTL.
	Cached string
	TTL    float64
	// Authoritative answer of the name servers.
	Authoritative string
}

// CheckState is a health check.
type CheckState struct {
	Name string
	// Agree is how many Checkers say that it is healthy, after inversion.
	Agree, Checkers int
	Healthy         bool
}

// LossState is what would be lost if a Region never came back.
type LossState struct {
	Region  string
	Writes  int
	Seconds float64
}

// Event is something that happened.
type Event struct {
	At   string
	Text string
}

// look takes the state of the pair as it is now, without events.
func look(cloud *localcloud.Cloud, clients tally, scale float64) State {
	pair := cloud.Pair()
	s := State{DomainName: pair.DomainName, TimeScale: scale, Requests: clients.Requests, Failed: clients.Failed, Outage: clients.Current != nil, RTO: recoveryTime(clients, scale, time.Now())}
	for i, region := range []localcloud.Region{pair.Primary, pair.Secondary} {
		pending := cloud.Pending(region.Name)
		r := RegionState{Name: region.Name, Role: "primary", Fault: string(cloud.FaultOf(region.Name)), Requests: clients.ByRegion[region.Name], Pending: pending.Count}
		if i > 0 {
			r.Role, r.Switch = "standby", cloud.Switch(region)
		} else if region.HoldParameter != "" {
			r.Hold = cloud.Hold(region)
		}
		if pending.Count > 0 {
			r.Behind = pending.Oldest.Seconds() * scale
			s.Loss = append(s.Loss, LossState{Region: region.Name, Writes: pending.Count, Seconds: (pending.Oldest - pending.Newest).Seconds() * scale})
		}
		if answered := clients.Requests - clients.Failed; answered > 0 {
			r.Share = (10*r.Requests + answered - 1) / answered
		}
		s.Regions = append(s.Regions, r)
	}
	s.DNS, s.Checks = names(cloud), checks(cloud)
	if pair.Failback != "" {
		s.Guard.Mode = pair.Failback
		s.Guard.Phase, s.Guard.Reason = cloud.GuardPhase()
	}
	s.Kind, s.Headline = headline(s, clients, scale, time.Now())
	return s
}

func names(cloud *localcloud.Cloud) DNSState {
	pair := cloud.Pair()
	regionAt := map[string]string{pair.Primary.Address.String(): pair.Primary.Name, pair.Secondary.Address.String(): pair.Secondary.Name}
	state := DNSState{}
	if address, left, found := cloud.Resolver().Cached(pair.DomainName); found {
		state.Cached, state.TTL = regionAt[address.String()], left.Seconds()
	}
	if record, found := cloud.Route53().Answer(pair.DomainName, "A"); found {
		address, _ := cloud.Network().AddressOf(record.Target)
		state.Authoritative = regionAt[address.String()]
	}
	return state
}

func checks(cloud *localcloud.Cloud) []CheckState {
	pair := cloud.Pair()
	list := []CheckState{}
	for _, check := range cloud.Route53().CheckStates() {
		place := check.Host
		for _, region := range []localcloud.Region{pair.Primary, pair.Secondary} {
			if strings.Contains(check.Host, "."+region.Name+".") {
				place = region.Name
			}
		}
		name, agree := "health of "+place, check.Agree
		switch {
		case check.ConnectOnly:
			name = "connections to " + place
		case check.Inverted:
			name, agree = "no takeover by "+place, check.Checkers()-check.Agree
		}
		list = append(list, CheckState{Name: name, Agree: agree, Checkers: check.Checkers(), Healthy: check.Healthy})
	}
	return append(list, CheckState{Name: "record of " + pair.Primary.Name, Healthy: cloud.Route53().Healthy(pair.PrimaryCheck)})
}

// headline says in one sentence how clients fare.
func headline(s State, clients tally, scale float64, now time.Time) (kind, text string) {
	serving := []string{}
	for _, r := range s.Regions {
		if r.Requests > 0 {
			serving = append(serving, r.Name)
		}
	}
	switch {
	case clients.Requests == 0:
		return "inconclusive", "Waiting for the first answers"
	case clients.Current != nil && len(serving) == 0:
		return "fail", fmt.Sprintf("Nobody is served, for %.1f s so far", now.Sub(clients.Current.First).Seconds()*scale)
	case len(serving) == 0:
		return "inconclusive", "The answers do not name a Region"
	case clients.Failed > 0:
		return "inconclusive", "Some requests fail; others are answered by " + strings.Join(serving, " and ")
	case len(serving) > 1:
		return "pass", strings.Join(serving, " and ") + " serve clients"
	case serving[0] == s.Regions[0].Name:
		return "pass", serving[0] + " (primary) serves everybody"
	}
	return "pass", serving[0] + " (standby) serves everybody"
}

// recoveryTime of the outage that lasts, otherwise of the last one.
func recoveryTime(clients tally, scale float64, now time.Time) string {
	switch {
	case clients.Current != nil && !clients.Current.Restored.IsZero():
		return fmt.Sprintf("%.1f s, if it lasts", clients.Current.Restored.Sub(clients.Current.First).Seconds()*scale)
	case clients.Current != nil:
		return fmt.Sprintf("%.1f s and counting", now.Sub(clients.Current.First).Seconds()*scale)
	case clients.Last != nil:
		return fmt.Sprintf("%.1f s", clients.Last.Restored.Sub(clients.Last.First).Seconds()*scale)
	}
	return "no failed request yet"
}
