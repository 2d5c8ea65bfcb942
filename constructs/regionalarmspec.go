package regionpair

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatchactions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// AlarmTuning changes one alarm. What is nil stays as the alarm has it.
type AlarmTuning struct {
	// Threshold in the alarm's own unit.
	// Default: the alarm's.
	Threshold *float64
	// Period over which the metric is aggregated.
	// Default: the alarm's.
	Period awscdk.Duration
	// EvaluationPeriods that are looked at.
	// Default: the alarm's.
	EvaluationPeriods *float64
	// DatapointsToAlarm among the periods that are looked at.
	// Default: the alarm's, or EvaluationPeriods when that is given.
	DatapointsToAlarm *float64
	// Disabled leaves the alarm out.
	// Default: false.
	Disabled *bool
}

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
	minutes   float64
	// datapoints of the periods must breach.
	periods, datapoints float64
	missing             awscloudwatch.TreatMissingData
	// tellsSilence tells the topic also when there is no data.
	tellsSilence bool
	// lowSamples says what a percentile of few values does.
	lowSamples *string
	tuning     *AlarmTuning
	// essential alarms are there when others are left out.
	essential bool
}

// alarmMaker shares among the alarms of one construct what is the same for
// them: each new object is a question to CDK's process.
type alarmMaker struct {
	scope   constructs.Construct
	action  awscloudwatchactions.SnsAction
	periods map[float64]awscdk.Duration
}

func (m *alarmMaker) period(minutes float64) awscdk.Duration {
	if m.periods[minutes] == nil {
		m.periods[minutes] = awscdk.Duration_Minutes(&minutes)
	}
	return m.periods[minutes]
}

// create defines the alarm, or nothing when it is disabled. Every alarm tells
// the topic both when it goes off and when it is over.
func (m *alarmMaker) create(s alarmSpec) awscloudwatch.Alarm {
	tuning := AlarmTuning{}
	if s.tuning != nil {
		tuning = *s.tuning
	}
	if isTrue(tuning.Disabled) {
		return nil
	}
	period, minutes := m.period(s.minutes), s.minutes
	if tuning.Period != nil {
		period = tuning.Period
		minutes = *period.ToMinutes(&awscdk.TimeConversionOptions{Integral: jsii.Bool(false)})
	}
	s.mustBeAccepted(tuning, minutes)
	comparison := awscloudwatch.ComparisonOperator_GREATER_THAN_OR_EQUAL_TO_THRESHOLD
	if s.below {
		comparison = awscloudwatch.ComparisonOperator_LESS_THAN_THRESHOLD
	}
	alarm := awscloudwatch.NewAlarm(m.scope, &s.id, &awscloudwatch.AlarmProps{
		AlarmName:                        &s.name,
		AlarmDescription:                 &s.description,
		Metric:                           s.metric(period),
		Threshold:                        orNumber(tuning.Threshold, s.threshold),
		ComparisonOperator:               comparison,
		EvaluationPeriods:                orNumber(tuning.EvaluationPeriods, s.periods),
		DatapointsToAlarm:                s.datapointsToAlarm(tuning),
		EvaluateLowSampleCountPercentile: s.lowSamples,
		TreatMissingData:                 s.missing,
	})
	alarm.AddAlarmAction(m.action)
	alarm.AddOkAction(m.action)
	if s.tellsSilence {
		alarm.AddInsufficientDataAction(m.action)
	}
	return alarm
}

// mustBeAccepted refuses what CloudWatch would refuse at deployment.
func (s alarmSpec) mustBeAccepted(tuning AlarmTuning, minutes float64) {
	periods, datapoints := *orNumber(tuning.EvaluationPeriods, s.periods), *s.datapointsToAlarm(tuning)
	if datapoints > periods {
		misuse("the alarm '%s' looks at %v periods, and 'DatapointsToAlarm' must be at most that, got %v", s.name, periods, datapoints)
	}
	const day = 24 * 60
	limit := float64(day)
	if minutes >= 60 {
		limit = 7 * day
	}
	if minutes*periods > limit {
		misuse("the alarm '%s' must not look back more than %v minutes with periods of %v minutes, got %v 'EvaluationPeriods': CloudWatch allows a day, or 7 days with periods from an hour",
			s.name, limit, minutes, periods)
	}
}

// datapointsToAlarm never asks for more datapoints than there are periods.
func (s alarmSpec) datapointsToAlarm(tuning AlarmTuning) *float64 {
	if tuning.DatapointsToAlarm != nil {
		return tuning.DatapointsToAlarm
	}
	return orNumber(tuning.EvaluationPeriods, s.datapoints)
}

func createAlarms(scope constructs.Construct, topic awssns.ITopic, specs []alarmSpec) []awscloudwatch.Alarm {
	maker := &alarmMaker{scope, awscloudwatchactions.NewSnsAction(topic), map[float64]awscdk.Duration{}}
	alarms := []awscloudwatch.Alarm{}
	for _, spec := range specs {
		if alarm := maker.create(spec); alarm != nil {
			alarms = append(alarms, alarm)
		}
	}
	return alarms
}

// mustBeInRegionOf refuses what CloudWatch would accept and never do: an alarm
// reads the metrics of its own Region, and tells topics of its own Region.
func mustBeInRegionOf(construct string, scope constructs.Construct, property string, region *string) {
	own := awscdk.Stack_Of(scope).Region()
	if *awscdk.Token_IsUnresolved(own) || *awscdk.Token_IsUnresolved(region) || *own == *region {
		return
	}
	misuse("%s '%s' must be in the stack's own Region '%s', got '%s'", construct, property, *own, *region)
}

// metricOf names one CloudWatch metric and how to aggregate it.
type metricOf struct {
	namespace  string
	name       string
	dimensions map[string]*string
	statistic  string
	label      string
	// region, when it may not be the stack's own.
	region *string
}

func (m metricOf) over(period awscdk.Duration) awscloudwatch.IMetric {
	props := &awscloudwatch.MetricProps{
		Namespace:  &m.namespace,
		MetricName: &m.name,
		Statistic:  &m.statistic,
		Period:     period,
		Region:     m.region,
	}
	if len(m.dimensions) > 0 {
		props.DimensionsMap = &m.dimensions
	}
	if m.label != "" {
		props.Label = &m.label
	}
	return awscloudwatch.NewMetric(props)
}

// expressionOf computes one metric from others.
type expressionOf struct {
	expression string
	label      string
	metrics    map[string]metricOf
}

func (e expressionOf) over(period awscdk.Duration) awscloudwatch.IMetric {
	using := map[string]awscloudwatch.IMetric{}
	for id, metric := range e.metrics {
		using[id] = metric.over(period)
	}
	return awscloudwatch.NewMathExpression(&awscloudwatch.MathExpressionProps{
		Expression:   &e.expression,
		Label:        &e.label,
		UsingMetrics: &using,
		Period:       period,
	})
}

// apiMetric of a regional API. Name and stage are literal, so that another
// stack can show the metric without asking for anything.
func apiMetric(api RegionalApi, name, statistic string) metricOf {
	return metricOf{
		namespace:  "AWS/ApiGateway",
		name:       name,
		statistic:  statistic,
		dimensions: map[string]*string{"ApiName": api.RestApi().RestApiName(), "Stage": jsii.String(StageName)},
	}
}

// replicationMetric of the rule that copies one bucket into another. S3
// publishes what waits in the destination's Region, and what failed in the
// source's.
func replicationMetric(name, statistic, source, destination, ruleID string) metricOf {
	return metricOf{
		namespace: "AWS/S3",
		name:      name,
		statistic: statistic,
		dimensions: map[string]*string{
			"SourceBucket": &source, "DestinationBucket": &destination, "RuleId": &ruleID,
		},
	}
}

func lambdaMetric(name, statistic string, function awslambda.IFunction) metricOf {
	metric := metricOf{namespace: "AWS/Lambda", name: name, statistic: statistic}
	if function != nil {
		metric.dimensions = functionDimensions(function)
	}
	return metric
}

// functionDimensions are those that CDK's own metrics have: Lambda publishes
// what a version or an alias does under the function's name and the qualified one.
func functionDimensions(function awslambda.IFunction) map[string]*string {
	switch qualified := function.(type) {
	case awslambda.Alias:
		return map[string]*string{"FunctionName": qualified.Lambda().FunctionName(), "Resource": jsii.String(*qualified.Lambda().FunctionName() + ":" + *qualified.AliasName())}
	case awslambda.Version:
		return map[string]*string{"FunctionName": qualified.Lambda().FunctionName(), "Resource": jsii.String(*qualified.Lambda().FunctionName() + ":" + *qualified.Version())}
	}
	return map[string]*string{"FunctionName": function.FunctionName()}
}

// defaultRuleID is the id that BucketReplicationPair gives its rules.
func defaultRuleID(id *string) string {
	if id == nil {
		return *(&bucketReplicationPair{}).RuleId()
	}
	return *id
}
