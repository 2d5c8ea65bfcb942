package regionpair

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatchactions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/constructs-go/constructs/v10"
)

// alarmSpec is one alarm with its defaults.
type alarmSpec struct {
	id          string
	name        string
	description string
	// metric for the period that was chosen.
	metric func(period awscdk.Duration) awscloudwatch.IMetric
	// below alarms under the threshold, otherwise at the threshold and above.
	below     bool
	threshold float64
	missing   awscloudwatch.TreatMissingData
	// tellsSilence tells the topic also when there is no data.
	tellsSilence bool
	// kind is the key of the tuning.
	kind   AlarmKind
	tuning AlarmTuning
	// essential alarms are there when others are left out.
	essential bool
}

// alarmMaker shares among the alarms of one construct what is the same for
// them: each new object is a question to CDK's process.
type alarmMaker struct {
	scope  constructs.Construct
	action awscloudwatchactions.SnsAction
}

// create defines the alarm, or nothing when it is disabled. Every alarm tells
// the topic both when it goes off and when it is over.
func (m *alarmMaker) create(s alarmSpec) awscloudwatch.Alarm {
	tuning := s.tuning
	if tuning.Disabled {
		return nil
	}
	window := alarmWindows[s.kind]
	period := minutes(m.scope, float64(window.minutes))
	if tuning.Period != nil {
		period = tuning.Period
	}
	comparison := awscloudwatch.ComparisonOperator_GREATER_THAN_OR_EQUAL_TO_THRESHOLD
	if s.below {
		comparison = awscloudwatch.ComparisonOperator_LESS_THAN_THRESHOLD
	}
	alarm := awscloudwatch.NewAlarm(m.scope, &s.id, &awscloudwatch.AlarmProps{
		AlarmName:          &s.name,
		AlarmDescription:   &s.description,
		Metric:             s.metric(period),
		Threshold:          s.limit(),
		ComparisonOperator: comparison,
		EvaluationPeriods:  number(window.evaluationPeriods(tuning)),
		DatapointsToAlarm:  number(window.datapointsToAlarm(tuning)),
		TreatMissingData:   s.missing,
	})
	alarm.AddAlarmAction(m.action)
	alarm.AddOkAction(m.action)
	if s.tellsSilence {
		alarm.AddInsufficientDataAction(m.action)
	}
	return alarm
}

func (s alarmSpec) limit() *float64 {
	if s.tuning.Threshold != nil {
		return s.tuning.Threshold
	}
	return &s.threshold
}

// createAlarms defines those that are wanted; what is tuned is wanted.
func createAlarms(scope constructs.Construct, topic awssns.ITopic, tunings map[AlarmKind]AlarmTuning, essentialOnly bool, specs []alarmSpec) []awscloudwatch.Alarm {
	maker := &alarmMaker{scope, awscloudwatchactions.NewSnsAction(topic)}
	alarms := []awscloudwatch.Alarm{}
	for _, spec := range specs {
		tuning, tuned := tunings[spec.kind]
		if essentialOnly && !spec.essential && !tuned {
			continue
		}
		spec.tuning = tuning
		if alarm := maker.create(spec); alarm != nil {
			alarms = append(alarms, alarm)
		}
	}
	return alarms
}

// mustBeInRegionOf refuses what CloudWatch would accept and never do: an alarm
// reads the metrics of its own Region, and tells topics of its own Region.
func mustBeInRegionOf(construct string, scope constructs.Construct, property, region string) {
	own := regionOf(scope)
	if isToken(own) || isToken(region) || own == region {
		return
	}
	misuse("%s '%s' must be in the stack's own Region '%s', got '%s'", construct, property, own, region)
}
