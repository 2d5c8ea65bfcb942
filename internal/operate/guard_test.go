package operate

import (
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/stretchr/testify/assert"

	"github.com/regionpair/regionpair/internal/contract"
	failback "github.com/regionpair/regionpair/internal/guard"
)

func failing(guards []Guard) []string {
	ids := []string{}
	for _, g := range guards {
		if !g.Holds {
			ids = append(ids, g.ID)
		}
	}
	return ids
}

func TestFailoverIsGuardedByWhatIsKnownOfTheStandby(t *testing.T) {
	order := Order{MaxLag: 30 * time.Second}
	for name, test := range map[string]struct {
		change func(o *Observation)
		fails  []string
	}{
		"all is well":              {func(*Observation) {}, []string{}},
		"the standby is degraded":  {func(o *Observation) { o.Regions[1].Health.Status = "degraded" }, []string{}},
		"the standby is unhealthy": {func(o *Observation) { o.Regions[1].Health.Status = "unhealthy" }, []string{GuardHealth}},
		"the standby is silent":    {func(o *Observation) { o.silence(1) }, []string{GuardHealth}},
		"the standby lags":         {func(o *Observation) { o.Regions[1].Traffic.Behind.Value = 31 }, []string{GuardLag}},
		"nobody knows the lag":     {func(o *Observation) { o.Regions[1].Traffic = Traffic{} }, []string{}},
		"the primary is silent":    {func(o *Observation) { o.silence(0) }, []string{}},
		"an older stack":           {func(o *Observation) { o.Regions[1].HasFacts, o.Regions[1].Health = false, Health{} }, []string{GuardHealth}},
	} {
		t.Run(name, func(t *testing.T) {
			o := normal(t)
			test.change(&o)
			assert.Equal(t, test.fails, failing(failoverGuards(o, order)))
		})
	}
}

func TestFailbackIsGuardedByThePrimarysRecord(t *testing.T) {
	order := Order{MaxLag: 30 * time.Second, Stable: 15 * time.Minute}
	proven := Stability{For: 20 * time.Minute}
	for name, test := range map[string]struct {
		stable Stability
		change func(o *Observation)
		fails  []string
	}{
		"all is well":           {proven, func(*Observation) {}, []string{}},
		"not for long":          {Stability{For: time.Minute}, func(*Observation) {}, []string{GuardStable}},
		"nobody knows how long": {Stability{Err: errors.New("denied")}, func(*Observation) {}, []string{GuardStable}},
		"another door":          {proven, func(o *Observation) { o.Regions[0].Door.Region = "eu-central-1" }, []string{GuardDoor}},
		"no door":               {proven, func(o *Observation) { o.Regions[0].Door = APIAnswer{Error: "refused"} }, []string{GuardDoor}},
		"data is missing":       {proven, func(o *Observation) { o.Regions[0].Traffic.Behind.Value = 214 }, []string{GuardLag}},
		"nobody knows the lag":  {proven, func(o *Observation) { o.Regions[0].Traffic = Traffic{} }, []string{GuardLag}},
		"it is down":            {proven, func(o *Observation) { o.silence(0) }, []string{GuardHealth, GuardDoor, GuardLag}},
		"the guard waits for data": {proven, func(o *Observation) {
			o.latch(failback.State{Reason: "it is not known how far replication to the primary is; the primary has not been green for 3m0s"})
		}, []string{GuardLag}},
		"the guard waits for the primary": {proven, func(o *Observation) { o.latch(failback.State{Reason: "the primary has not been green for 3m0s"}) }, []string{}},
		"the guard has waited for data, and does not look any more": {proven, func(o *Observation) {
			o.latch(failback.State{Reason: "it is not known how far replication to the primary is", LastLook: now.Add(-time.Hour)})
		}, []string{}},
	} {
		t.Run(name, func(t *testing.T) {
			o := normal(t)
			test.change(&o)
			assert.Equal(t, test.fails, failing(failbackGuards(o, test.stable, order)))
		})
	}
}

// latch makes the guard keep the primary out.
func (o *Observation) latch(s failback.State) {
	if s.LastLook.IsZero() {
		s.LastLook = o.At.Add(-20 * time.Second)
	}
	s.Phase = failback.Latched
	o.Regions[1].Memory.State = s
	o.Regions[1].Switch, o.Regions[0].Health.Held = contract.PositionByGuard, true
	o.lead(o.Pair.Standby)
}

// The checkers of a primary that is held are answered with failures, and figures of
// theirs are not asked for: this world could not answer.
func TestHowLongAPrimaryThatIsHeldHasBeenHealthyIsKnownToTheGuard(t *testing.T) {
	ago := func(d time.Duration) time.Time { return now.Add(-d) }
	for name, test := range map[string]struct {
		change func(o *Observation)
		holds  bool
		says   string
	}{
		"for ten seconds": {func(o *Observation) { o.latch(failback.State{LastLook: now, GreenFrom: ago(10 * time.Second)}) }, false, "healthy for 0 min (guard 15 min), as the guard of the failback sees it"},
		"not at all":      {func(o *Observation) { o.latch(failback.State{LastLook: now}) }, false, "healthy for 0 min"},
		"for long":        {func(o *Observation) { o.latch(failback.State{LastLook: now, GreenFrom: ago(time.Hour)}) }, true, "healthy for 60 min"},
		"until it was looked at last": {func(o *Observation) {
			o.latch(failback.State{LastLook: ago(3 * time.Minute), GreenFrom: ago(17 * time.Minute)})
		}, false, "healthy for 14 min"},
		"nobody has looked since": {func(o *Observation) {
			o.latch(failback.State{LastLook: ago(6 * time.Minute), GreenFrom: ago(time.Hour)})
		}, false, "no guard looks at it"},
		"held in a pair without guard": {func(o *Observation) { o.Regions[0].Health.Held = true }, false, "no guard looks at it"},
	} {
		t.Run(name, func(t *testing.T) {
			o := normal(t)
			test.change(&o)
			g := World{}.stability(t.Context(), o).guard("eu-west-1", 15*time.Minute)
			assert.Equal(t, test.holds, g.Holds)
			assert.Contains(t, g.Text, test.says)
		})
	}
}

func TestWhatAFailbackWaitsForIsSaid(t *testing.T) {
	o := normal(t)
	o.Regions[0].Traffic.Behind = nil
	unknown := returnGuard(o, 30*time.Second)
	assert.Contains(t, unknown.Text, "S3 has published nothing for 15 min")
	assert.Equal(t, "regionpair verify, which lists what is missing", unknown.Advice)
	o.Regions[0].Traffic.Error = "AccessDenied: no"
	assert.Contains(t, returnGuard(o, 30*time.Second).Text, "not known: AccessDenied: no")
	o.latch(failback.State{Reason: "1 writes FAILED to replicate to the primary; the primary has not been green for 3m0s"})
	waits := returnGuard(o, 30*time.Second)
	assert.Equal(t, "the guard of the failback waits: 1 writes FAILED to replicate to the primary", waits.Text)
	assert.Contains(t, waits.Advice, "or wait, as the guard does")
}

func TestHoldAndReleaseMoveNobody(t *testing.T) {
	o := normal(t)
	assert.Equal(t, []string{GuardMove}, failing(holdGuards(o)))
	assert.Equal(t, []string{GuardMove}, failing(releaseGuards(o)))
	o.lead("eu-central-1")
	assert.Empty(t, failing(holdGuards(o)))
	o.silence(0)
	assert.Empty(t, failing(releaseGuards(o)))
}

func TestGuardsAreAcceptedByTheirNames(t *testing.T) {
	guards := []Guard{{ID: GuardLag}, {ID: GuardHealth, Holds: true}, {ID: GuardDoor}}
	assert.True(t, refused(guards, []string{GuardLag}))
	assert.True(t, guards[0].Accepted)
	assert.False(t, guards[1].Accepted, "what holds need not be accepted")
	assert.False(t, refused(guards, []string{GuardLag, GuardDoor}))
}

func TestHowLongARegionHasBeenHealthy(t *testing.T) {
	minutes := func(values ...float64) []Measure {
		list := []Measure{}
		for i, value := range values {
			list = append(list, Measure{value, now.Add(-time.Duration(i) * time.Minute)})
		}
		return list
	}
	assert.Zero(t, healthyFor(nil, nil, now))
	assert.Equal(t, 4*time.Minute, healthyFor(minutes(9, 9, 9, 9), minutes(0, 0, 0, 0), now))
	assert.Equal(t, 2*time.Minute, healthyFor(minutes(9, 9, 9, 9), minutes(0, 0, 1, 0), now), "since the last failure")
	assert.Equal(t, time.Minute, healthyFor(minutes(9, 0, 9), minutes(0, 0, 0), now), "nobody asked")
	assert.Zero(t, healthyFor([]Measure{{9, now.Add(-time.Hour)}}, nil, now), "the figures are old")
}

func TestHistoryJoinsWhatWasDoneAndHowItWent(t *testing.T) {
	change := func(version int64, value, description string) ssmtypes.ParameterHistory {
		return ssmtypes.ParameterHistory{Version: version, Value: &value, Description: &description, LastModifiedUser: aws.String("arn:aws:sts::1:assumed-role/ops/ann")}
	}
	note := func(text string) ssmtypes.ParameterHistory { return ssmtypes.ParameterHistory{Value: &text} }
	got := joinHistory([]ssmtypes.ParameterHistory{
		change(1, "off", "the template's own"), change(2, "on", describeChange(ActionFailover, "INC-1: disk")), change(3, "off", "INC-2"), change(4, "on", describeChange(ActionHold, "")),
	}, []ssmtypes.ParameterHistory{note("{}"), note(`{"number":2,"outcome":"done","seconds":67.4}`), note("not JSON")})
	assert.Equal(t, []string{"hold", "by hand", "failover", "deployed"}, []string{got[0].Action, got[1].Action, got[2].Action, got[3].Action})
	assert.Equal(t, "INC-1: disk", got[2].Reason)
	assert.InDelta(t, 67.4, got[2].Seconds, 0)
	assert.Equal(t, "done", got[2].Outcome)
	page := HistoryDocument{Switches: got}.Text(Paint{})
	assert.Contains(t, page, "ann: INC-1: disk")
}

func TestEveryGuardOfAnActionCanBeAccepted(t *testing.T) {
	o, i := normal(t), Inventory{}
	i.Observation = o
	for action, guards := range map[string][]Guard{
		ActionFailover: append(failoverGuards(o, Order{}), standbyGuard(i)),
		ActionFailback: failbackGuards(o, Stability{}, Order{}),
		ActionHold:     holdGuards(o),
		ActionRelease:  releaseGuards(o),
		ActionDrill:    DrillGuards(i, Readiness{}, nil, 0),
	} {
		for _, g := range guards {
			assert.Contains(t, GuardsOf(action), g.ID, action)
		}
	}
}
