package durable

import (
	"flag"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var seeds = flag.Int("seeds", 1000, "schedules of faults to simulate")

// schedules are fewer under the race detector.
func schedules() int {
	if testing.Short() {
		return *seeds / 10
	}
	return *seeds
}

// Random faults, lost answers and late requests: what was acknowledged is neither
// lost nor replaced by something older, in one order that all clients see, and
// nothing is left behind.
func TestAcknowledgedWritesSurviveEverything(t *testing.T) {
	counts := map[string]int{}
	for seed := range schedules() {
		problems, counted := run(t, uint64(seed), rules{})
		require.Empty(t, problems, "seed %d: %v", seed, schedule(uint64(seed)))
		for name, count := range counted {
			counts[name] += count
		}
	}
	summary := []string{}
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		summary = append(summary, fmt.Sprint(name, ": ", counts[name]))
		// Where one of them never happens the schedules prove little.
		assert.Positive(t, counts[name], name)
	}
	t.Log(strings.Join(summary, ", "))
	assert.Len(t, counts, 3)
}

// Who refuses to be alone never acknowledges a write that only one Region has.
func TestBothRegionsOrNothing(t *testing.T) {
	counts := map[string]int{}
	for seed := range schedules() / 5 {
		problems, counted := run(t, uint64(seed), rules{refuse: true})
		require.Empty(t, problems, "seed %d: %v", seed, schedule(uint64(seed)))
		for name, count := range counted {
			counts[name] += count
		}
	}
	assert.Positive(t, counts["acknowledged with 2"])
	assert.Zero(t, counts["acknowledged with 1"])
}

func TestFatesOfAWrite(t *testing.T) {
	full := []string{"h", "g", "f", "e", "d", "c", "b", "a"}
	for _, test := range []struct {
		state, replaced string
		now             *Entry
		want            fate
	}{
		{"x", "", nil, open},
		{"x", "a", &Entry{State: "a"}, open},
		{"x", "a", &Entry{State: "x", Recent: []string{"a"}}, written},
		{"x", "a", &Entry{State: "y", Recent: []string{"x", "a"}}, written},
		{"x", "a", &Entry{State: "y", Recent: []string{"a"}}, never},
		{"x", "", &Entry{State: "y"}, never},
		{"x", "", &Entry{State: "i", Recent: full}, lost},
		{"x", "z", &Entry{State: "i", Recent: full}, lost},
		{"x", "a", nil, lost},
	} {
		assert.Equal(t, test.want, fateOf(test.state, test.replaced, test.now), "%+v", test)
	}
}

func TestAnEntryRemembersWhatItReplaced(t *testing.T) {
	var current *Entry
	for i := range 2 * maxRecent {
		next := &Entry{State: fmt.Sprint(i)}
		next.follow(current)
		current = next
	}
	assert.Len(t, current.Recent, maxRecent)
	assert.Equal(t, fmt.Sprint(2*maxRecent-2), current.Recent[0])
	assert.NotEqual(t, NewState(), NewState())
}

// The breaker lets one caller at a time find out whether a bucket is back.
func TestTheBreakerSparesTheWait(t *testing.T) {
	synctest.Test(t, func(*testing.T) {
		b := &Breaker{Pause: time.Second}
		assert.True(t, b.allows(west))
		b.report(west, false)
		assert.False(t, b.allows(west))
		assert.True(t, b.allows(central))
		time.Sleep(time.Second)
		assert.True(t, b.allows(west))
		assert.False(t, b.allows(west), "one is enough")
		b.report(west, true)
		assert.True(t, b.allows(west))
	})
}
