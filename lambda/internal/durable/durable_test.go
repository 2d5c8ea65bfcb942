package durable

import (
	"context"
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
		assert.False(t, b.doubts(west))
		b.report(west, false)
		assert.False(t, b.allows(west))
		assert.True(t, b.doubts(west))
		assert.True(t, b.allows(central))
		time.Sleep(time.Second)
		assert.False(t, b.doubts(west))
		assert.True(t, b.allows(west))
		assert.False(t, b.allows(west), "one is enough")
		b.report(west, true)
		assert.True(t, b.allows(west))
	})
}

// A hundred reads for each write, all served by the own bucket: the first write after
// the pause finds the peer that is back.
func TestReadsLeaveTheTrialOfThePeerToAWrite(t *testing.T) {
	for name, alone := range map[string]bool{"one Region is enough": true, "both or nothing": false} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld([]fault{{crash, central, time.Second, 2 * time.Second}})
				w.calm()
				objects := newClient(w, nil, 0, 1, rules{refuse: !alone}).apis[west]
				network := newDice(1, 2)
				put := func(key string) (Entry, error) {
					return objects.Put(t.Context(), key, 1, Condition{}, func(ctx context.Context, at, blob string) error {
						return w.put(ctx, network, west, at, blob, key)
					})
				}
				_, err := put("before")
				require.NoError(t, err)
				time.Sleep(time.Second)
				_, err = put("during")
				require.Equal(t, alone, err == nil)

				for range 100 {
					time.Sleep(objects.Breaker.Pause / 90)
					_, err := objects.Read(t.Context(), "before", func(Entry) error { return nil }, func(ctx context.Context, at string, e Entry) error {
						_, err := w.get(ctx, network, west, at, e.State)
						return err
					})
					require.NoError(t, err)
				}
				entry, err := put("after")
				require.NoError(t, err)
				assert.Equal(t, 2, entry.Regions())
			})
		})
	}
}
