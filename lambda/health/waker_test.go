package main

import (
	"encoding/json"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/internal/guard"
)

// remember makes the guard one that has looked last some time ago.
func (r *region) remember(t *testing.T, phase guard.Phase, lookedAt time.Time) {
	t.Helper()
	text, err := json.Marshal(guard.Memory{State: guard.State{Phase: phase, LastLook: lookedAt}, PrimaryHealth: r.URL + primaryPath})
	require.NoError(t, err)
	r.set(guardName, string(text))
}

func newTestWaker(r *region, c *clock) *waker {
	return newWaker(settings{guardFunction: "orders-guard", guardParameter: guardName}, r.config(), r.Client(), c.Now)
}

func TestAGuardThatSleepsIsWokenWhenThePrimaryDoesNotLookWell(t *testing.T) {
	says := func(text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusServiceUnavailable)
			_, _ = io.WriteString(w, text)
		}
	}
	for _, test := range []struct {
		name    string
		phase   guard.Phase
		looked  time.Duration // ago
		primary http.HandlerFunc
		wakes   int
	}{
		{"the primary is well", guard.Armed, time.Minute, nil, 0},
		{"the primary is unhealthy", guard.Armed, time.Minute, says(`{"status":"unhealthy"}`), 1},
		{"the primary closes connections", guard.Armed, time.Minute, disconnect, 1},
		{"the primary does not answer", guard.Armed, time.Minute, hang, 1},
		{"the primary is held, and well", guard.Armed, time.Minute, says(`{"status":"healthy","held":true}`), 0},
		{"the guard has just looked", guard.Armed, guard.WakeInterval - time.Second, disconnect, 0},
		{"the primary fails while it is kept out", guard.Latched, time.Minute, disconnect, 1},
		{"the guard is not armed", guard.Watching, time.Minute, disconnect, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			r, c := newRegion(t), newClock()
			r.remember(t, test.phase, c.Now().Add(-test.looked))
			if test.primary != nil {
				r.fail("primary", test.primary)
			}
			h := newTestWaker(r, c).beside(newTestHandler(r, contract.HealthStatic, c))
			assert.Equal(t, http.StatusOK, get(t, h, "/health").Code)
			assert.Equal(t, test.wakes, r.count("guard"))
		})
	}
}

func TestThePrimaryIsLookedAtForAllCheckersAtOnceAndSeldom(t *testing.T) {
	r, c := newRegion(t), newClock()
	r.remember(t, guard.Armed, c.Now().Add(-time.Minute))
	h := newTestWaker(r, c).beside(newTestHandler(r, contract.HealthStatic, c))
	for range 8 {
		get(t, h, "/switch")
		get(t, h, "/health")
	}
	assert.Equal(t, 1, r.count("primary"))
	c.advance(guard.WakeInterval)
	get(t, h, "/switch")
	assert.Equal(t, 2, r.count("primary"))
}

// TestALookCannotHarmTheAnswer whatever hangs or fails on its way.
func TestALookCannotHarmTheAnswer(t *testing.T) {
	for name, breakIt := range map[string]func(*testing.T, *region){
		"Parameter Store hangs":          func(_ *testing.T, r *region) { r.fail("switch", hang) },
		"the guard's memory is nonsense": func(_ *testing.T, r *region) { r.set(guardName, "?") },
		"Lambda hangs":                   func(_ *testing.T, r *region) { r.fail("primary", hang); r.fail("guard", hang) },
		"Lambda refuses": func(_ *testing.T, r *region) {
			r.fail("primary", hang)
			r.fail("guard", awsError(403, "AccessDeniedException"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			r, c := newRegion(t), newClock()
			r.remember(t, guard.Armed, c.Now().Add(-time.Minute))
			breakIt(t, r)
			h := newTestWaker(r, c).beside(newTestHandler(r, contract.HealthStatic, c))
			start := time.Now()
			recorder := get(t, h, "/health")
			assert.Equal(t, http.StatusOK, recorder.Code)
			assert.Len(t, decode(t, recorder).Checks, 1, "it is no part of the report")
			assert.Less(t, time.Since(start), 2*time.Second, "Route 53 waits no longer")
		})
	}
}

func TestWithoutAGuardNobodyIsAsked(t *testing.T) {
	r := newRegion(t)
	var nobody *waker
	h := nobody.beside(newTestHandler(r, contract.HealthStatic, newClock()))
	require.Equal(t, http.StatusOK, get(t, h, "/health").Code)
	assert.Zero(t, r.count("primary"))
}
