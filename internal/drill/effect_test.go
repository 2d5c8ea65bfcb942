package drill

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/internal/workload"
)

// judged is the verdict on a run with a fault, in which clients moved or did not,
// and some requests failed for a time; never means that they failed to the end.
func judged(fault string, cold, moved bool, failed int, rto float64) Result {
	r := newRun(DefaultTargets())
	result := Result{Fault: fault, Cold: cold, DNSSwitchSeconds: -1, ServedBeforeFault: 1, ErrorsInFault: failed, RTOSeconds: rto, RTOBoundSeconds: 45}
	if moved {
		result.DNSSwitchSeconds, result.MovedPopulations = 40, populations
	}
	r.judge(&result)
	return result
}

func TestFaultsThatAFailoverDoesNotMendMoveNobody(t *testing.T) {
	const never = -1
	for _, test := range []struct {
		fault        string
		cold, moved  bool
		failed       int
		rto          float64
		verdict, why string
	}{
		{"throttled", false, false, 0, 0, Pass, ""},
		{"throttled", false, true, 0, 0, Fail, "the clients were moved, which does not mend a fault of this kind"},
		{"throttled", false, false, 3, 1, Fail, "3 requests failed, and nothing that they need is gone"},
		{"throttled", true, false, 90, never, Pass, ""},
		{"throttled", true, true, 90, 40, Fail, "the clients were moved, which does not mend a fault of this kind"},
		{"secrets", true, false, 90, never, Pass, ""},
		{"parameters", false, true, 0, 0, Fail, "the clients were moved, which does not mend a fault of this kind"},
		{"parameters", true, true, 90, 40, Pass, ""},
		{"parameters", true, false, 90, never, Fail, "the clients were not served again"},
		{"kms", false, true, 0, 0, Pass, ""},
	} {
		result := judged(test.fault, test.cold, test.moved, test.failed, test.rto)
		assert.Equal(t, test.verdict, result.Verdict, "%+v: %v", test, result.Reasons)
		if test.why != "" {
			assert.Contains(t, result.Reasons, test.why)
		}
	}
}

func TestWhatOnlyClientsMeetMovesThemWhenTheHealthCheckIsOne(t *testing.T) {
	for _, fault := range []string{"api-dead", "certificate", "mapping"} {
		for depth, moves := range map[contract.HealthDepth]bool{contract.HealthAPI: true, contract.HealthDependencies: false, contract.HealthStatic: false} {
			r := newRun(DefaultTargets())
			r.pair.HealthDepth = depth
			moved := Result{Fault: fault, DNSSwitchSeconds: 40, MovedPopulations: populations, ServedBeforeFault: 1, ErrorsInFault: 9, RTOSeconds: 40, RTOBoundSeconds: 45}
			stayed := Result{Fault: fault, DNSSwitchSeconds: -1, ServedBeforeFault: 1, ErrorsInFault: 9, RTOSeconds: -1, RTOBoundSeconds: 45}
			r.judge(&moved)
			r.judge(&stayed)
			assert.Equal(t, moves, moved.Verdict == Pass, "%s, %s: %v", fault, depth, moved.Reasons)
			assert.Equal(t, moves, stayed.Verdict == Fail, "%s, %s: %v", fault, depth, stayed.Reasons)
		}
	}
	secrets := FaultOf("secrets")
	assert.True(t, secrets.on(circumstances{cold: true, depth: contract.HealthDependencies}).stays)
	assert.False(t, secrets.on(circumstances{cold: true, depth: contract.HealthAPI}).stays, "new tokens cannot be had")
	assert.True(t, secrets.on(circumstances{depth: contract.HealthAPI}).unharmed, "what is warm goes on")
}

func TestAGrayFailureMovesClientsWhereTheGuardIsTold(t *testing.T) {
	for _, fault := range []string{"gray-errors", "gray-latency"} {
		for _, told := range []bool{true, false} {
			r := newRun(DefaultTargets())
			r.pair.HealthDepth, r.pair.SeesGrayErrors, r.pair.SeesGrayLatency = contract.HealthDependencies, told, told
			moved := Result{Fault: fault, DNSSwitchSeconds: 200, MovedPopulations: populations, ServedBeforeFault: 1, ErrorsInFault: 9, RTOSeconds: 200, RTOBoundSeconds: 345}
			stayed := Result{Fault: fault, DNSSwitchSeconds: -1, ServedBeforeFault: 1, ErrorsInFault: 9, RTOSeconds: -1, RTOBoundSeconds: 345}
			late := moved
			late.DNSSwitchSeconds = 700
			for _, result := range []*Result{&moved, &stayed, &late} {
				r.judge(result)
			}
			assert.Equal(t, told, moved.Verdict == Pass, "%s: %v", fault, moved.Reasons)
			assert.Equal(t, told, stayed.Verdict == Fail, "%s: %v", fault, stayed.Reasons)
			assert.Equal(t, Fail, late.Verdict, "%s: %v", fault, late.Reasons)
		}
	}
	assert.False(t, FaultOf("gray-errors").on(circumstances{depth: contract.HealthAPI}).stays, "a health check that is a client may meet them")
}

func TestABadVersionMustNotReachThePrimary(t *testing.T) {
	targets := DefaultTargets()
	for reached, verdict := range map[bool]string{false: Pass, true: Fail} {
		result := Result{Fault: BadDeploy, DNSSwitchSeconds: -1, RTOBoundSeconds: 45, ServedBeforeFault: 10}
		(&run{options: Options{Targets: &targets}, badInPrimary: reached}).judge(&result)
		assert.Equal(t, verdict, result.Verdict, "%v", result.Reasons)
	}
}

func TestClientsMustLeaveADeadStandbyInTime(t *testing.T) {
	for _, test := range []struct {
		moved        int
		left, rto    float64
		verdict, why string
	}{
		{populations, 130, 95, Pass, ""},
		{populations, 160, 95, Fail, "clients were sent to standby for longer than 155.2 s"},
		{populations, -1, -1, Fail, "clients were sent to standby for longer than 155.2 s"},
		{0, 0, 0, Inconclusive, "the fault met nobody: no client was sent to standby while it was dead; try another --seed"},
	} {
		r := newRun(DefaultTargets())
		r.options.Fault, r.pair.Secondary.Name = StandbyDead, "standby"
		result := Result{
			Fault: StandbyDead, SurvivingRegion: "standby", MovedPopulations: test.moved, DNSSwitchSeconds: test.left, RTOSeconds: test.rto,
			RTOBoundSeconds: 135, ServedBeforeFault: 1, ErrorsInFault: 9,
		}
		r.judge(&result)
		assert.Equal(t, test.verdict, result.Verdict, "%+v: %v", test, result.Reasons)
		if test.why != "" {
			assert.Contains(t, result.Reasons, test.why)
		}
	}
}

func TestARegionIsTriedWithWhatChangesNothing(t *testing.T) {
	_, found := harmless(workload.Workload{Requests: []workload.Request{{Method: "POST"}, {Method: "PUT", Data: workload.Create}}})
	assert.False(t, found)
	request, found := harmless(workload.Workload{Requests: []workload.Request{{Method: "POST"}, {Method: "GET", Path: "/a"}}})
	assert.True(t, found)
	assert.Equal(t, "/a", request.Path)
	request, _ = harmless(workload.Objects())
	assert.Equal(t, workload.Read, request.Data)
}
