package operate

import (
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/stretchr/testify/assert"
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
		"it is down":            {proven, func(o *Observation) { o.silence(0) }, []string{GuardHealth, GuardDoor}},
	} {
		t.Run(name, func(t *testing.T) {
			o := normal(t)
			test.change(&o)
			assert.Equal(t, test.fails, failing(failbackGuards(o, test.stable, order)))
		})
	}
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
