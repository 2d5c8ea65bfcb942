package drill

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/regionpair/regionpair/internal/assembly"
	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/internal/failover"
	"github.com/regionpair/regionpair/internal/localcloud"
)

// Fault is a way for a pair to fail, with everything that a drill does differently
// for it. Nothing else asks which fault it is: it asks what the fault says.
type Fault struct {
	// Name of the fault, and What it does, for those who did not choose it.
	Name, What string
	// Permanent is true when the Region never comes back, and what only it had is
	// gone.
	Permanent bool
	// KillsStandby is true when the standby is the Region that serves nobody, so that
	// clients must return from there.
	KillsStandby bool
	// Planned is true when nothing fails, and an operator moves the clients.
	Planned bool

	// did says what was done, where that is not to break the primary: {primary} and
	// {standby} stand for the Regions.
	did string
	// injects is what the primary gets, and is rid of in the end, unless begin and
	// end do something else.
	injects localcloud.Fault
	begin   func(*run, context.Context) error
	end     func(*run) error
	// impossible is why a pair cannot have the fault, and empty when it can; nil when
	// every pair can.
	impossible func(localcloud.Pair) string
	// unanswered is how long a checker waits until it counts a failure.
	unanswered time.Duration
	// breaksService is true when requests to the Region fail.
	breaksService bool
	// effect on the clients; nil when they must be moved, as soon as the checkers
	// notice.
	effect func(circumstances) effect
	// verdict holds the figures against targets that only this fault has.
	verdict func(*run, *Result)
	// deployedOnly is true when a drill of a deployed pair alone has the fault.
	deployedOnly bool
	// patience is how long somebody else may take to cause the fault, and to repair
	// it; 0 when the drill does both.
	patience time.Duration
}

// FaultOf returns the fault with a name, and the zero Fault when there is none.
func FaultOf(name string) Fault {
	for _, fault := range faults() {
		if fault.Name == name {
			return fault
		}
	}
	return Fault{}
}

// Did says in a sentence what a drill with the fault has done.
func (f Fault) Did(primary, standby string) string {
	did := cmp.Or(f.did, "{primary} was broken under load.")
	return strings.NewReplacer("{primary}", primary, "{standby}", standby).Replace(did)
}

// FaultNames lists every fault that a drill can cause here.
func FaultNames() []string { return namesOf(func(Fault) bool { return true }) }

func namesOf(has func(Fault) bool) []string {
	names := []string{}
	for _, fault := range faults() {
		if !fault.deployedOnly && has(fault) {
			names = append(names, fault.Name)
		}
	}
	return names
}

// FaultsOf lists the faults that the pair of an assembly can have.
func FaultsOf(a *assembly.Assembly) []string {
	pair := localcloud.Outline(a)
	return namesOf(func(fault Fault) bool { return fault.whyNot(pair) == "" })
}

// CheckFaultsOf returns an error for a fault that the pair of an assembly cannot
// have.
func CheckFaultsOf(a *assembly.Assembly, names []string) error {
	pair := localcloud.Outline(a)
	for _, name := range names {
		if reason := FaultOf(name).whyNot(pair); reason != "" {
			return fmt.Errorf("this pair cannot have %q: %s", name, reason)
		}
	}
	return nil
}

func (f Fault) whyNot(pair localcloud.Pair) string {
	if f.impossible == nil {
		return ""
	}
	return f.impossible(pair)
}

// CheckFault returns an error that says which faults there are.
func CheckFault(name string) error {
	if slices.Contains(FaultNames(), name) {
		return nil
	}
	return fmt.Errorf("fault %q is unknown; there are %s", name, strings.Join(FaultNames(), ", "))
}

// decisive is the health check that ends the outage: that of the Region which serves
// nobody.
func (f Fault) decisive(pair localcloud.Pair) failover.Check {
	if f.KillsStandby {
		return pair.StandbyCheck
	}
	return pair.Check
}

// failing is the Region that clients must leave: the one that serves nobody.
func (f Fault) failing(pair localcloud.Pair) localcloud.Region {
	if f.KillsStandby {
		return pair.Secondary
	}
	return pair.Primary
}

// on is what the fault should do to clients in some circumstances.
func (f Fault) on(c circumstances) effect {
	if f.effect == nil {
		return effect{}
	}
	return f.effect(c)
}

// circumstances decide what some faults do to clients.
type circumstances struct {
	// cold is true when no instance of a function is warm.
	cold bool
	// depth is how much health checks look at.
	depth contract.HealthDepth
	// grayErrors and grayLatency are true when the guard has a rule for them.
	grayErrors, grayLatency bool
}
