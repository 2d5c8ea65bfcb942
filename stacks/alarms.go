package stacks

import (
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"github.com/regionpair/regionpair/config"
	regionpair "github.com/regionpair/regionpair/constructs"
)

// tuning of those alarms that are among the kinds.
func tuning(c config.Config, kinds []regionpair.AlarmKind) map[regionpair.AlarmKind]regionpair.AlarmTuning {
	tunings := map[regionpair.AlarmKind]regionpair.AlarmTuning{}
	for name, t := range c.Alarms.Tuning {
		kind := regionpair.AlarmKind(name)
		if !slices.Contains(kinds, kind) {
			continue
		}
		tuned := regionpair.AlarmTuning{
			EvaluationPeriods: t.EvaluationPeriods,
			DatapointsToAlarm: t.DatapointsToAlarm,
			Disabled:          t.Enabled != nil && !*t.Enabled,
		}
		if t.Threshold != 0 {
			tuned.Threshold = jsii.Number(t.Threshold)
		}
		if t.PeriodMinutes != 0 {
			tuned.Period = awscdk.Duration_Minutes(jsii.Number(t.PeriodMinutes))
		}
		tunings[kind] = tuned
	}
	return tunings
}
