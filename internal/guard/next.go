package guard

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Next takes a look. It returns what the guard remembers, and what is to be
// done about it.
func (r Rules) Next(s State, l Look) (State, Decision) {
	if s.Phase == "" {
		s = first(l)
	}
	s = s.observe(r, l)
	if r.Mode == Auto {
		return s, Decision{}
	}
	var d Decision
	switch s.Phase {
	case Latched:
		r.latched(&s, l, &d)
	default:
		r.unlatched(&s, l, &d)
	}
	return s, d
}

// observe keeps the streaks.
func (s State) observe(r Rules, l Look) State {
	if !s.LastLook.IsZero() && l.At.Sub(s.LastLook) > r.MaxGap {
		s.CalmFrom, s.GreenFrom, s.BadLooks, s.DeadLooks = time.Time{}, time.Time{}, 0, 0
		s.WatchedFrom, s.ServedWell = l.At, false
	}
	if l.Fenced {
		s.WatchedFrom, s.ServedWell = l.At, false
	}
	s.LastLook = l.At
	keepStreak(&s.GreenFrom, l.Primary == Green, l.At)
	keepStreak(&s.CalmFrom, l.calm(), l.At)
	if l.Primary != Green {
		s.RedAt = l.At
		s.RedLooks++
	}
	if l.byPerson() {
		s.PersonAt = l.At
	}
	s.count(l)
	s.follow(l)
	s.Moves = since(s.Moves, l.At.Add(-r.MovesWithin))
	s.Latches = since(s.Latches, l.At.Add(-day))
	return s
}

// follow the clients. A name that leads to a primary that gives no answer leads
// nowhere: clients have left the standby.
func (s *State) follow(l Look) {
	if l.Serving == s.Serving || l.Serving == Hidden || l.Serving == Nowhere && l.Primary == Green {
		return
	}
	if s.Serving != "" && l.Serving == AtStandby && !l.byPerson() {
		s.Moves = append(s.Moves, l.At)
	}
	s.Serving = l.Serving
}

const day = 24 * time.Hour

// count looks that are at least nearly an Interval apart: hurried ones say
// nothing about how long something lasts. A look that is good ends a row.
func (s *State) count(l Look) {
	if l.Primary == Green {
		s.BadLooks = 0
	}
	if l.Standby == Green {
		s.DeadLooks = 0
	}
	if l.At.Sub(s.CountedAt) < Interval-HurriedInterval {
		return
	}
	s.CountedAt = l.At
	if l.Primary != Green {
		s.BadLooks++
	}
	if l.Standby != Green {
		s.DeadLooks++
	}
}

func keepStreak(from *time.Time, holds bool, at time.Time) {
	switch {
	case !holds:
		*from = time.Time{}
	case from.IsZero():
		*from = at
	}
}

func since(times []time.Time, from time.Time) []time.Time {
	return slices.DeleteFunc(slices.Clone(times), func(t time.Time) bool { return t.Before(from) })
}

// calm: both can serve, clients are at home, and nobody keeps them elsewhere.
func (l Look) calm() bool {
	return l.Primary == Green && l.Standby == Green && l.Serving != AtStandby && l.Switch == Nobody && l.Hold == Nobody
}

// byPerson: somebody decides, and the guard does not.
func (l Look) byPerson() bool { return l.Switch == Person || l.Hold == Person }

func (r Rules) unlatched(s *State, l Look, d *Decision) {
	switch {
	case l.byPerson(), !s.PersonAt.IsZero() && l.At.Sub(s.PersonAt) <= r.Recent:
		// Whoever has just turned the switch off wants the primary to serve.
	case l.Switch == Guard || l.Hold == Guard:
		if s.LettingGo {
			// Not everything could be taken off at once.
			r.letGo(l, d)
			break
		}
		r.latch(s, l, "its own hold was found", d)
	case s.Phase == Watching:
		if !s.CalmFrom.IsZero() && l.At.Sub(s.CalmFrom) >= r.ArmAfter {
			s.become(Armed, l.At, "both Regions have been green for "+r.ArmAfter.String(), d)
			s.Moves = nil
		}
	case l.Standby == Green:
		if reason := r.reasonToLatch(*s, l); reason != "" {
			r.latch(s, l, reason, d)
			break
		}
		r.watchTraffic(s, l, d)
	}
	s.LettingGo = s.LettingGo && (l.Switch != Nobody || l.Hold != Nobody)
	d.Hurry = s.Phase == Latched || s.Phase == Armed && (!l.calm() || l.At.Sub(s.RedAt) <= r.Recent)
}

// reasonToLatch returns why the primary is to be kept out, or nothing. What the
// standby alone sees of the primary is no reason: the two may be cut off from
// each other while clients reach both.
func (r Rules) reasonToLatch(s State, l Look) string {
	switch {
	case l.Serving == AtStandby && s.arrived(r, l) && l.At.Sub(s.RedAt) <= r.Recent:
		return "the primary failed and clients are at the standby"
	case l.Serving == AtStandby && len(s.Moves) >= r.Moves:
		return fmt.Sprintf("clients were moved to the standby %d times within %s", len(s.Moves), r.MovesWithin)
	case l.Serving == Hidden && s.BadLooks >= r.BadLooks:
		return fmt.Sprintf("the primary was not green in %d looks in a row", s.BadLooks)
	}
	return ""
}

// arrived: clients have come to the standby, and have not merely not left it
// since the guard let go. A primary that fails on their way back has failed.
func (s State) arrived(r Rules, l Look) bool {
	return len(s.Moves) > 0 || s.RedLooks >= redLooks || l.At.Sub(s.Since) > r.Recent
}

// redLooks since the guard let go are more than a hiccup.
const redLooks = 3

func (r Rules) latch(s *State, l Look, reason string, d *Decision) {
	s.Latches = append(s.Latches, l.At)
	s.become(Latched, l.At, reason, d)
	r.keepOut(l, d)
}

func (s *State) become(phase Phase, at time.Time, reason string, d *Decision) {
	s.Phase, s.Since, s.Reason = phase, at, reason
	s.Told, s.SwitchSeen, s.RedLooks = false, false, 0
	s.WatchedFrom, s.ServedWell, s.Gray = at, false, ""
	d.Events = append(d.Events, Event{Phase: phase, Reason: reason})
}

// keepOut holds the primary twice: one alone can be lost. A standby that cannot serve
// lets the lease run out, also when the guard cannot remember for how long it could
// not.
func (r Rules) keepOut(l Look, d *Decision) {
	if l.Switch == Nobody {
		d.Actions = append(d.Actions, SwitchOn)
	}
	if l.Hold != Person && l.Standby == Green {
		d.Actions = append(d.Actions, HoldOn)
	}
}

// letGo takes away what is the guard's.
func (r Rules) letGo(l Look, d *Decision) {
	if l.Hold == Guard || l.Hold == Unknown {
		d.Actions = append(d.Actions, HoldOff)
	}
	if l.Switch == Guard {
		d.Actions = append(d.Actions, SwitchOff)
	}
}

func (r Rules) latched(s *State, l Look, d *Decision) {
	s.SwitchSeen = s.SwitchSeen || l.Switch == Guard || l.Switch == Person
	switch obstacles := r.obstacles(*s, l); {
	case l.Switch == Nobody && s.SwitchSeen:
		r.release(s, l, "a person has turned the switch off", d)
	case s.DeadLooks >= deadLooks && l.Primary == Green:
		r.release(s, l, "the standby cannot serve, and the primary can", d)
	case len(obstacles) == 0 && r.Mode == Guarded && s.Gray == "":
		r.release(s, l, "the primary is fit", d)
	default:
		s.tell(obstacles, d)
		r.keepOut(l, d)
	}
	d.Hurry = s.Phase == Latched && (l.Hold != Guard && l.Hold != Person)
}

// deadLooks in a row at a standby that cannot serve end a latch.
const deadLooks = 2

// release lets the primary serve. What it has just proved is as good as a calm
// pair: the next failover latches again.
func (r Rules) release(s *State, l Look, reason string, d *Decision) {
	s.become(Armed, l.At, reason, d)
	s.Moves, s.LettingGo = nil, true
	r.letGo(l, d)
}

// WaitsForPerson begins the reason while the primary is fit and only a person may let
// it serve.
const WaitsForPerson = "the primary is fit, and waits for a person"

func (s *State) tell(obstacles []string, d *Decision) {
	if len(obstacles) > 0 {
		s.Told = false
		s.Reason = strings.Join(obstacles, obstacleSeparator)
		return
	}
	if !s.Told {
		s.Told = true
		s.Reason = WaitsForPerson
		if s.Gray != "" {
			s.Reason += ", as it was healthy when " + s.Gray
		}
		d.Events = append(d.Events, Event{Phase: Latched, Reason: s.Reason})
	}
}

// obstacles lists what speaks against the primary.
func (r Rules) obstacles(s State, l Look) []string {
	list := []string{}
	if stable := r.stableFor(s); s.GreenFrom.IsZero() || l.At.Sub(s.GreenFrom) < stable || l.At.Sub(s.Since) < stable {
		list = append(list, "the primary has not been green for "+stable.String())
	}
	for way, replication := range map[string]Replication{"to the primary": l.ToPrimary, "to the standby": l.ToStandby} {
		switch {
		case !replication.Known:
			list = append(list, "it is not known how far replication "+way+" is")
		case replication.Failed > 0:
			list = append(list, fmt.Sprintf("%d writes FAILED to replicate %s", replication.Failed, way))
		case replication.Lag > r.MaxLag:
			list = append(list, fmt.Sprintf("replication %s is %s behind, and may be %s", way, replication.Lag.Round(time.Second), r.MaxLag))
		}
	}
	if l.byPerson() {
		list = append(list, "a person keeps the primary out")
	}
	slices.Sort(list)
	return list
}

const obstacleSeparator = "; "

// ReplicationReason is what of the reason is about replication; empty when that does
// not speak against the primary.
func (s State) ReplicationReason() string {
	about := slices.DeleteFunc(strings.Split(s.Reason, obstacleSeparator), func(part string) bool {
		return !strings.Contains(part, "replicat")
	})
	return strings.Join(about, obstacleSeparator)
}

// stableFor grows with every latch of the last day.
func (r Rules) stableFor(s State) time.Duration {
	stable, most := r.StableFor, max(r.StableFor, r.MaxStable)
	for range max(0, len(s.Latches)-1) {
		stable = min(2*stable, most)
	}
	return stable
}
