package failover

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestACheckerWaitsFourSecondsToConnectAndTwoForTheAnswer(t *testing.T) {
	for mode, want := range map[FailureMode][2]time.Duration{
		Refuses:  {0, 0},
		Fails:    {0, time.Second},
		Vanishes: {4 * time.Second, 4 * time.Second},
		Hangs:    {2 * time.Second, 6 * time.Second},
	} {
		least, most := mode.wait(time.Second)
		assert.Equal(t, want, [2]time.Duration{least, most}, mode)
	}
}

func TestASimulatedCheckerWaitsTheIntervalFromTheEndOfARequest(t *testing.T) {
	for _, mode := range FailureModes {
		s := RandomSchedule(1)
		s.Primary, s.PrimaryFails = []time.Duration{0}, mode
		engine, err := newPairEngine(s)
		assert.NoError(t, err)
		ends, requests := map[int]time.Duration{}, 0
		for _, probes := range plan(s, engine, rand.New(rand.NewPCG(1, 1))) {
			for _, p := range probes {
				if p.check != endpointCheck {
					continue
				}
				if end, exists := ends[p.checker]; exists {
					assert.Equal(t, s.Interval, p.start-end, mode)
				}
				ends[p.checker] = p.at
				requests++
			}
		}
		assert.Greater(t, requests, 16*50, mode)
	}
}

func TestACheckerThatOnlyConnectsWaitsTenSecondsAndReadsNoAnswer(t *testing.T) {
	for mode, want := range map[FailureMode]struct {
		wait    time.Duration
		accepts bool
	}{
		Refuses: {0, false}, Fails: {time.Second, true}, Vanishes: {10 * time.Second, false}, Hangs: {4 * time.Second, true},
	} {
		_, most := mode.waitToConnect(time.Second)
		assert.Equal(t, want.wait, most, mode)
		assert.Equal(t, want.accepts, mode.accepts(), mode)
	}
}
