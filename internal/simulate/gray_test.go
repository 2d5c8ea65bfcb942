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
	pair.Rules.Gray = &guard.Gray{ErrorPercent: 10, MinRequests: 30}
	return pair
}

// grayScenario is a schedule, and where clients are when it ends.
type grayScenario struct {
	name   string
	faults []Fault
	// frontDoor: health checks are clients, and meet errors.
	frontDoor bool
	// moves are allowed after the pair has settled: to the standby and back.
	moves int
	// by is when the first of them is over; 0 when there is none.
	by time.Duration
	// atPrimary at the end.
	atPrimary bool
}

const begins = 15 * time.Minute

// grayMoves is how long clients wait at most: three bad minutes after the one in which
// it begins, their publication, the guard's next look, and Route 53.
const grayMoves = begins + 4*time.Minute + published + guard.Interval + time.Minute

var grayScenarios = []grayScenario{
	{name: "a share of the requests fails", faults: []Fault{{GrayErrors, begins, 10 * time.Minute}}, moves: 1, by: grayMoves},
	{name: "for a moment", faults: []Fault{{GrayErrors, begins, 20 * time.Second}}, atPrimary: true},
	{name: "for seconds of each minute", faults: everyMinute(Fault{GrayErrors, begins, 10 * time.Second}, 8), atPrimary: true},
	{name: "from the beginning", faults: []Fault{{GrayErrors, 0, 50 * time.Minute}}, atPrimary: true},
	{name: "while the standby is ill", faults: []Fault{{GrayErrors, begins, 8 * time.Minute}, {StandbyIll, begins - time.Minute, 12 * time.Minute}}, atPrimary: true},
	{name: "while health answers are bad, too", faults: []Fault{{GrayErrors, begins, 10 * time.Minute}}, frontDoor: true, moves: 1, by: grayMoves},
	{name: "an outage that is over", faults: []Fault{{Errors, begins, 20 * time.Second}}, atPrimary: true},
	{name: "again and again", faults: []Fault{{GrayErrors, begins, 5 * time.Minute}, {GrayErrors, begins + 9*time.Minute, 5 * time.Minute}, {GrayErrors, begins + 20*time.Minute, 5 * time.Minute}}, moves: 1, by: grayMoves},
	{name: "and then the standby is ill", faults: []Fault{{GrayErrors, begins, 20 * time.Minute}, {StandbyIll, begins + 8*time.Minute, 5 * time.Minute}}, moves: 2, by: grayMoves, atPrimary: true},
	{name: "what is refused is meant to be", faults: []Fault{{Fence, begins, 8 * time.Minute}}, atPrimary: true},
	{name: "after a fence", faults: []Fault{{Fence, begins - 5*time.Minute, 2 * time.Minute}, {GrayErrors, begins + 2*time.Minute, 10 * time.Minute}}, moves: 1, by: grayMoves + 2*time.Minute},
	{name: "a person gives back", faults: []Fault{{GrayErrors, begins, 25 * time.Minute}, {Takeover, begins + 8*time.Minute, time.Minute}}, moves: 2, by: grayMoves, atPrimary: true},
}

func everyMinute(f Fault, times int) []Fault {
	list := []Fault{}
	for range times {
		list = append(list, f)
		f.At += time.Minute
	}
	return list
}

// broken runs the scenario with several phases of everything, and returns how it
// ended otherwise.
func (s grayScenario) broken(pair Pair, decide step, seeds uint64) error {
	pair.frontDoor = s.frontDoor
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
			assert.NoError(t, scenario.broken(pair, pair.Rules.Next, seeds(t, 60)), mode)
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
		require.NoError(t, Explore(newGrayPair(t, mode), seeds(t, 50), GrayErrors, Fence), mode)
	}
}

func TestEveryWrongRuleAboutTrafficIsFound(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes all schedules")
	}
	for _, m := range []mutation{
		{name: "believes traffic that was never good", state: func(s *guard.State, _ guard.Look) { s.ServedWell = true }},
		{name: "takes few errors for many", rules: func(r *guard.Rules) { r.Gray.ErrorPercent = 3 }},
		{name: "never takes errors for many", rules: func(r *guard.Rules) { r.Gray.ErrorPercent = 50 }},
		{name: "wants more requests than there are", rules: func(r *guard.Rules) { r.Gray.MinRequests = 1000 }},
		{name: "does not see that the standby is ill", look: func(l *guard.Look) { l.Standby = guard.Green }},
		{name: "takes bad minutes from before it was armed", state: func(s *guard.State, _ guard.Look) { s.WatchedFrom, s.ServedWell = time.Time{}, true }},
		{name: "lets go by itself", state: func(s *guard.State, _ guard.Look) { s.Gray = "" }},
		{name: "does not see the fence", look: func(l *guard.Look) { l.Fenced = false }},
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
