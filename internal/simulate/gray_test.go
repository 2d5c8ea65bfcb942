package simulate

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/internal/guard"
)

func newGrayPair(t *testing.T, mode guard.Mode) Pair {
	t.Helper()
	pair := newPair(t, mode)
	pair.Rules.Gray = &guard.Gray{ErrorPercent: 20, MinRequests: 30}
	return pair
}

// grayScenario is a schedule, and where clients are when it ends.
type grayScenario struct {
	name   string
	faults []Fault
	// moves are allowed after the pair has settled: to the standby and back.
	moves int
	// by is when the first of them is over; 0 when there is none.
	by time.Duration
	// atPrimary at the end.
	atPrimary bool
}

const begins = 15 * time.Minute

// grayMoves is how long clients wait at most: two bad minutes after the one in which
// it begins, their publication, the guard's next look, and Route 53.
const grayMoves = begins + 3*time.Minute + published + guard.Interval + time.Minute

var grayScenarios = []grayScenario{
	{name: "a share of the requests fails", faults: []Fault{{GrayErrors, begins, 10 * time.Minute}}, moves: 1, by: grayMoves},
	{name: "for less than a minute", faults: []Fault{{GrayErrors, begins, 50 * time.Second}}, atPrimary: true},
	{name: "from the beginning", faults: []Fault{{GrayErrors, 0, 50 * time.Minute}}, atPrimary: true},
	{name: "while the standby is ill", faults: []Fault{{GrayErrors, begins, 8 * time.Minute}, {StandbyIll, begins - time.Minute, 12 * time.Minute}}, atPrimary: true},
	{name: "an outage that is over", faults: []Fault{{Errors, begins, 25 * time.Second}}, atPrimary: true},
	{name: "again and again", faults: []Fault{{GrayErrors, begins, 5 * time.Minute}, {GrayErrors, begins + 9*time.Minute, 5 * time.Minute}, {GrayErrors, begins + 20*time.Minute, 5 * time.Minute}}, moves: 1, by: grayMoves},
	{name: "and then the standby is ill", faults: []Fault{{GrayErrors, begins, 20 * time.Minute}, {StandbyIll, begins + 8*time.Minute, 5 * time.Minute}}, moves: 2, by: grayMoves, atPrimary: true},
	{name: "a person gives back", faults: []Fault{{GrayErrors, begins, 25 * time.Minute}, {Takeover, begins + 8*time.Minute, time.Minute}}, moves: 2, by: grayMoves, atPrimary: true},
}

// broken runs the scenario with several phases of everything, and returns how it
// ended otherwise.
func (s grayScenario) broken(pair Pair, decide step, seeds uint64) error {
	for seed := range seeds {
		schedule := Schedule{Seed: seed, Length: 50 * time.Minute, Lag: 2 * time.Second}
		for _, f := range s.faults {
			if f.At > 0 {
				f.At += time.Duration(seed*7%60) * time.Second
			}
			schedule.Faults = append(schedule.Faults, f)
		}
		h, err := run(pair, schedule, decide)
		if err != nil {
			return err
		}
		moves, first := 0, time.Duration(0)
		for _, m := range h.Moves {
			if m.At <= settled {
				continue
			}
			if moves == 0 {
				first = m.At
			}
			moves++
		}
		if moves != s.moves || first > s.by+time.Minute || h.end.atPrimary != s.atPrimary {
			return fmt.Errorf("%s: %d moves, the first at %s\n%s", s.name, moves, clock(first), h)
		}
	}
	return nil
}

func TestAGrayFailureMovesClientsOnce(t *testing.T) {
	for _, mode := range []guard.Mode{guard.Guarded, guard.Manual} {
		pair := newGrayPair(t, mode)
		for _, scenario := range grayScenarios {
			assert.NoError(t, scenario.broken(pair, pair.Rules.Next, seeds(t, 20)), mode)
		}
	}
}

func TestAGrayFailureMovesNobodyWithoutARule(t *testing.T) {
	for _, mode := range []guard.Mode{guard.Auto, guard.Guarded, guard.Manual} {
		pair := newPair(t, mode)
		stays := grayScenario{name: "no rule", faults: grayScenarios[0].faults, atPrimary: true}
		assert.NoError(t, stays.broken(pair, pair.Rules.Next, seeds(t, 20)), mode)
	}
}

func TestTheGuardKeepsItsPromisesWithARuleForGrayFailures(t *testing.T) {
	for _, mode := range []guard.Mode{guard.Guarded, guard.Manual} {
		require.NoError(t, Explore(newGrayPair(t, mode), seeds(t, 500), Kinds...), mode)
		require.NoError(t, Explore(newGrayPair(t, mode), seeds(t, 50), GrayErrors), mode)
	}
}

func TestEveryWrongRuleAboutTrafficIsFound(t *testing.T) {
	for _, m := range []mutation{
		{name: "believes traffic that was never good", state: func(s *guard.State, _ guard.Look) { s.ServedWell = true }},
		{name: "takes few errors for many", rules: func(r *guard.Rules) { r.Gray.ErrorPercent = 3 }},
		{name: "never takes errors for many", rules: func(r *guard.Rules) { r.Gray.ErrorPercent = 50 }},
		{name: "wants more requests than there are", rules: func(r *guard.Rules) { r.Gray.MinRequests = 1000 }},
		{name: "does not see that the standby is ill", look: func(l *guard.Look) { l.Standby = guard.Green }},
		{name: "does not remember that the primary was not green", state: func(s *guard.State, _ guard.Look) { s.RedAt = time.Time{} }},
		{name: "lets go by itself", state: func(s *guard.State, _ guard.Look) { s.Gray = "" }},
		{name: "knows no traffic", look: func(l *guard.Look) { l.Traffic = nil }},
	} {
		t.Run(m.name, func(t *testing.T) {
			pair, decide := m.apply(newGrayPair(t, guard.Guarded))
			for _, scenario := range grayScenarios {
				if err := scenario.broken(pair, decide, 60); err != nil {
					t.Logf("%.300s", err)
					return
				}
			}
			t.Fatal("no scenario shows it")
		})
	}
}
