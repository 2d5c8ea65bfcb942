package durable

import (
	"context"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/internal/guard"
	"github.com/regionpair/regionpair/internal/simulate"
)

// The failover of a pair is simulated over an hour, with what Route 53 and the guard
// do. Clients here follow what the name servers answered, one minute of theirs in
// two seconds.
const (
	pace = 30
	// lead is how long before the fault clients begin.
	lead = 4 * time.Minute
)

// happening is a fault of a Region as the failover meets it, and as objects do.
type happening struct {
	kind    simulate.Kind
	objects []fault
}

// grid of faults; the primary is in the west.
func grid() []happening {
	return []happening{
		{simulate.Crash, []fault{{kind: crash, region: west}}},
		{simulate.Blackhole, []fault{{kind: isolated, region: west}}},
		{simulate.Hang, []fault{{kind: slow, region: west}}},
		{simulate.Errors, []fault{{kind: badBucket, region: west}}},
		{simulate.Flap, []fault{{kind: crash, region: west}}},
		{simulate.Gray, []fault{{kind: slow, region: west}}},
		{simulate.Destroyed, []fault{{kind: destroy, region: west}}},
		{simulate.StandbyDown, []fault{{kind: crash, region: central}}},
		{simulate.StandbyIll, []fault{{kind: badBucket, region: central}}},
		{simulate.Partition, []fault{{kind: partition}}},
		{simulate.Flood, nil},
		{simulate.Takeover, nil},
	}
}

// gridSeeds are as many for each fault and mode. REGIONPAIR_SEEDS multiplies them.
func gridSeeds(t *testing.T) uint64 {
	t.Helper()
	reduced := uint64(50)
	if testing.Short() {
		reduced = 5
	}
	text := os.Getenv("REGIONPAIR_SEEDS")
	if text == "" {
		return reduced
	}
	times, err := strconv.ParseUint(text, 10, 64)
	require.NoError(t, err, "REGIONPAIR_SEEDS must be a whole number")
	return reduced * times
}

// follow returns the Region that name servers send clients to; some resolvers keep
// an old answer.
func follow(h *simulate.History, begin time.Duration) func(number int, since time.Duration) string {
	return func(number int, since time.Duration) string {
		at, region := begin+pace*since, west
		if number == clientCount-1 {
			at -= 5 * time.Minute
		}
		for _, move := range h.Moves {
			if move.At > at {
				break
			}
			region = map[bool]string{true: west, false: central}[move.ToPrimary]
		}
		return region
	}
}

// Whatever fails and whoever decides about the return: what was acknowledged with two
// Regions is served until it is replaced, in one order.
func TestNothingAcknowledgedIsLostWhoeverDecidesAboutTheReturn(t *testing.T) {
	moved := map[guard.Mode]int{}
	counts := map[string]int{}
	for _, what := range grid() {
		for _, mode := range []guard.Mode{guard.Auto, guard.Guarded, guard.Manual} {
			pair, err := simulate.NewPair("standard", mode)
			require.NoError(t, err)
			for seed := range gridSeeds(t) {
				s := simulate.Random(seed, what.kind)
				s.Faults = s.Faults[:1]
				h, err := simulate.Run(pair, s)
				require.NoError(t, err)
				outage := s.Faults[0]
				begin := outage.At - lead
				moved[mode] += len(h.Moves)
				faults := []fault{}
				for _, f := range what.objects {
					f.from, f.to = lead/pace, (lead+outage.For)/pace
					faults = append(faults, f)
				}
				problems, counted := run(t, seed, rules{faults: faults, follow: follow(h, begin)})
				require.Empty(t, problems, "%s with failback %s, %s", what.kind, mode, s)
				for name, count := range counted {
					counts[name] += count
				}
			}
		}
	}
	assert.Greater(t, moved[guard.Auto], moved[guard.Guarded], "clients are moved more often where nobody guards")
	assert.Positive(t, counts["acknowledged with 2"])
	assert.Positive(t, counts["acknowledged with 1"])
	t.Log(counts, moved)
}

// Without what makes them safe, the same schedules lose writes.
func TestTheGridFindsAMistake(t *testing.T) {
	pair, err := simulate.NewPair("standard", guard.Guarded)
	require.NoError(t, err)
	found := 0
	for seed := range uint64(100) {
		s := simulate.Random(seed, simulate.Crash)
		s.Faults = s.Faults[:1]
		h, err := simulate.Run(pair, s)
		require.NoError(t, err)
		lost := rules{
			faults: []fault{{kind: destroy, region: west, from: lead / pace}}, follow: follow(h, s.Faults[0].At-lead),
			// The peer's bucket is said to have what it was never sent.
			store: func(_ *world, store Store) Store {
				return func(ctx context.Context, at, blob string) error {
					if at == central {
						return nil
					}
					return store(ctx, at, blob)
				}
			},
		}
		if problems, _ := run(t, seed, lost); len(problems) > 0 {
			found++
		}
	}
	assert.Positive(t, found)
}
