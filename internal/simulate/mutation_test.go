package simulate

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/internal/guard"
)

// mutation is a guard with one rule wrong.
type mutation struct {
	name string
	// kinds of faults that show it.
	// Default: all.
	kinds []Kind
	// rules that differ, what it sees, and what it does.
	rules  func(*guard.Rules)
	look   func(*guard.Look)
	decide func(*guard.Decision)
	state  func(*guard.State, guard.Look)
}

func without(action guard.Action) func(*guard.Decision) {
	return func(d *guard.Decision) {
		d.Actions = slices.DeleteFunc(d.Actions, func(a guard.Action) bool { return a == action })
	}
}

var mutations = []mutation{
	{name: "is armed at once", rules: func(r *guard.Rules) { r.ArmAfter = 0 }},
	{name: "does not wait until the primary is stable", rules: func(r *guard.Rules) { r.StableFor, r.MaxStable = 0, 0 }},
	{name: "takes every lag", rules: func(r *guard.Rules) { r.MaxLag = 24 * time.Hour }},
	{name: "takes one move for a flapping primary", rules: func(r *guard.Rules) { r.Moves = 1 }},
	{name: "never ends its hold", kinds: []Kind{Crash, StandbyBroken}, rules: func(r *guard.Rules) { r.Lease = 24 * time.Hour }},
	{name: "takes FAILED writes for replicated", kinds: []Kind{Crash, Failing}, look: func(l *guard.Look) { l.ToPrimary.Failed = 0 }},
	{name: "takes an unknown lag for none", look: func(l *guard.Look) { l.ToPrimary.Known, l.ToStandby.Known = true, true }},
	{name: "believes its own eyes alone", look: func(l *guard.Look) {
		if l.Primary != guard.Green {
			l.Serving = guard.AtStandby
		}
	}},
	{name: "takes a person's switch for its own", look: func(l *guard.Look) {
		if l.Switch == guard.Person {
			l.Switch = guard.Guard
		}
	}},
	{name: "does not see that the standby is ill", kinds: []Kind{Blackhole, StandbyIll, Stalled, Failing}, look: func(l *guard.Look) { l.Standby = guard.Green }},
	{name: "does not hold the primary", decide: without(guard.HoldOn)},
	{name: "does not turn the switch on", decide: without(guard.SwitchOn)},
	{name: "never lets go of the switch", decide: without(guard.SwitchOff)},
	{name: "forgets what it has set", kinds: []Kind{Crash, Parameters}, state: func(s *guard.State, l guard.Look) {
		if s.Phase == "" {
			*s = guard.State{Phase: guard.Watching, Since: l.At}
		}
	}},
}

func (m mutation) apply(pair Pair) (Pair, step) {
	if m.rules != nil {
		m.rules(&pair.Rules)
	}
	return pair, func(s guard.State, l guard.Look) (guard.State, guard.Decision) {
		if m.look != nil {
			m.look(&l)
		}
		if m.state != nil {
			m.state(&s, l)
		}
		after, decision := pair.Rules.Next(s, l)
		if m.decide != nil {
			m.decide(&decision)
		}
		return after, decision
	}
}

func TestEveryWrongRuleIsFound(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes all schedules")
	}
	for _, m := range mutations {
		t.Run(m.name, func(t *testing.T) {
			right := newPair(t, guard.Guarded)
			pair, decide := m.apply(right)
			kinds := m.kinds
			if kinds == nil {
				kinds = Kinds
			}
			for seed := range uint64(3000) {
				h, err := run(pair, Random(seed, kinds...), decide)
				require.NoError(t, err)
				// The promises are those of the right rules.
				h.Pair = right
				if err := Check(h); err != nil {
					t.Logf("seed %d: %v", seed, err)
					return
				}
			}
			t.Fatal("3,000 schedules do not show it")
		})
	}
}
