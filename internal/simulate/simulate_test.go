package simulate

import (
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/internal/guard"
)

// seeds is how many schedules a test runs. REGIONPAIR_SEEDS multiplies it.
func seeds(t *testing.T, reduced uint64) uint64 {
	t.Helper()
	text := os.Getenv("REGIONPAIR_SEEDS")
	if text == "" {
		return reduced
	}
	times, err := strconv.ParseUint(text, 10, 64)
	require.NoError(t, err, "REGIONPAIR_SEEDS must be a whole number")
	return reduced * times
}

func newPair(t *testing.T, mode guard.Mode) Pair {
	t.Helper()
	pair, err := NewPair("standard", mode)
	require.NoError(t, err)
	return pair
}

func TestRoute53AloneReturnsToARegionThatIsBehind(t *testing.T) {
	err := Explore(newPair(t, guard.Auto), 200, Crash, Blackhole, Hang, Errors)
	require.ErrorContains(t, err, "no return to a Region that is behind")
	assert.Less(t, strings.Count(err.Error(), "\n"), 8, "the history is short")
}

func TestRoute53AloneMovesClientsWithEveryFlap(t *testing.T) {
	s := Schedule{Seed: 1, Length: 30 * time.Minute, Faults: []Fault{{Flap, 10 * time.Minute, 10 * time.Minute}}}
	moves := func(mode guard.Mode) int {
		h, err := Run(newPair(t, mode), s)
		require.NoError(t, err)
		count := 0
		for _, m := range h.Moves {
			if m.At > settled {
				count++
			}
		}
		return count
	}
	assert.Greater(t, moves(guard.Auto), 10)
	assert.Equal(t, 2, moves(guard.Guarded), "there, and back when it is over")
	assert.Equal(t, 1, moves(guard.Manual))
}

func TestTheGuardKeepsItsPromisesUnderEveryFault(t *testing.T) {
	for _, mode := range []guard.Mode{guard.Guarded, guard.Manual} {
		require.NoError(t, Explore(newPair(t, mode), seeds(t, 500), Kinds...), mode)
	}
}

func TestTheGuardKeepsItsPromisesUnderEachFault(t *testing.T) {
	for _, kind := range Kinds {
		for _, mode := range []guard.Mode{guard.Guarded, guard.Manual} {
			require.NoError(t, Explore(newPair(t, mode), seeds(t, 10), kind), "%s %s", mode, kind)
		}
	}
}

func TestOutagesOfEveryLengthEndWithARelease(t *testing.T) {
	pair := newPair(t, guard.Guarded)
	for _, kind := range []Kind{Crash, Blackhole, Hang, Errors} {
		for seconds := 30; seconds <= 180; seconds += 3 {
			s := Schedule{
				Seed: uint64(seconds), Length: 25 * time.Minute, Lag: 2 * time.Second, CatchUp: time.Minute,
				Faults: []Fault{{kind, 10 * time.Minute, time.Duration(seconds) * time.Second}},
			}
			h, err := Run(pair, s)
			require.NoError(t, err)
			require.NoError(t, Check(h))
			released := time.Duration(0)
			for _, turn := range h.Turns {
				if turn.Event.Phase == guard.Armed {
					released = turn.At
				}
			}
			for i, m := range h.Moves {
				if m.At > settled && m.ToPrimary && m.At < released {
					require.LessOrEqual(t, h.Moves[i+1].At-m.At, pair.TTL, "the primary is answered before the release:\n%s", h)
				}
			}
		}
	}
}

// escapes counts outages of a length that moved the clients and that the guard did
// not latch before the primary had them back, of all that moved them.
func escapes(t *testing.T, pair Pair, kind Kind, length time.Duration, seeds uint64) (escaped, moved int) {
	t.Helper()
	for seed := range seeds {
		// The phase of the schedule's minute comes from the seed.
		h, err := Run(pair, Schedule{Seed: seed, Length: 16 * time.Minute, Lag: 2 * time.Second, Faults: []Fault{{kind, 10 * time.Minute, length}}})
		require.NoError(t, err)
		away := slices.ContainsFunc(h.Moves, func(m Move) bool { return m.At > settled && !m.ToPrimary })
		latched := slices.ContainsFunc(h.Turns, func(turn Turn) bool { return turn.Event.Phase == guard.Latched })
		if away {
			moved++
		}
		if away && !latched {
			escaped++
		}
	}
	return escaped, moved
}

// TestNoOutageThatMovesClientsFallsBetweenTwoLooks of the schedule: the standby's
// health function wakes the guard.
func TestNoOutageThatMovesClientsFallsBetweenTwoLooks(t *testing.T) {
	for _, posture := range []string{"standard", "fast", "economy"} {
		pair, err := NewPair(posture, guard.Guarded)
		require.NoError(t, err)
		all := 0
		for _, kind := range []Kind{Crash, Blackhole, Hang, Errors} {
			for seconds := 10; seconds <= 180; seconds += 5 {
				escaped, moved := escapes(t, pair, kind, time.Duration(seconds)*time.Second, seeds(t, 4))
				require.Zero(t, escaped, "%s: %s of %d s", posture, kind, seconds)
				all += moved
			}
		}
		assert.Positive(t, all, posture)
	}
}

// TestAGuardThatNobodyWakesMissesOutages shows what waking it is for.
func TestAGuardThatNobodyWakesMissesOutages(t *testing.T) {
	pair := newPair(t, guard.Guarded)
	pair.asleep = true
	escaped, moved := escapes(t, pair, Crash, 40*time.Second, 40)
	assert.Positive(t, moved)
	assert.Greater(t, escaped, moved/10, "of %d", moved)
}

func TestTheHoldSurvivesTheLossOfTheSwitch(t *testing.T) {
	long := Fault{Blackhole, 10 * time.Minute, 4 * time.Minute}
	for name, faults := range map[string][]Fault{
		"a flood on the standby's health API": {long, {Flood, 12 * time.Minute, 15 * time.Minute}},
		"a restart without Parameter Store":   {long, {Parameters, 12 * time.Minute, 15 * time.Minute}},
		"both":                                {long, {Flood, 12 * time.Minute, 15 * time.Minute}, {Parameters, 12 * time.Minute, 15 * time.Minute}},
	} {
		faults = append(faults, Fault{Stalled, 12 * time.Minute, 15 * time.Minute})
		for seed := range seeds(t, 20) {
			h, err := Run(newPair(t, guard.Guarded), Schedule{Seed: seed, Length: 40 * time.Minute, Lag: 2 * time.Second, Faults: faults})
			require.NoError(t, err)
			require.NoError(t, Check(h), name)
			for _, m := range h.moves() {
				if m.ToPrimary && m.At > settled {
					require.Greater(t, m.At, 27*time.Minute, "%s:\n%s", name, h)
				}
			}
		}
	}
}

// TestADeadStandbyGivesClientsBack whatever keeps the primary out: its own health
// check, the guard, or a person.
func TestADeadStandbyGivesClientsBack(t *testing.T) {
	const died, back = 14 * time.Minute, 26 * time.Minute
	for name, keptOut := range map[string]Fault{
		"its health check": {Errors, 10 * time.Minute, 20 * time.Minute},
		"the guard":        {Errors, 10 * time.Minute, 3 * time.Minute},
		"a person":         {Takeover, 10 * time.Minute, 25 * time.Minute},
	} {
		for _, mode := range []guard.Mode{guard.Auto, guard.Guarded, guard.Manual} {
			h, err := Run(newPair(t, mode), Schedule{
				Seed: 1, Length: 40 * time.Minute, Lag: 2 * time.Second, Faults: []Fault{keptOut, {StandbyDown, died, back - died}},
			})
			require.NoError(t, err)
			require.NoError(t, Check(h), "%s, %s", name, mode)
			given, since := false, time.Duration(0)
			for _, m := range h.Moves {
				if m.At > died && m.At < back {
					given, since = m.ToPrimary, m.At
				}
			}
			// With auto, a primary that is well has its clients back before.
			if mode != guard.Auto || name == "its health check" {
				assert.True(t, given, "%s, %s:\n%s", name, mode, h)
				assert.LessOrEqual(t, since-died, 126*time.Second, "%s, %s", name, mode)
			}
		}
	}
}

// TestAGuardThatCannotRememberLetsItsHoldEnd: its Parameter Store is lost while it
// keeps the primary out, and then its Region falls ill.
func TestAGuardThatCannotRememberLetsItsHoldEnd(t *testing.T) {
	for seed := range seeds(t, 20) {
		h, err := Run(newPair(t, guard.Guarded), Schedule{Seed: seed, Length: 40 * time.Minute, Lag: 2 * time.Second, Faults: []Fault{
			{Crash, 10 * time.Minute, 3 * time.Minute}, {Parameters, 14 * time.Minute, 20 * time.Minute}, {StandbyIll, 18 * time.Minute, 16 * time.Minute},
		}})
		require.NoError(t, err)
		require.NoError(t, Check(h))
	}
}

func TestTheSameSeedIsTheSameHistory(t *testing.T) {
	one, err := Run(newPair(t, guard.Guarded), Random(7, Kinds...))
	require.NoError(t, err)
	two, err := Run(newPair(t, guard.Guarded), Random(7, Kinds...))
	require.NoError(t, err)
	assert.Equal(t, one.String(), two.String())
	assert.Positive(t, one.Requests)
}

func BenchmarkSchedule(b *testing.B) {
	pair, err := NewPair("standard", guard.Guarded)
	require.NoError(b, err)
	for seed := uint64(0); b.Loop(); seed++ {
		_, _ = Run(pair, Random(seed, Kinds...))
	}
}
