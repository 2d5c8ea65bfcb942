package drill

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/regionpair/regionpair/internal/localcloud"
	"github.com/regionpair/regionpair/internal/workload"
)

// silentWorld is one in which nothing is called and nothing stored.
type silentWorld struct{ world }

func (silentWorld) unexpectedHosts() []string   { return nil }
func (silentWorld) Written() localcloud.Written { return localcloud.Written{} }

// endedRun wrote to the primary until its clients were in the standby.
func endedRun() *run {
	r := newRun(DefaultTargets())
	r.options.Fault, r.options.TimeScale, r.options.Progress = Takeover, 1, Silent{}
	r.cloud, r.recorder = silentWorld{}, &recorder{}
	r.load = &load{ledger: &ledger{}, plan: workload.Plan{Workload: workload.Objects()}}
	r.observer = &observer{points: pointsOf("pp", "pp", "ss", "ss")}
	r.steady, r.fault = t0, t0.Add(150*time.Millisecond)
	for _, s := range samplesOf("....") {
		s.region = r.pair.Primary.Name
		r.recorder.add(s)
		r.recorder.acknowledge(ack{region: s.region, at: s.end})
	}
	return r
}

func TestARunThatIsInterruptedDecidesNothing(t *testing.T) {
	result := endedRun().partial(context.Canceled)
	assert.True(t, result.EndedEarly)
	assert.Equal(t, Inconclusive, result.Verdict)
	assert.Equal(t, []string{"the drill was interrupted"}, result.Reasons, "nothing about data that there was no time to read")
	assert.Equal(t, 4, result.AcknowledgedWrites)
	assert.InDelta(t, -1, result.FailbackSeconds, 0, "clients had left, and were not back")
	assert.False(t, result.DataChecked)
	assert.NotNil(t, result.Checks)
	assert.Empty(t, result.Checks)
}

func TestARunThatIsInterruptedBeforeAnybodyLeftHasNoWayBack(t *testing.T) {
	r := endedRun()
	r.observer.points = pointsOf("pp", "pp", "pp", "pp")
	assert.Zero(t, r.partial(context.Canceled).FailbackSeconds)
	r.observer.points = pointsOf("pp", "pp", "pp", "ps")
	assert.InDelta(t, -1, r.partial(context.Canceled).FailbackSeconds, 0)
}
