package drill_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/internal/drill"
)

func TestDurabilitiesAreComparedByFaultOverAllSeeds(t *testing.T) {
	run := func(fault, durability string, lost int, rto float64) drill.Result {
		return drill.Result{
			Fault: fault, Pair: drill.PairFacts{Durability: durability}, PermanentlyLost: lost, AcknowledgedWrites: 100, RPOSeconds: float64(lost) / 2,
			RTOSeconds: rto, Verdict: drill.Pass, DataChecked: true,
		}
	}
	runs := []drill.Result{run("destroy", "async", 5, 40), run("destroy", "async", 3, 43), run("destroy", "sync", 0, 41), run("destroy", "sync", 0, -1)}
	runs[3].Verdict = drill.Fail
	figures := drill.CompareDurabilities(runs)
	require.Len(t, figures, 2)
	assert.Equal(t, drill.DurabilityFigures{
		Fault: "destroy", Durability: "async", Runs: 2, Verdict: drill.Pass, AcknowledgedWrites: 200, PermanentlyLost: 8, RPOSeconds: 2.5, RTOSeconds: 43, DataChecked: true,
	}, figures[0])
	assert.Equal(t, drill.Fail, figures[1].Verdict)
	assert.InDelta(t, -1, figures[1].RTOSeconds, 0, "never is worse than late")
	assert.Zero(t, figures[1].PermanentlyLost)
	assert.Empty(t, drill.CompareDurabilities(runs[:2]), "one durability is no comparison")
	assert.Empty(t, drill.CompareDurabilities(nil))
}
