package simulate

import (
	"math/rand/v2"
	"slices"
	"time"

	"github.com/regionpair/regionpair/internal/guard"
)

// step is what a guard decides by.
type step func(guard.State, guard.Look) (guard.State, guard.Decision)

// guardian is the function that the guard runs in.
type guardian struct {
	decide step
	// stored state, and what the invocation under way remembers, which ends
	// with its minute.
	stored, memory guard.State
	ends           time.Duration
	next           time.Duration
	// phase of the schedule's minute.
	phase time.Duration
	// resolver's answer.
	atPrimary bool
	until     time.Duration
	// lookedAt is when the standby's health function looked at the primary last.
	lookedAt time.Duration
}

// asked: one of Route 53's checkers has asked the standby's health function, which
// wakes a guard that sleeps while the primary does not look well.
func (g *guardian) asked(w *world) {
	if w.pair.asleep || w.now-g.lookedAt < guard.WakeInterval {
		return
	}
	g.lookedAt = w.now
	remembered := guard.Memory{State: g.stored}
	if !w.is.parameters && remembered.Sleeps(epoch.Add(w.now)) && w.primarySeen() != guard.Green {
		g.next = min(g.next, w.now+tick)
	}
}

func newGuardian(decide step, random *rand.Rand) guardian {
	phase := between(random, 0, guard.Interval-tick)
	return guardian{decide: decide, phase: phase, next: phase}
}

// step looks when it is time, or when it was woken.
func (g *guardian) step(w *world) {
	if w.pair.Rules.Mode == guard.Auto || w.now < g.next || w.is.noGuard || !w.is.standbyRuns() {
		return
	}
	look := g.look(w)
	if w.now >= g.ends {
		g.ends = g.phase + (w.now-g.phase)/guard.Interval*guard.Interval + guard.Interval
		g.memory = guard.State{}
	}
	if !w.is.parameters && (g.memory.Phase != guard.Latched || g.stored.Phase == guard.Latched) {
		g.memory = g.stored
	}
	after, decision := g.decide(g.memory, look)
	if !w.is.parameters {
		g.stored = after
	}
	g.memory = guard.State{}
	if after.Phase == guard.Latched {
		g.memory = after
	}
	for _, action := range decision.Actions {
		w.act(action)
	}
	for _, event := range decision.Events {
		w.history.guard(w, event, after.Gray != "")
	}
	g.next = g.ends
	if soon := w.now + guard.HurriedInterval; decision.Hurry && soon < g.next {
		g.next = soon
	}
}

func (g *guardian) look(w *world) guard.Look {
	l := guard.Look{
		At: epoch.Add(w.now), Primary: w.primarySeen(), Standby: guard.Green, Serving: g.serving(w),
		Switch: owner(w.toggle, w.now), Hold: owner(w.hold, w.now),
		ToPrimary: replicationOf(w, &w.primary), ToStandby: replicationOf(w, &w.standby),
	}
	if w.is.regionLost() || w.is.partition {
		l.Hold, l.Fenced = guard.Unknown, true
	} else {
		l.Traffic, l.Fenced = w.traffic.known(w.now), w.is.fenced
	}
	if w.is.standbyIll {
		l.Standby = guard.Red
	}
	if w.is.parameters {
		l.Switch = guard.Unknown
	}
	return l
}

// primarySeen is what the primary's health endpoint answers to the standby, holds
// aside.
func (w *world) primarySeen() guard.Health {
	switch {
	case w.is.regionLost(), w.is.partition:
		return guard.Silent
	case w.is.primary == Errors, w.badAnswer():
		return guard.Red
	}
	return guard.Green
}

func owner(p parameter, now time.Duration) guard.Owner {
	switch {
	case !p.on(now):
		return guard.Nobody
	case p.owner == byGuard:
		return guard.Guard
	}
	return guard.Person
}

// serving asks the shared name as a client does.
func (g *guardian) serving(w *world) guard.Place {
	if w.now >= g.until {
		g.atPrimary, g.until = w.answer, w.now+w.pair.TTL
	}
	switch {
	case !g.atPrimary:
		// Its front door answers, if only with an error.
		return guard.AtStandby
	case w.is.regionLost() || w.is.partition:
		return guard.Nowhere
	}
	return guard.AtPrimary
}

func replicationOf(w *world, to *bucket) guard.Replication {
	if w.is.apart() || w.is.unmeasured {
		return guard.Replication{}
	}
	return guard.Replication{Known: true, Lag: to.lag(w.now), Failed: len(to.failed)}
}

// act does what can be done.
func (w *world) act(action guard.Action) {
	primaryReachable := !w.is.regionLost() && !w.is.partition
	switch {
	case action == guard.SwitchOn && !w.is.parameters:
		w.toggle = parameter{owner: byGuard}
	case action == guard.SwitchOff && !w.is.parameters:
		w.history.Overruled = w.history.Overruled || w.toggle.owner == byPerson
		w.toggle = parameter{}
	case action == guard.HoldOn && primaryReachable:
		w.hold = parameter{owner: byGuard, until: w.now + w.pair.Rules.Lease}
	case action == guard.HoldOff && primaryReachable:
		w.hold = parameter{}
	default:
		return
	}
	if !slices.Contains([]guard.Action{guard.HoldOn}, action) {
		w.history.add(w.now, "the guard: "+string(action))
	}
}
