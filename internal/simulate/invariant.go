package simulate

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/regionpair/regionpair/internal/failover"
	"github.com/regionpair/regionpair/internal/guard"
)

// Invariant is a promise about every history.
type Invariant struct {
	Name string
	// Broken returns how, or nothing.
	Broken func(*History) string
}

// Invariants that hold for a mode of failback.
func Invariants(mode guard.Mode) []Invariant {
	list := []Invariant{
		{"no return to a Region that is behind", returnsBehind},
		{"clients move at most once while the primary goes up and down", flaps},
		{"clients return in the end", staysAway},
		{"nobody is kept at a standby that cannot serve", lockedOut},
		{"nobody is sent to a standby that is dead", sentToTheDead},
	}
	if mode == guard.Auto {
		return list
	}
	return append(list,
		Invariant{"the guard lets go only when the primary is fit", releasesEarly},
		Invariant{"what a person has set stays", overrules},
		Invariant{"no return before the guard lets go", returnsUnasked},
		Invariant{"the guard never latches unless the primary failed", latchesWithoutCause},
	)
}

// Check returns the first invariant that a history breaks.
func Check(h *History) error {
	for _, invariant := range Invariants(h.Pair.Rules.Mode) {
		if how := invariant.Broken(h); how != "" {
			return fmt.Errorf("%s: %s\n%s", invariant.Name, how, h)
		}
	}
	return nil
}

// reaction is the longest time from a decision to Route 53's answer.
func (p Pair) reaction() time.Duration {
	return failover.Detection(failover.Check{Interval: p.Interval, Threshold: p.Threshold}, failover.ConnectLimit, p.Aggregation) + functionCache
}

// excused moves are not the guard's: there is nobody else to serve, a person
// moves them, it does not run, which an alarm tells, or both ways of keeping the
// primary out are lost at once: its hold cannot be written, and the standby's
// switch cannot be seen.
func (h *History) excused(m Move) bool {
	return h.near(m.At, Partition) && h.near(m.At, Parameters, Flood) || m.StandbyDown || m.Takeover || h.near(m.At, StandbyDown, StandbyBroken, StandbyIll, NoGuard, Takeover, Replaced)
}

// near reports whether a fault of the kinds was on, or ended not long before.
func (h *History) near(at time.Duration, kinds ...Kind) bool {
	for _, f := range h.Schedule.Faults {
		for _, kind := range kinds {
			if f.Kind == kind && at >= f.At && at <= f.At+f.For+h.Pair.reaction()+h.Pair.Rules.Lease {
				return true
			}
		}
	}
	return false
}

// moves that last. The guard learns where clients are as late as other resolvers,
// and its hold takes Route 53 as long as any other failure: a primary that turns
// green in between is answered for some seconds, in which few resolvers ask.
func (h *History) moves() []Move {
	list := []Move{}
	for i := 0; i < len(h.Moves); i++ {
		if h.Pair.Rules.Mode != guard.Auto && i > 0 && i+1 < len(h.Moves) && h.brief(h.Moves[i-1], h.Moves[i], h.Moves[i+1]) {
			i++
			continue
		}
		list = append(list, h.Moves[i])
	}
	return list
}

// brief stays at the standby end before the guard could know of them. Brief
// stays at the primary end within a TTL or an interval of the checks, or follow a failover so closely that
// there could be no hold yet, and end as soon as Route 53 can see one.
func (h *History) brief(before, here, after Move) bool {
	away, lasted := here.At-before.At, after.At-here.At
	if !here.ToPrimary {
		return lasted <= unaware
	}
	return lasted <= max(h.Pair.TTL, h.Pair.Interval) || away <= unaware && lasted <= h.Pair.reaction()
}

// unaware is how long clients may be at the standby before the guard has a hold
// that the primary's health function knows of.
const unaware = 30 * time.Second

func returnsBehind(h *History) string {
	limit := h.Pair.Rules.MaxLag + 2*h.Pair.reaction()
	for _, m := range h.moves() {
		if m.ToPrimary && !h.excused(m) && m.Behind > limit {
			return fmt.Sprintf("at %s the primary had not got %d writes, the oldest %s old", clock(m.At), m.Missing, m.Behind)
		}
	}
	return ""
}

// flaps: within a quarter of an hour there is one failover. A flood on the standby's
// health API, or the loss of its Parameter Store, leaves the guard to its schedule:
// nobody wakes it.
func flaps(h *History) string {
	var last time.Duration
	for _, m := range h.moves() {
		if m.ToPrimary || h.excused(m) || h.near(m.At, Flood, Parameters) {
			continue
		}
		if last > 0 && m.At-last < calmBetween {
			return fmt.Sprintf("clients were moved to the standby at %s and at %s", clock(last), clock(m.At))
		}
		last = m.At
	}
	return ""
}

// calmBetween two failovers.
const calmBetween = 3 * time.Minute

func staysAway(h *History) string {
	if h.Pair.Rules.Mode == guard.Manual || h.Schedule.has(Destroyed) || h.latchedGray() {
		return ""
	}
	var quiet time.Duration
	for _, f := range h.Schedule.Faults {
		quiet = max(quiet, f.At+f.For)
	}
	quiet += h.Schedule.CatchUp + 2*h.Schedule.Lag + 4*h.Pair.Rules.StableFor + h.Pair.Rules.Lease + 2*h.Pair.reaction()
	if quiet > h.Schedule.Length || h.end.atPrimary && !h.end.switchOn && !h.end.holdOn {
		return ""
	}
	return fmt.Sprintf("at the end the primary serves: %t, the switch is on: %t, the hold is on: %t", h.end.atPrimary, h.end.switchOn, h.end.holdOn)
}

// latchedGray: a person decides when clients return.
func (h *History) latchedGray() bool {
	return slices.ContainsFunc(h.Turns, func(t Turn) bool { return t.Gray })
}

func (s Schedule) has(kind Kind) bool {
	for _, f := range s.Faults {
		if f.Kind == kind {
			return true
		}
	}
	return false
}

func lockedOut(h *History) string {
	if limit := h.Pair.Rules.Lease + h.Pair.reaction() + 2*guard.Interval; h.LockedOut > limit {
		return fmt.Sprintf("for %s, and %s are allowed", h.LockedOut, limit)
	}
	return ""
}

// sentToTheDead: whether or not the primary can serve, and whoever keeps it out.
func sentToTheDead(h *History) string {
	if limit := failover.Detection(failover.StandbyCheck(nil), 0, h.Pair.Aggregation) + tick; h.SentToTheDead > limit {
		return fmt.Sprintf("for %s, and %s are allowed", h.SentToTheDead, limit)
	}
	return ""
}

func releasesEarly(h *History) string {
	rules := h.Pair.Rules
	latched, gray := false, false
	for _, t := range h.Turns {
		was, wasGray := latched, gray
		latched, gray = t.Event.Phase == guard.Latched, t.Gray
		if !was || latched || t.Takeover || h.near(t.At, StandbyDown, StandbyBroken, StandbyIll, NoGuard) || strings.Contains(t.Event.Reason, "person") {
			continue
		}
		switch {
		case rules.Mode == guard.Manual, wasGray:
			return fmt.Sprintf("at %s, by itself", clock(t.At))
		case t.UpFor < rules.StableFor-guard.Interval:
			return fmt.Sprintf("at %s, when the primary had been up for %s", clock(t.At), t.UpFor)
		case t.Behind > rules.MaxLag+tick, t.Failed > 0:
			return fmt.Sprintf("at %s, when the primary was %s behind and %d writes had FAILED", clock(t.At), t.Behind, t.Failed)
		}
	}
	return ""
}

func overrules(h *History) string {
	if h.Overruled {
		return "the guard turned off what a person had turned on"
	}
	return ""
}

// returnsUnasked: Route 53 may still follow a release when the guard latches
// again.
func returnsUnasked(h *History) string {
	for _, m := range h.moves() {
		latched, released := false, -h.Schedule.Length
		for _, t := range h.Turns {
			if t.At > m.At {
				break
			}
			if latched && t.Event.Phase != guard.Latched {
				released = t.At
			}
			latched = t.Event.Phase == guard.Latched
		}
		if m.ToPrimary && latched && m.At-released > 2*h.Pair.reaction() && !h.excused(m) {
			return fmt.Sprintf("at %s", clock(m.At))
		}
	}
	return ""
}

// grayAt: the primary's clients met errors, in what the guard can know of.
func (h *History) grayAt(at time.Duration) bool {
	return slices.ContainsFunc(h.Schedule.Faults, func(f Fault) bool {
		return f.Kind == GrayErrors && at >= f.At && at <= f.At+f.For+published+2*guard.Interval
	})
}

func latchesWithoutCause(h *History) string {
	latched := false
	for _, t := range h.Turns {
		was := latched
		latched = t.Event.Phase == guard.Latched
		if !latched || was {
			continue
		}
		if t.Gray {
			if !h.grayAt(t.At) {
				return fmt.Sprintf("at %s: %s", clock(t.At), t.Event.Reason)
			}
			continue
		}
		caused, planned := false, 0
		for _, f := range h.Schedule.Faults {
			switch f.Kind {
			case Crash, Blackhole, Hang, Errors, Flap, Gray, Destroyed:
				caused = caused || t.At >= f.At
			case Replaced, Takeover:
				planned++
			}
		}
		// Move after move looks like a primary that flaps, and one while the guard
		// is blind like a primary that fails.
		caused = caused || planned > 1 || planned > 0 && (h.Schedule.has(Partition) || h.Schedule.has(Parameters))
		if !caused {
			return fmt.Sprintf("at %s: %s", clock(t.At), t.Event.Reason)
		}
	}
	return ""
}
