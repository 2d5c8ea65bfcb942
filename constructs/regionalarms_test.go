package regionpair_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/assertions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscertificatemanager"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsroute53"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/jsii-runtime-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	regionpair "github.com/regionpair/regionpair/constructs"
	"github.com/regionpair/regionpair/internal/contract"
)

// operatedUnit is a Region to operate: alarms, queries, web ACL, secrets.
func operatedUnit(t *testing.T, stack awscdk.Stack, change ...func(*regionpair.RegionUnitProps)) regionpair.RegionUnit {
	t.Helper()
	props := &regionpair.RegionUnitProps{
		Pair: newPair(),
		HostedZone: awsroute53.HostedZone_FromHostedZoneAttributes(stack, jsii.String("Zone"), &awsroute53.HostedZoneAttributes{
			HostedZoneId: jsii.String("Z0123456789ABCDEFGHIJ"), ZoneName: jsii.String("example.com"),
		}),
		Clients: []regionpair.MachineClient{{
			Name: "partner", Scopes: []string{"objects/read"}, RotationInterval: awscdk.Duration_Days(jsii.Number(30)),
		}},
	}
	for _, f := range change {
		f(props)
	}
	return regionpair.NewRegionUnit(stack, jsii.String("Unit"), props)
}

func newRegionalAlarms(t *testing.T, unit regionpair.RegionUnit, change ...func(*regionpair.RegionalAlarmsProps)) regionpair.RegionalAlarms {
	t.Helper()
	props := &regionpair.RegionalAlarmsProps{
		Watched: unit.Watched(),
		Topic:   newTopic(t, awscdk.Stack_Of(unit), nil).Topic(),
	}
	for _, f := range change {
		f(props)
	}
	return regionpair.NewRegionalAlarms(awscdk.Stack_Of(unit), jsii.String("Alarms"), props)
}

// alarmsIn returns the properties of the alarms by name.
func alarmsIn(template assertions.Template) map[string]map[string]any {
	alarms := map[string]map[string]any{}
	for _, resource := range *template.FindResources(jsii.String("AWS::CloudWatch::Alarm"), nil) {
		properties := (*resource)["Properties"].(map[string]any)
		alarms[properties["AlarmName"].(string)] = properties
	}
	return alarms
}

func regionalAlarmsOf(t *testing.T, change ...func(*regionpair.RegionalAlarmsProps)) map[string]map[string]any {
	t.Helper()
	return alarmsIn(templateOf(newRegionalAlarms(t, operatedUnit(t, newStack(t)), change...)))
}

func TestRegionalAlarmsAreCompleteWithThresholdPeriodAndMissingData(t *testing.T) {
	want := map[string]struct {
		threshold, period, periods, datapoints float64
		missing                                string
	}{
		"server-errors":              {5, 60, 5, 3, "notBreaching"},
		"latency":                    {3000, 60, 5, 3, "notBreaching"},
		"throttles":                  {10, 300, 1, 1, "notBreaching"},
		"denials":                    {100, 300, 1, 1, "notBreaching"},
		"authorizer-failures":        {5, 300, 1, 1, "notBreaching"},
		"errors-handler":             {5, 300, 1, 1, "notBreaching"},
		"errors-token":               {5, 300, 1, 1, "notBreaching"},
		"errors-health":              {5, 300, 1, 1, "notBreaching"},
		"errors-clients-rotation":    {1, 300, 1, 1, "notBreaching"},
		"errors-keyrenewal":          {1, 300, 1, 1, "notBreaching"},
		"throttles-keyrenewal":       {1, 300, 1, 1, "notBreaching"},
		"throttles-handler":          {1, 300, 1, 1, "notBreaching"},
		"throttles-token":            {1, 300, 1, 1, "notBreaching"},
		"throttles-health":           {1, 300, 1, 1, "notBreaching"},
		"throttles-authorizer":       {1, 300, 1, 1, "notBreaching"},
		"throttles-clients-rotation": {1, 300, 1, 1, "notBreaching"},
		"account-concurrency":        {80, 60, 5, 3, "notBreaching"},
		"replication-latency":        {900, 60, 5, 5, "ignore"},
		"replication-backlog":        {1000, 300, 3, 3, "ignore"},
		"replication-failures":       {1, 300, 1, 1, "notBreaching"},
		"certificate-expiry":         {30, 86400, 1, 1, "ignore"},
		"degraded":                   {1, 60, 5, 3, "notBreaching"},
		"token-failures":             {5, 300, 1, 1, "notBreaching"},
		"token-cache-hits":           {50, 3600, 1, 1, "notBreaching"},
	}
	alarms := regionalAlarmsOf(t)
	for what, expected := range want {
		alarm, exists := alarms["orders-primary-"+what]
		if !assert.True(t, exists, what) {
			continue
		}
		assert.EqualValues(t, expected.threshold, alarm["Threshold"], what)
		assert.EqualValues(t, expected.period, periodOf(alarm), what)
		assert.EqualValues(t, expected.periods, alarm["EvaluationPeriods"], what)
		assert.EqualValues(t, expected.datapoints, alarm["DatapointsToAlarm"], what)
		assert.Equal(t, expected.missing, alarm["TreatMissingData"], what)
	}
	assert.Len(t, alarms, len(want))
}

func periodOf(alarm map[string]any) any {
	if alarm["Period"] != nil {
		return alarm["Period"]
	}
	for _, metric := range alarm["Metrics"].([]any) {
		if stat, ok := metric.(map[string]any)["MetricStat"].(map[string]any); ok {
			return stat["Period"]
		}
	}
	return nil
}

func TestEveryRegionalAlarmTellsTheTopicWhenItStartsAndWhenItEnds(t *testing.T) {
	for name, alarm := range regionalAlarmsOf(t) {
		require.Len(t, alarm["AlarmActions"], 1, name)
		require.Equal(t, alarm["AlarmActions"], alarm["OKActions"], name)
		require.Contains(t, text(t, alarm["AlarmActions"]), "AlertsTopic", name)
		require.NotEmpty(t, alarm["AlarmDescription"], name)
	}
}

func TestReplicationIsWatchedInboundForDelayAndOutboundForFailure(t *testing.T) {
	own, peer := "orders-objects-111122223333-eu-west-1", "orders-objects-111122223333-eu-central-1"
	alarms := regionalAlarmsOf(t)
	for what, direction := range map[string][2]string{
		"replication-latency":  {peer, own},
		"replication-backlog":  {peer, own},
		"replication-failures": {own, peer},
	} {
		alarm := alarms["orders-primary-"+what]
		require.Equal(t, "AWS/S3", alarm["Namespace"], what)
		require.ElementsMatch(t, []any{
			map[string]any{"Name": "SourceBucket", "Value": direction[0]},
			map[string]any{"Name": "DestinationBucket", "Value": direction[1]},
			map[string]any{"Name": "RuleId", "Value": "regionpair"},
		}, alarm["Dimensions"], what)
	}
}

// The authorizer refuses a token by returning an error, which Lambda counts.
func TestRefusedTokensAreNoFunctionErrors(t *testing.T) {
	alarms := regionalAlarmsOf(t)
	require.NotContains(t, alarms, "orders-primary-errors-authorizer")
	require.Contains(t, alarms, "orders-primary-authorizer-failures")
}

func TestRatesAndPercentilesNeedEnoughRequests(t *testing.T) {
	alarms := regionalAlarmsOf(t, func(p *regionpair.RegionalAlarmsProps) { p.MinimumRequests = 50 })
	require.Contains(t, text(t, alarms["orders-primary-server-errors"]["Metrics"]), "IF(FILL(requests, 0) \\u003e= 50, 100 * FILL(errors, 0) / requests, 0)")
	latency := text(t, alarms["orders-primary-latency"]["Metrics"])
	require.Contains(t, latency, "IF(FILL(requests, 0) \\u003e= 50, latency, 0)")
	require.Contains(t, latency, `"Stat":"p99"`)
}

func TestApiAlarmsLookAtTheStageThatServes(t *testing.T) {
	metrics := text(t, regionalAlarmsOf(t)["orders-primary-latency"]["Metrics"])
	require.Equal(t, 2, strings.Count(metrics, `"Dimensions":[{"Name":"ApiName","Value":"api.example.com"},{"Name":"Stage","Value":"live"}]`), metrics)
}

func TestAccountConcurrencyIsComparedWithTheAccountsOwnQuota(t *testing.T) {
	metrics := text(t, regionalAlarmsOf(t)["orders-primary-account-concurrency"]["Metrics"])
	require.Contains(t, metrics, "SERVICE_QUOTA(used)")
	require.NotContains(t, metrics, "FunctionName")
}

func TestReservedConcurrencyIsWatchedWhereThereIsSome(t *testing.T) {
	unit := operatedUnit(t, newStack(t), func(p *regionpair.RegionUnitProps) {
		p.HandlerOverrides = &awslambda.FunctionOptions{ReservedConcurrentExecutions: jsii.Number(40)}
	})
	alarms := alarmsIn(templateOf(newRegionalAlarms(t, unit)))
	require.Contains(t, text(t, alarms["orders-primary-concurrency-handler"]["Metrics"]), "100 * used / 40")
	require.NotContains(t, alarms, "orders-primary-concurrency-token")
}

func TestAHandlerFromOutsideTheUnitIsWatchedToo(t *testing.T) {
	stack := newStack(t)
	unit := operatedUnit(t, stack, func(p *regionpair.RegionUnitProps) {
		p.Handler = awslambda.Function_FromFunctionName(stack, jsii.String("Own"), jsii.String("my-function"))
		p.Routes = []regionpair.Route{{Method: "GET", Path: "/orders", Scopes: []string{"objects/read"}}}
	})
	alarm := alarmsIn(templateOf(newRegionalAlarms(t, unit)))["orders-primary-errors-handler"]
	require.Contains(t, text(t, alarm["Dimensions"]), ":function:my-function")
}

func TestAnImportedCertificateIsWatchedToo(t *testing.T) {
	arn := "arn:aws:acm:eu-west-1:111122223333:certificate/12345678-1234-1234-1234-123456789012"
	stack := newStack(t)
	unit := operatedUnit(t, stack, func(p *regionpair.RegionUnitProps) {
		p.Certificate = awscertificatemanager.Certificate_FromCertificateArn(stack, jsii.String("Imported"), &arn)
	})
	alarm := alarmsIn(templateOf(newRegionalAlarms(t, unit)))["orders-primary-certificate-expiry"]
	require.Equal(t, []any{map[string]any{"Name": "CertificateArn", "Value": arn}}, alarm["Dimensions"])
	require.Equal(t, "LessThanThreshold", alarm["ComparisonOperator"])
}

func TestAlarmsCanBeTunedAndLeftOut(t *testing.T) {
	alarms := regionalAlarmsOf(t, func(p *regionpair.RegionalAlarmsProps) {
		p.Tuning = map[regionpair.AlarmKind]regionpair.AlarmTuning{
			regionpair.AlarmLatency:        {Threshold: jsii.Number(800), Period: awscdk.Duration_Minutes(jsii.Number(5)), EvaluationPeriods: 2},
			regionpair.AlarmServerErrors:   {DatapointsToAlarm: 1},
			regionpair.AlarmTokenCacheHits: {Disabled: true},
		}
	})
	latency := alarms["orders-primary-latency"]
	require.EqualValues(t, 800, latency["Threshold"])
	require.Contains(t, text(t, alarms["orders-primary-latency"]["Metrics"]), `"Period":300`)
	require.EqualValues(t, 2, latency["EvaluationPeriods"])
	// Three of two periods would be refused.
	require.EqualValues(t, 2, latency["DatapointsToAlarm"])
	require.EqualValues(t, 1, alarms["orders-primary-server-errors"]["DatapointsToAlarm"])
	require.NotContains(t, alarms, "orders-primary-token-cache-hits")
}

// CloudWatch would refuse these at deployment, after minutes.
func TestTuningFailsWhereCloudWatchWouldRefuseIt(t *testing.T) {
	for _, c := range []struct {
		tuning regionpair.AlarmTuning
		want   string
	}{
		{
			regionpair.AlarmTuning{EvaluationPeriods: 2, DatapointsToAlarm: 3},
			"regionpair: RegionalAlarms 'latency' looks at 2 periods, and 'DatapointsToAlarm' must be at most that, got 3",
		}, {
			regionpair.AlarmTuning{DatapointsToAlarm: 6},
			"regionpair: RegionalAlarms 'latency' looks at 5 periods, and 'DatapointsToAlarm' must be at most that, got 6",
		}, {
			regionpair.AlarmTuning{EvaluationPeriods: 1441},
			"regionpair: RegionalAlarms 'latency' must not look back more than 1 days with periods of 1 minutes, got 1441 'EvaluationPeriods': CloudWatch allows a day, or 7 days with periods from an hour",
		}, {
			regionpair.AlarmTuning{Period: awscdk.Duration_Hours(jsii.Number(24)), EvaluationPeriods: 8},
			"regionpair: RegionalAlarms 'latency' must not look back more than 7 days with periods of 1 days, got 8 'EvaluationPeriods': CloudWatch allows a day, or 7 days with periods from an hour",
		},
	} {
		require.PanicsWithValue(t, c.want, func() {
			regionalAlarmsOf(t, func(p *regionpair.RegionalAlarmsProps) {
				p.Tuning = map[regionpair.AlarmKind]regionpair.AlarmTuning{regionpair.AlarmLatency: c.tuning}
			})
		})
	}
	alarms := regionalAlarmsOf(t, func(p *regionpair.RegionalAlarmsProps) {
		p.Tuning = map[regionpair.AlarmKind]regionpair.AlarmTuning{
			regionpair.AlarmLatency:           {Period: awscdk.Duration_Seconds(jsii.Number(30)), EvaluationPeriods: 2880},
			regionpair.AlarmCertificateExpiry: {EvaluationPeriods: 7},
		}
	})
	require.EqualValues(t, 2880, alarms["orders-primary-latency"]["EvaluationPeriods"])
	require.EqualValues(t, 7, alarms["orders-primary-certificate-expiry"]["EvaluationPeriods"])
}

// The names must be those that the token function writes.
func TestTokenAlarmsLookAtTheMetricsThatTheTokenFunctionWrites(t *testing.T) {
	alarms := regionalAlarmsOf(t)
	names := []string{}
	for _, alarm := range []string{"orders-primary-token-failures", "orders-primary-token-cache-hits"} {
		for _, metric := range alarms[alarm]["Metrics"].([]any) {
			stat, ok := metric.(map[string]any)["MetricStat"].(map[string]any)
			if !ok {
				continue
			}
			described := stat["Metric"].(map[string]any)
			require.Equal(t, contract.MetricNamespace, described["Namespace"])
			dimension := described["Dimensions"].([]any)[0].(map[string]any)
			require.Equal(t, "FunctionName", dimension["Name"])
			require.Contains(t, text(t, dimension["Value"]), "UnitTokenFunction")
			names = append(names, described["MetricName"].(string))
		}
	}
	require.ElementsMatch(t, []string{
		contract.MetricTokenFailures, contract.MetricCognitoFailures, contract.MetricTokenCacheHits, contract.MetricTokenCacheMisses,
	}, names)
}

// A filter on a field that the access log does not have would never match.
func TestCallerAlarmsFilterByFieldsOfTheAccessLog(t *testing.T) {
	template := templateOf(newRegionalAlarms(t, operatedUnit(t, newStack(t))))
	filters := *template.FindResources(jsii.String("AWS::Logs::MetricFilter"), nil)
	require.Len(t, filters, 3)
	template.HasResourceProperties(jsii.String("AWS::ApiGateway::Stage"), map[string]any{
		"AccessLogSetting": map[string]any{"Format": assertions.Match_StringLikeRegexp(
			jsii.String(`"resource":"\$context\.resourcePath".*"status":"\$context\.status".*"error":"\$context\.error\.responseType"`))},
		"TracingEnabled": true,
	})
	for _, filter := range filters {
		properties := (*filter)["Properties"].(map[string]any)
		require.Contains(t, text(t, properties["LogGroupName"]), "UnitApiAccessLog")
		transformation := properties["MetricTransformations"].([]any)[0].(map[string]any)
		require.Equal(t, "regionpair/orders", transformation["MetricNamespace"])
		require.EqualValues(t, 0, transformation["DefaultValue"])
		for _, field := range strings.Split(properties["FilterPattern"].(string), "$.")[1:] {
			name, _, _ := strings.Cut(field, " ")
			require.Contains(t, []string{"error", "resource", "status"}, name)
		}
	}
}

func TestRegionalAlarmsFailWithoutATopicOrInAnotherRegion(t *testing.T) {
	app := newApp(t)
	unit := operatedUnit(t, newStackIn(app, "Primary", testRegion))
	elsewhere := newStackIn(app, "Elsewhere", "us-east-1")
	require.PanicsWithValue(t, "regionpair: RegionalAlarms needs 'Topic'", func() {
		newRegionalAlarms(t, unit, func(p *regionpair.RegionalAlarmsProps) { p.Topic = nil })
	})
	foreign := awssns.NewTopic(elsewhere, jsii.String("Topic"), nil)
	require.PanicsWithValue(t, "regionpair: RegionalAlarms 'Topic' must be in the stack's own Region 'eu-west-1', got 'us-east-1'", func() {
		regionpair.NewRegionalAlarms(awscdk.Stack_Of(unit), jsii.String("Foreign"), &regionpair.RegionalAlarmsProps{
			Watched: unit.Watched(), Topic: foreign,
		})
	})
	require.PanicsWithValue(t, "regionpair: RegionalAlarms 'Watched' must be in the stack's own Region 'us-east-1', got 'eu-west-1'", func() {
		regionpair.NewRegionalAlarms(elsewhere, jsii.String("Alarms"), &regionpair.RegionalAlarmsProps{
			Watched: unit.Watched(), Topic: foreign,
		})
	})
}

func TestRegionalAlarmsCanBeUsedAsScopeTaggedAndDependedOn(t *testing.T) {
	mustBehaveLikeAConstruct(t, newRegionalAlarms(t, operatedUnit(t, newStack(t))))
}
