package operate

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/regionpair/regionpair/internal/figure"
)

// Guard is a condition for a change. One that does not hold stops the change
// until it is accepted by its name.
type Guard struct {
	// ID is what --accept takes.
	ID    string `json:"id"`
	Text  string `json:"text"`
	Holds bool   `json:"holds"`
	// Accepted by the operator, although it does not hold.
	Accepted bool `json:"accepted,omitempty"`
	// Advice is what to type.
	Advice string `json:"advice,omitempty"`
}

// Ids of guards.
const (
	GuardHealth = "health"
	GuardLag    = "lag"
	GuardStable = "stable"
	GuardDoor   = "door"
	GuardMove   = "move"
	// GuardFence and GuardData are those of a failover with a fence.
	GuardFence = "fence"
	GuardData  = "data"
	// GuardState and GuardReadiness are those of a drill.
	GuardState     = "state"
	GuardReadiness = "readiness"
)

func guard(id string, holds bool, format string, args ...any) Guard {
	return Guard{ID: id, Holds: holds, Text: fmt.Sprintf(format, args...)}
}

// GuardsOf are the guards of an action, which its --accept knows.
func GuardsOf(action string) []string {
	switch action {
	case ActionFailover:
		return []string{GuardHealth, GuardLag, GuardReadiness, GuardFence, GuardData}
	case ActionFailback:
		return []string{GuardHealth, GuardStable, GuardDoor, GuardLag}
	case ActionDrill:
		return []string{GuardState, GuardReadiness, GuardHealth, GuardLag, GuardFence, GuardData}
	}
	return []string{GuardMove}
}

// Refused returns whether a guard stops the change, after the operator has
// accepted some.
func refused(guards []Guard, accepted []string) bool {
	stops := false
	for i := range guards {
		guards[i].Accepted = !guards[i].Holds && slices.Contains(accepted, guards[i].ID)
		stops = stops || !guards[i].Holds && !guards[i].Accepted
	}
	return stops
}

// failoverGuards: the standby can serve, and how much cannot be read there. What
// is not known does not stop a failover: it is needed when little is known.
func failoverGuards(o Observation, order Order) []Guard {
	standby := o.Regions[1]
	return []Guard{healthGuard(standby), lagGuard(o, standby, order.MaxLag)}
}

func healthGuard(r RegionObservation) Guard {
	switch {
	case r.Health.Status == "healthy":
		return guard(GuardHealth, true, "%s is healthy", r.Region)
	case r.Health.Status == "degraded":
		return guard(GuardHealth, true, "%s serves, degraded: %s", r.Region, joined(r.Health.Failing))
	case r.Health.Status != "":
		return guard(GuardHealth, false, "%s is %s: %s", r.Region, r.Health.Status, joined(r.Health.Failing))
	case r.Err != nil:
		return guard(GuardHealth, false, "%s", r.Err)
	case !r.HasFacts:
		return guard(GuardHealth, false, "%s does not say where its health endpoint is: deploy its stack once with this version", r.Region)
	}
	return guard(GuardHealth, false, "the health endpoint of %s: %s", r.Region, r.Health.Error)
}

// lagGuard looks at what the Region that is to serve has not received yet.
func lagGuard(o Observation, to RegionObservation, limit time.Duration) Guard {
	behind := to.Traffic.Behind
	if behind == nil {
		return guard(GuardLag, true, "how far %s is behind is not known: %s", to.Region, whyNoFigure(to))
	}
	text := fmt.Sprintf("%s is behind by %s, measured %s", to.Region, figure.Seconds(behind.Value), age(o.At, behind.At))
	if behind.Value > limit.Seconds() {
		return guard(GuardLag, false, "%s (limit %s)", text, figure.Seconds(limit.Seconds()))
	}
	return guard(GuardLag, true, "%s (limit %s)", text, figure.Seconds(limit.Seconds()))
}

func whyNoFigure(to RegionObservation) string {
	switch {
	case to.Err != nil:
		return to.Err.Error()
	case to.Traffic.Error != "":
		return to.Traffic.Error
	}
	return fmt.Sprintf("S3 has published nothing for %.0f min", metricWindow.Minutes())
}

// failbackGuards: the primary has proved itself.
func failbackGuards(o Observation, stable Stability, order Order) []Guard {
	primary := o.Regions[0]
	return []Guard{healthGuard(primary), stable.guard(primary.Region, order.Stable), doorGuard(primary), returnGuard(o, order.MaxLag)}
}

// returnGuard looks at what the primary has not received yet. Clients are served, so
// that they can wait until it is known.
func returnGuard(o Observation, limit time.Duration) Guard {
	primary, standby := o.Regions[0], o.Regions[1]
	g := lagGuard(o, primary, limit)
	g.Holds = g.Holds && primary.Traffic.Behind != nil
	if reason := standby.Memory.ReplicationReason(); standby.keepsOut(o.At) && reason != "" {
		g = guard(GuardLag, false, "the guard of the failback waits: %s", reason)
	}
	switch {
	case g.Holds:
	case standby.keepsOut(o.At):
		g.Advice = "regionpair verify, which lists what is missing; or wait, as the guard does"
	default:
		g.Advice = "regionpair verify, which lists what is missing"
	}
	return g
}

// Stability is how long a Region has been healthy.
type Stability struct {
	// For is how long its health endpoint has answered without a failure.
	For time.Duration
	// ByGuard says that the guard of the failback has seen that, and not the checkers.
	ByGuard bool
	// Err says why that is not known.
	Err error
}

func (s Stability) guard(region string, needed time.Duration) Guard {
	if s.Err != nil {
		return guard(GuardStable, false, "how long %s has been healthy is not known: %s", region, plainly(s.Err))
	}
	seen := ""
	if s.ByGuard {
		seen = ", as the guard of the failback sees it"
	}
	return guard(GuardStable, s.For >= needed, "%s has been healthy for %.0f min (guard %.0f min)%s", region, s.For.Minutes(), needed.Minutes(), seen)
}

func doorGuard(r RegionObservation) Guard {
	if r.Door.opens(r.Region) {
		return guard(GuardDoor, true, "the API of %s answers under the pair's name", r.Region)
	}
	g := guard(GuardDoor, false, "the API of %s does not answer under the pair's name: %s", r.Region, r.Door.problem())
	g.Advice = lookAtDoors
	return g
}

// lookAtDoors is what to type when the API of a Region does not answer.
const lookAtDoors = `regionpair readiness --only "front door"`

// opens says whether it is the answer of a Region that serves: it names the
// Region, and is no failure.
func (a APIAnswer) opens(region string) bool {
	return a.Region == region && a.Status < http.StatusInternalServerError
}

// problem of an answer that does not open.
func (a APIAnswer) problem() string {
	switch {
	case a.Error != "":
		return a.Error
	case a.Status == 0:
		return "it could not be asked"
	case a.Region == "":
		return fmt.Sprintf("status %d without the name of a Region", a.Status)
	}
	return fmt.Sprintf("status %d from %s", a.Status, a.Region)
}

// holdGuards: nobody is moved by keeping the primary out.
func holdGuards(o Observation) []Guard {
	if o.API.Region == o.Pair.Primary {
		g := guard(GuardMove, false, "clients are with %s: this would move them", o.Pair.Primary)
		g.Advice = "regionpair failover"
		return []Guard{g}
	}
	return []Guard{guard(GuardMove, true, "clients are not with %s: nobody is moved", o.Pair.Primary)}
}

// releaseGuards: nobody is moved by letting the health check decide again.
func releaseGuards(o Observation) []Guard {
	primary := o.Regions[0]
	if primary.Health.Status == "healthy" || primary.Health.Status == "degraded" {
		g := guard(GuardMove, false, "%s is %s: this would move the clients there at once", primary.Region, primary.Health.Status)
		g.Advice = "regionpair failback, which looks first"
		return []Guard{g}
	}
	state := "not healthy"
	if primary.Health.Status == "" {
		state = "not known to be healthy"
	}
	return []Guard{guard(GuardMove, true, "%s is %s: clients stay until it is", primary.Region, state)}
}

// DrillGuards are the conditions of a live drill: a pair that is well is drilled,
// and no other. More of them come with what the drill does.
func DrillGuards(i Inventory, readiness Readiness, accepted []string, maxLag time.Duration, more ...Guard) []Guard {
	s := Judge(i.Observation)
	state := guard(GuardState, s.State == StateNormal, "the pair is %s, served by %s", s.State, s.Serving)
	if s.State != StateNormal {
		state.Advice = "regionpair status"
	}
	standby := i.Regions[1]
	guards := append([]Guard{state, readinessGuard(readiness), healthGuard(standby), lagGuard(i.Observation, standby, maxLag)}, more...)
	_ = refused(guards, accepted)
	return guards
}

// standbyGuard holds when none of the checks that the standby alone can answer
// speaks against a failover. What is not known does not stop it. The switch may
// be on from an earlier attempt, and whether it may be turned is seen at once.
func standbyGuard(i Inventory) Guard {
	r, problems := Examine(i, Selection{Skip: []string{doorOfStandby, "switch", "iam"}}), []string{}
	for _, c := range r.Checks {
		if c.Verdict == VerdictFailed && c.Severity == Blocks {
			problems = append(problems, c.ID+" "+joined(c.Found))
		}
	}
	asked := len(r.Checks) - r.count(VerdictUnknown)
	g := guard(GuardReadiness, len(problems) == 0, "%s that %s can answer, none speaks against it", counted(asked, "check", "checks"), i.Pair.Standby)
	if len(problems) > 0 {
		g.Text, g.Advice = joined(problems), "regionpair readiness"
	}
	return g
}

// doorOfStandby is the check that says what the guard of the standby's health
// says.
const doorOfStandby = "DOOR-02"

// readinessGuard holds when a planned switch would go well.
func readinessGuard(r Readiness) Guard {
	g := guard(GuardReadiness, r.Planned, "%s of readiness: %d ok, %d failed, %d not known", counted(len(r.Checks), "check", "checks"),
		r.count(VerdictOK), r.count(VerdictFailed), r.count(VerdictUnknown))
	if !r.Planned {
		g.Advice = "regionpair readiness"
	}
	return g
}
