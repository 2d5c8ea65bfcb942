package regionpair

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/jsii-runtime-go"

	"github.com/regionpair/regionpair/internal/contract"
)

// metricOf names one CloudWatch metric and how to aggregate it.
type metricOf struct {
	namespace  string
	name       string
	dimensions map[string]*string
	statistic  string
	label      string
	// region, when it may not be the stack's own.
	region string
}

func (m metricOf) over(period awscdk.Duration) awscloudwatch.IMetric {
	return awscloudwatch.NewMetric(m.props(period))
}

// with lays the caller's options over the metric's own.
func (m metricOf) with(options *awscloudwatch.MetricOptions, minutes float64) awscloudwatch.Metric {
	props := m.props(awscdk.Duration_Minutes(&minutes))
	copyFields(orNew(options), props)
	return awscloudwatch.NewMetric(props)
}

func (m metricOf) props(period awscdk.Duration) *awscloudwatch.MetricProps {
	props := &awscloudwatch.MetricProps{
		Namespace:  &m.namespace,
		MetricName: &m.name,
		Statistic:  &m.statistic,
		Period:     period,
		Region:     optional(m.region),
		Label:      optional(m.label),
	}
	if len(m.dimensions) > 0 {
		props.DimensionsMap = &m.dimensions
	}
	return props
}

// expressionOf computes one metric from others.
type expressionOf struct {
	expression string
	label      string
	metrics    map[string]metricOf
}

func (e expressionOf) over(period awscdk.Duration) awscloudwatch.IMetric {
	return awscloudwatch.NewMathExpression(e.props(period))
}

// with lays the caller's options over the expression's own.
func (e expressionOf) with(options *awscloudwatch.MathExpressionOptions, minutes float64) awscloudwatch.MathExpression {
	options = orNew(options)
	period := options.Period
	if period == nil {
		period = awscdk.Duration_Minutes(&minutes)
	}
	props := e.props(period)
	copyFields(options, props)
	return awscloudwatch.NewMathExpression(props)
}

func (e expressionOf) props(period awscdk.Duration) *awscloudwatch.MathExpressionProps {
	using := map[string]awscloudwatch.IMetric{}
	for id, metric := range e.metrics {
		using[id] = metric.over(period)
	}
	return &awscloudwatch.MathExpressionProps{
		Expression:   &e.expression,
		Label:        &e.label,
		UsingMetrics: &using,
		Period:       period,
	}
}

// restAPIMetric of a REST API. Name and stage are literal, so that another stack
// can show the metric without asking for anything.
func restAPIMetric(api awsapigateway.IRestApi, stage, name, statistic string) metricOf {
	return metricOf{
		namespace:  "AWS/ApiGateway",
		name:       name,
		statistic:  statistic,
		dimensions: map[string]*string{"ApiName": apiNameOf(api), "Stage": &stage},
	}
}

// replicationMetric of the rule that copies one bucket into another.
func replicationMetric(name, statistic, source, destination string) metricOf {
	return metricOf{
		namespace: "AWS/S3",
		name:      name,
		statistic: statistic,
		dimensions: map[string]*string{
			"SourceBucket": &source, "DestinationBucket": &destination, "RuleId": jsii.String(contract.ReplicationRule),
		},
	}
}

// functionMetric is one that a function of this module counts itself.
func functionMetric(name string, function awslambda.IFunction) metricOf {
	return metricOf{
		namespace: contract.MetricNamespace, name: name, statistic: "Sum",
		dimensions: map[string]*string{"FunctionName": functionNameOf(function)},
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
	return map[string]*string{"FunctionName": functionNameOf(function)}
}
