package drill

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/regionpair/regionpair/internal/localcloud"
)

// world is where a pair runs: the local cloud, or AWS. A drill moves, breaks and
// looks at a pair through it, and through nothing else.
type world interface {
	// Pair that runs there.
	Pair() localcloud.Pair
	// look at the pair from outside.
	look(ctx context.Context) point
	// SetSwitch turns a Region's takeover switch.
	SetSwitch(region localcloud.Region, position string) error
	// Inject breaks a Region until Heal.
	Inject(region string, fault localcloud.Fault) error
	Heal(region string) error
	// Restart replaces every instance of a function.
	Restart()
	// DeployBroken deploys a version of the handler that cannot start to a Region.
	// What it returns rolls that back.
	DeployBroken(region localcloud.Region) (rollBack []func(), err error)
	// ArmGuard of the failback, and GuardPhase that it is in.
	ArmGuard() error
	GuardPhase() (phase, reason string)
	// NewTransportTo connects to the API of one Region, past DNS, under the pair's
	// name.
	NewTransportTo(region localcloud.Region) http.RoundTripper
	// Written is what functions have stored, as far as it is known.
	Written() localcloud.Written
	// unexpectedHosts are what functions called and should not.
	unexpectedHosts() []string
	// NotEmulated lists what is deployed and does not run.
	NotEmulated() []string
	// Close ends what was started.
	Close()
}

// localWorld is the local cloud, which sees into everything.
type localWorld struct {
	*localcloud.Cloud
	populations []population
}

func (w localWorld) look(ctx context.Context) point {
	pair := w.Pair()
	p := point{at: time.Now(), healthy: w.Route53().Healthy(pair.PrimaryCheck)}
	if record, found := w.Route53().Answer(pair.DomainName, "A"); found {
		if address, known := w.Network().AddressOf(record.Target); known {
			p.answer = regionAt(pair, address.String())
		}
	}
	for _, clients := range w.populations {
		p.cached = append(p.cached, clients.sentTo(ctx, pair))
	}
	p.pending = w.Pending(pair.Primary.Name).Count + w.Pending(pair.Secondary.Name).Count
	return p
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

// NewTransportTo implements world.
func (w localWorld) NewTransportTo(region localcloud.Region) http.RoundTripper {
	return w.Cloud.NewTransportTo(region)
}

// unexpectedHosts lists what nobody serves, what a function asked for that its
// role does not allow, and what one of a Region asked of the other. The work of
// the pairing function and of the guard is to ask both, keys are renewed from the
// peer every 15 minutes, synchronous objects are stored in both, and the standby's
// health function looks at the primary for the guard.
func (w localWorld) unexpectedHosts() []string {
	pair, hosts := w.Pair(), w.Network().UnexpectedHosts()
	for _, denial := range w.DeniedCalls() {
		hosts = append(hosts, denial.String())
	}
	for call := range w.Network().Calls() {
		region, function, isFunction := strings.Cut(call.Caller, "/")
		isOfThePair := region == pair.Primary.Name || region == pair.Secondary.Name
		asksBoth := strings.Contains(function, "Pairing") || function == pair.GuardFunction ||
			pair.StoresIn(call.Caller, call.Host) || pair.RenewsKeys(call.Caller, call.Host) || pair.LooksAtPrimary(call.Caller, call.Host)
		if isFunction && isOfThePair && call.Known && call.Region != region && !asksBoth {
			hosts = append(hosts, fmt.Sprintf("%s (called by %s)", call.Host, call.Caller))
		}
	}
	slices.Sort(hosts)
	return slices.Compact(hosts)
}
