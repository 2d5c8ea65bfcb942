package failover

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// answers runs a schedule and returns where the name led at each second.
func answers(t *testing.T, s Schedule) []bool {
	t.Helper()
	engine, err := newPairEngine(s)
	require.NoError(t, err)
	toPrimary := []bool{}
	require.NoError(t, s.runWith(engine, func(primary bool) { toPrimary = append(toPrimary, primary) }))
	return toPrimary
}

// lost is a schedule in which the primary's health is red from the third minute on
// and the standby fails at some time.
func lost(standby time.Duration, how FailureMode) Schedule {
	return Schedule{
		Length: 12 * time.Minute, Primary: []time.Duration{3 * time.Minute}, PrimaryFails: Fails,
		Secondary: []time.Duration{standby}, SecondaryFails: how,
		Interval: 10 * time.Second, Threshold: 3, Aggregation: DefaultAggregation, Seed: 1,
	}
}

func TestClientsOfAStandbyThatDiesGoBackToThePrimary(t *testing.T) {
	for _, how := range []FailureMode{Refuses, Vanishes} {
		for _, died := range []time.Duration{time.Minute, 3 * time.Minute, 5 * time.Minute} {
			s := lost(died, how)
			toPrimary := answers(t, s)
			buried := died + s.burial()
			for at := buried; at < s.Length; at += step {
				assert.True(t, toPrimary[int(at/step)-1], "%s at %s: at %s", how, died, at)
			}
			moved := max(3*time.Minute+s.detection(Fails), died)
			if early := died + 3*StandbyCheck(nil).Interval; moved < early {
				assert.False(t, toPrimary[int(early/step)-1], "%s at %s: it may be back in a moment", how, died)
			}
		}
	}
}

func TestAFloodOfTheStandbyMovesNobody(t *testing.T) {
	for _, how := range []FailureMode{Fails, Hangs} {
		s := lost(time.Minute, how)
		for second, primary := range answers(t, s) {
			switch at := time.Duration(second+1) * step; {
			case at > s.Secondary[0] && at < s.Primary[0]: // new checks have settled
				assert.True(t, primary, "%s: at %s", how, at)
			case at > s.Primary[0]+s.detection(Fails):
				assert.False(t, primary, "%s: at %s", how, at)
			}
		}
	}
}

// TestOtherChecksOfTheStandbyBreakAPromise shows that the promises hold because of
// the check that only connects.
func TestOtherChecksOfTheStandbyBreakAPromise(t *testing.T) {
	for name, test := range map[string]struct {
		alter func(checks []Check, records []Record)
		how   FailureMode
		want  string
	}{
		"none":               {func(_ []Check, records []Record) { records[1].Check = "" }, Refuses, "the standby is answered and has accepted no connection"},
		"one that is slower": {func(checks []Check, _ []Record) { checks[3].Threshold = 5 }, Refuses, "the standby is answered and has accepted no connection"},
		"one that reads the answers of the standby": {func(checks []Check, records []Record) {
			checks[3].ID, records[1].Check = "answers", "answers"
		}, Fails, "the primary is answered and has been down"},
	} {
		s := lost(3*time.Minute, test.how)
		checks, records := pairOf(s)
		test.alter(checks, records)
		engine, err := New(checks, records, s.Aggregation)
		require.NoError(t, err)
		require.ErrorContains(t, s.runWith(engine, func(bool) {}), test.want, name)
	}
}
