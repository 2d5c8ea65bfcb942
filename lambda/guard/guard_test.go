package main

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/internal/guard"
)

func TestKeepsAPrimaryThatFailedOutUntilItIsFit(t *testing.T) {
	w := newWorld()
	f := w.newFunction(t)
	w.minutes(t, f, 6)
	require.Equal(t, guard.Armed, w.state(t).Phase)
	require.Empty(t, w.writes)
	require.Equal(t, "https://health.eu-west-1.example/health", w.state(t).PrimaryHealth)

	w.set(func() { w.down[primaryName] = true })
	w.minutes(t, f, 1)
	require.Equal(t, guard.Armed, w.state(t).Phase, "clients are not at the standby yet")
	w.set(func() { w.serving = standbyName })
	w.minutes(t, f, 1)
	require.Equal(t, guard.Latched, w.state(t).Phase)
	require.Equal(t, []string{standbyName + switchName + "=guard"}, w.writes)
	require.Contains(t, w.metrics.String(), `"PrimaryKeptOut":1`)

	w.set(func() { w.down[primaryName], w.replication[standbyName] = false, "PENDING" })
	w.minutes(t, f, 6)
	require.Equal(t, guard.Latched, w.state(t).Phase, "the standby's writes have not arrived")
	require.Equal(t, "guard", w.parameters[primaryName][holdName].value)
	require.Contains(t, w.state(t).Reason, "replication to the primary is")

	w.set(func() { w.replication[standbyName] = "COMPLETED" })
	w.minutes(t, f, 1)
	require.Equal(t, guard.Armed, w.state(t).Phase)
	n := len(w.writes)
	require.Equal(t, []string{primaryName + holdName + "=off", standbyName + switchName + "=off"}, w.writes[n-2:], "the hold goes first")
}

// Versions that have become noncurrent expire.
func TestMarkersOfAnEarlierFailoverDecideNothing(t *testing.T) {
	w := newWorld()
	f := w.newFunction(t)
	for range 3 {
		w.failover(t, f)
		w.minutes(t, f, 5)
		require.Equal(t, guard.Armed, w.state(t).Phase)
		require.Zero(t, w.state(t).ToPrimary)
		require.Zero(t, w.state(t).ToStandby)
		w.set(func() {
			w.serving, w.now = primaryName, w.now.Add(40*24*time.Hour)
			clear(w.markers[primaryName])
			clear(w.markers[standbyName])
		})
	}
}

func TestAMarkerOfWhichNothingIsKnownIsReplaced(t *testing.T) {
	for name, test := range map[string]struct {
		// status of what is written before something is repaired.
		before string
		repair func(*world)
	}{
		"no rule replicated when it was written": {"", func(*world) {}},
		"its bucket was made anew":               {"PENDING", func(w *world) { clear(w.markers[standbyName]) }},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			f := w.newFunction(t)
			w.set(func() { w.replication[standbyName] = test.before })
			w.failover(t, f)
			w.minutes(t, f, 10)
			require.Equal(t, guard.Latched, w.state(t).Phase)

			w.set(func() {
				test.repair(w)
				w.replication[standbyName] = "PENDING"
			})
			w.minutes(t, f, 1)
			require.Equal(t, "it is not known how far replication to the primary is", w.state(t).Reason)
			w.minutes(t, f, 6)
			require.Equal(t, guard.Latched, w.state(t).Phase, "that a marker was written shows nothing")
			require.Contains(t, w.state(t).Reason, "replication to the primary is 17m")

			w.set(func() { w.replication[standbyName] = "COMPLETED" })
			w.minutes(t, f, 1)
			require.Equal(t, guard.Armed, w.state(t).Phase)
		})
	}
}

func TestWhatReplacesAMarkerThatFailedIsOnItsWayAsLong(t *testing.T) {
	w := newWorld()
	f := w.newFunction(t)
	latched, last := w.clock(), marker{}
	for i, test := range []struct {
		status string
		want   guard.Replication
	}{
		{"PENDING", guard.Replication{}},
		{"FAILED", guard.Replication{Known: true, Failed: 1}},
		{"PENDING", guard.Replication{Known: true, Lag: 10 * time.Second}},
		{"COMPLETED", guard.Replication{Known: true}},
		{"PENDING", guard.Replication{Known: true, Lag: 5 * time.Second}},
	} {
		w.set(func() { w.replication[standbyName] = test.status })
		at := latched.Add(time.Duration(i) * guard.HurriedInterval)
		require.Equal(t, test.want, f.replication(t.Context(), f.standby, &last, latched, at))
	}
}

func TestMarkersThatCannotBeLookedAtAreFew(t *testing.T) {
	w := newWorld()
	f := w.newFunction(t)
	w.failover(t, f)
	w.set(func() { w.unseen = true })
	before := w.marked
	w.minutes(t, f, 30)
	require.Equal(t, guard.Latched, w.state(t).Phase)
	require.LessOrEqual(t, w.marked-before, 2*(1+30/5))
}

// A primary that hangs takes no time of what the standby has to store.
func TestKeepsAPrimaryThatHangsOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		logs := captureLogs(t)
		w := newWorld()
		f := w.newFunction(t)
		w.minutes(t, f, 6)
		w.set(func() { w.hanging, w.serving = primaryName, standbyName })
		w.minutes(t, f, 1)
		require.Equal(t, guard.Latched, w.state(t).Phase)
		require.Equal(t, []string{standbyName + switchName + "=guard"}, w.writes)
		require.Regexp(t, `"the guard could not act","action":"hold on","error":"write the parameter `+holdName+`: .*deadline exceeded`, logs)
	})
}

// The primary serves, and its Parameter Store hangs.
func TestTheSwitchGoesOffThoughTheHoldCannot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		f := w.newFunction(t)
		w.minutes(t, f, 6)
		w.set(func() { w.down[primaryName], w.serving = true, standbyName })
		w.minutes(t, f, 1)
		w.set(func() { w.down[primaryName], w.replication[standbyName] = false, "PENDING" })
		w.minutes(t, f, 6)
		require.Equal(t, guard.Latched, w.state(t).Phase)

		w.set(func() { w.hanging, w.replication[standbyName] = "ssm."+primaryName, "COMPLETED" })
		w.minutes(t, f, 1)
		require.Equal(t, guard.Armed, w.state(t).Phase)
		require.Equal(t, "off", w.parameters[standbyName][switchName].value)

		w.set(func() { w.hanging = "" })
		w.minutes(t, f, 1)
		require.Equal(t, "off", w.parameters[primaryName][holdName].value)
	})
}

// An outage between two looks of the schedule: clients are at the standby, and the
// primary answers again, before the next minute.
func TestAGuardThatIsWokenLatchesBeforeTheNextMinute(t *testing.T) {
	w := newWorld()
	f := w.newFunction(t)
	w.minutes(t, f, 6)
	w.set(func() { w.now, w.down[primaryName] = w.now.Add(15*time.Second), true })
	f.pause = func(_ context.Context, d time.Duration) {
		w.set(func() {
			w.now = w.now.Add(d)
			switch w.now.Second() {
			case 30:
				w.serving = standbyName
			case 40:
				w.down[primaryName] = false
			}
		})
	}
	w.wake(t, f)
	require.Equal(t, guard.Latched, w.state(t).Phase)
	require.Equal(t, "guard", w.parameters[primaryName][holdName].value)
	require.Less(t, w.clock().Second(), 50, "it does not go on when both are set")
}

func TestAGuardThatIsWokenLeavesThePairToOneThatLooks(t *testing.T) {
	w := newWorld()
	f := w.newFunction(t)
	w.minutes(t, f, 6)
	w.set(func() { w.now, w.down[primaryName] = w.now.Add(5*time.Second), true })
	before := w.state(t)
	w.wake(t, f)
	require.Equal(t, before, w.state(t), "somebody looked 5 s ago")

	w.set(func() { w.now = w.now.Add(10 * time.Second) })
	f.pause = func(_ context.Context, d time.Duration) {
		next := w.clock().Add(d)
		w.set(func() { w.now = next })
		if next.Second() < 30 {
			return
		}
		f.pause = func(context.Context, time.Duration) { t.Error("it looks on beside another invocation") }
		other := w.newFunction(t)
		other.pause = func(context.Context, time.Duration) {}
		_, err := other.look(t.Context(), &memory{scheduled: next}, next)
		require.NoError(t, err)
	}
	w.wake(t, f)
}

// TestOfTwoLooksAtOnceTheFirstHolds, whichever of the two was woken, and whatever
// the later one has seen.
func TestOfTwoLooksAtOnceTheFirstHolds(t *testing.T) {
	for name, woken := range map[string]bool{"the schedule's look is late": false, "the woken look is late": true} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			slow, quick := w.newFunction(t), w.newFunction(t)
			w.minutes(t, slow, 6)
			w.set(func() {
				w.now, w.down[primaryName] = w.now.Add(20*time.Second), true
				// The slow look has been told that clients are at the primary.
				w.meanwhile = func() {
					w.set(func() { w.serving = standbyName })
					_, err := quick.look(t.Context(), &memory{scheduled: w.clock()}, w.clock())
					require.NoError(t, err)
				}
			})
			m := &memory{}
			if !woken {
				m.scheduled = w.clock()
			}
			decision, err := slow.look(t.Context(), m, w.clock())
			if woken {
				require.ErrorIs(t, err, errOtherLooks)
			} else {
				require.NoError(t, err)
				require.True(t, decision.Hurry, "it looks again")
			}
			require.Equal(t, guard.Latched, w.state(t).Phase)
			require.Equal(t, "guard", w.parameters[standbyName][switchName].value)
		})
	}
}

func TestALookThatIsLateIsNone(t *testing.T) {
	w := newWorld()
	f := w.newFunction(t)
	w.minutes(t, f, 6)
	before := w.state(t)
	_, err := f.handle(t.Context(), event{Time: w.clock().Add(-2 * time.Minute)})
	require.NoError(t, err)
	require.Equal(t, before, w.state(t))
}

func TestLeavesAPersonsSwitchAlone(t *testing.T) {
	w := newWorld()
	f := w.newFunction(t)
	w.set(func() {
		w.parameters[standbyName][switchName] = parameter{value: contract.PositionOn}
		w.serving, w.down[primaryName] = standbyName, true
	})
	w.minutes(t, f, 3)
	w.set(func() { w.down[primaryName] = false })
	w.minutes(t, f, 20)
	assert.Empty(t, w.writes)
}

func TestWritesNothingThatItCouldNotRead(t *testing.T) {
	w := newWorld()
	f := w.newFunction(t)
	w.minutes(t, f, 6)
	before := w.parameters[standbyName][stateName]
	w.set(func() { w.unreadable[stateName] = "InternalServerError" })
	w.minutes(t, f, 2)
	assert.Equal(t, before, w.parameters[standbyName][stateName])
	w.set(func() { w.unreadable[stateName] = "" })
	w.minutes(t, f, 1)
	assert.Equal(t, guard.Armed, w.state(t).Phase)
}

// A guard that begins anew with each look is never armed: the alarm guard-silent counts
// the metrics that it has written.
func TestAGuardThatCannotRememberIsSilent(t *testing.T) {
	for name, lose := range map[string]func(*world){
		"its parameter is deleted": func(w *world) { w.unreadable[stateName] = "ParameterNotFound" },
		"it may not read it":       func(w *world) { w.unreadable[stateName] = "AccessDeniedException" },
		"its parameter is no JSON": func(w *world) { w.parameters[standbyName][stateName] = parameter{value: "armed"} },
		"it may not write it":      func(w *world) { w.unwritable = true },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			f := w.newFunction(t)
			w.minutes(t, f, 1)
			require.Contains(t, w.metrics.String(), `"PrimaryKeptOut":0`, "what it has at first is known")
			w.set(func() { lose(w) })
			w.metrics.Reset()
			for range 5 {
				w.set(func() { w.now = w.now.Add(guard.Interval) })
				_, err := f.handle(t.Context(), event{Time: w.clock()})
				require.Equal(t, w.unwritable, err != nil)
			}
			assert.Empty(t, w.metrics.String())
		})
	}
}

func TestAGuardThatReadsAgainWithinAMinuteIsNotSilent(t *testing.T) {
	w := newWorld()
	f := w.newFunction(t)
	w.minutes(t, f, 6)
	w.set(func() { w.down[primaryName] = true })
	w.metrics.Reset()
	pauses := 0
	pause := f.pause
	f.pause = func(ctx context.Context, d time.Duration) {
		pauses++
		w.set(func() { w.unreadable[stateName] = map[bool]string{true: "ThrottlingException"}[pauses > 3] })
		pause(ctx, d)
	}
	w.minutes(t, f, 1)
	require.Greater(t, pauses, 3)
	assert.Contains(t, w.metrics.String(), `"PrimaryKeptOut":0`)
}

func TestHurriesWhileSomethingHappens(t *testing.T) {
	w := newWorld()
	f := w.newFunction(t)
	w.minutes(t, f, 6)
	start := w.clock()
	w.minutes(t, f, 1)
	require.Equal(t, guard.Interval, w.clock().Sub(start), "one look")
	start = w.clock()
	w.set(func() { w.down[primaryName] = true })
	w.minutes(t, f, 1)
	assert.Greater(t, w.clock().Sub(start), guard.Interval+40*time.Second, "looks until the minute is over")
}

func TestSettingsReportEveryProblem(t *testing.T) {
	_, err := readSettings(func(name string) string {
		return map[string]string{contract.GuardMode: "auto", contract.GuardStableMinutes: "soon", contract.GuardBucket: "b"}[name]
	})
	for _, text := range []string{
		"PAIR_NAME", "DOMAIN_NAME", "AWS_REGION", "PRIMARY_REGION", "HEALTH_URL", `FAILBACK_MODE must be "guarded" or "manual", got "auto"`,
		`STABLE_MINUTES must be a whole number of minutes, got "soon"`, "PEER_BUCKET_NAME go together",
	} {
		assert.ErrorContains(t, err, text)
	}
}

func TestSettingsOfAGrayFailureReportEveryProblem(t *testing.T) {
	_, err := readSettings(func(name string) string {
		return map[string]string{contract.GuardAPI: "api", contract.GuardErrorPercent: "many", contract.GuardMinRequests: "0"}[name]
	})
	for _, text := range []string{
		"PRIMARY_STAGE", `GRAY_ERROR_PERCENT must be a whole number from 0, got "many"`, "GRAY_P99_MILLISECONDS is missing", `GRAY_MIN_REQUESTS must be a whole number from 1, got "0"`,
	} {
		assert.ErrorContains(t, err, text)
	}
}

// The metrics are those of an emulated CloudWatch, which the AWS SDK asks.
func TestMovesClientsFromAHealthyPrimaryThatDoesNotServeThem(t *testing.T) {
	for name, test := range map[string]struct {
		bad  minuteOfTraffic
		want string
	}{
		"errors":  {minuteOfTraffic{requests: 200, errors: 60}, "60 of 200 requests in a minute were answered with 5xx"},
		"latency": {minuteOfTraffic{requests: 200, latency: 8 * time.Second}, "the p99 of the latency was 8s"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			f := w.newFunction(t)
			f.rules.Gray = &guard.Gray{ErrorPercent: 20, P99: 5 * time.Second, MinRequests: 100}
			well := minuteOfTraffic{requests: 200, errors: 2, latency: 30 * time.Millisecond}
			w.minutesWith(t, f, 10, well)
			require.Equal(t, guard.Armed, w.state(t).Phase)
			require.True(t, w.state(t).ServedWell)
			w.minutesWith(t, f, 2, test.bad)
			require.Empty(t, w.writes, "two bad minutes")
			w.minutesWith(t, f, 1, test.bad)
			require.Equal(t, guard.Latched, w.state(t).Phase)
			require.Equal(t, test.want, w.state(t).Gray)
			require.Equal(t, "guard", w.parameters[standbyName][switchName].value)
			require.Equal(t, "guard", w.parameters[primaryName][holdName].value)

			w.set(func() { w.serving = standbyName })
			w.minutes(t, f, 20)
			require.Equal(t, guard.Latched, w.state(t).Phase, "that it is healthy says nothing")
			require.Equal(t, "the primary is fit, and waits for a person, as it was healthy when "+test.want, w.state(t).Reason)
			w.set(func() { w.parameters[standbyName][switchName] = parameter{value: contract.PositionOff} })
			w.minutes(t, f, 1)
			require.Equal(t, guard.Armed, w.state(t).Phase, "a person gives back")
		})
	}
}

// A planned switch has the primary refuse writes with 503, and its clients are moved
// when their data has arrived.
func TestTrafficOfAFencedPrimaryMovesNobody(t *testing.T) {
	well, bad := minuteOfTraffic{requests: 200}, minuteOfTraffic{requests: 200, errors: 100}
	for name, fence := range map[string]func(*world){
		"uploads":           func(w *world) { w.parameters[primaryName][fenceName] = parameter{value: contract.PositionUploads} },
		"on":                func(w *world) { w.parameters[primaryName][fenceName] = parameter{value: contract.PositionOn} },
		"it cannot be read": func(w *world) { w.unreadable[fenceName] = "AccessDeniedException" },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			f := w.newFunction(t)
			f.rules.Gray = &guard.Gray{ErrorPercent: 20, MinRequests: 100}
			w.minutesWith(t, f, 10, well)
			require.True(t, w.state(t).ServedWell)
			w.set(func() { fence(w) })
			w.minutesWith(t, f, 8, bad)
			require.Empty(t, w.writes)

			w.set(func() {
				clear(w.unreadable)
				w.parameters[primaryName][fenceName] = parameter{value: contract.PositionOff}
			})
			w.minutesWith(t, f, 4, bad)
			require.Empty(t, w.writes, "it has not served well since")
			w.minutesWith(t, f, 3, well)
			w.minutesWith(t, f, 3, bad)
			require.Equal(t, guard.Latched, w.state(t).Phase)
		})
	}
}

func TestAPrimaryWithoutAFenceIsWatched(t *testing.T) {
	w := newWorld()
	f := w.newFunction(t)
	f.rules.Gray = &guard.Gray{ErrorPercent: 20, MinRequests: 100}
	w.set(func() { w.unreadable[fenceName] = "ParameterNotFound" })
	w.minutesWith(t, f, 10, minuteOfTraffic{requests: 200})
	w.minutesWith(t, f, 3, minuteOfTraffic{requests: 200, errors: 100})
	require.Equal(t, guard.Latched, w.state(t).Phase)
}

// A guard that cannot ask for the traffic decides nothing by it, and one that has no
// rule does not ask.
func TestTrafficThatIsNotKnownMovesNobody(t *testing.T) {
	w := newWorld()
	f := w.newFunction(t)
	w.minutesWith(t, f, 10, minuteOfTraffic{requests: 200, errors: 200})
	require.Zero(t, w.metricsAsked)
	f.rules.Gray = &guard.Gray{ErrorPercent: 20, MinRequests: 100}
	w.set(func() { w.noMetrics = true })
	w.minutesWith(t, f, 10, minuteOfTraffic{requests: 200, errors: 200})
	require.Positive(t, w.metricsAsked)
	require.Empty(t, w.writes)
}
