package regionpair_test

import (
	"encoding/json"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/assertions"
	"github.com/aws/jsii-runtime-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	regionpair "github.com/regionpair/regionpair/constructs"
)

func newGuard(t *testing.T, change func(*regionpair.FailbackGuardProps)) regionpair.FailbackGuard {
	t.Helper()
	stack := newStackIn(newApp(t), "Test", peerRegion)
	props := &regionpair.FailbackGuardProps{Health: newHealth(stack, func(*regionpair.HealthEndpointProps) {})}
	change(props)
	return regionpair.NewFailbackGuard(stack, jsii.String("Guard"), props)
}

// Without a bucket there is nothing to replicate, and nothing that the guard may
// do with one.
func TestFailbackGuardLooksEveryMinuteAndMayDoLittle(t *testing.T) {
	template := templateOf(newGuard(t, func(*regionpair.FailbackGuardProps) {}))
	template.HasResourceProperties(jsii.String("AWS::Events::Rule"), map[string]any{"ScheduleExpression": "rate(1 minute)", "State": "ENABLED"})
	template.HasResourceProperties(jsii.String("AWS::Lambda::Function"), map[string]any{
		"Timeout": 58,
		"Environment": map[string]any{"Variables": assertions.Match_ObjectLike(&map[string]any{
			"FAILBACK_MODE": "guarded", "STABLE_MINUTES": "3", "PRIMARY_REGION": "eu-west-1", "MUTUAL_TLS": "false", "BUCKET_NAME": assertions.Match_Absent(),
		})},
	})
	template.HasResourceProperties(jsii.String("AWS::SSM::Parameter"), map[string]any{"Name": "/orders/failover/guard", "Value": "{}"})
	text, err := json.Marshal(template.ToJSON())
	require.NoError(t, err)
	assert.Contains(t, string(text), "ssm:eu-west-1:"+testAccount+":parameter/orders/failover/hold")
	assert.NotContains(t, string(text), "s3:PutObject")
	assert.NotContains(t, string(text), "kms:")
}

func TestFailbackGuardReadsTheTrafficOfTheOtherRegionOnlyWhenItIsTold(t *testing.T) {
	without := templateOf(newGuard(t, func(*regionpair.FailbackGuardProps) {}))
	text, err := json.Marshal(without.ToJSON())
	require.NoError(t, err)
	assert.NotContains(t, string(text), "cloudwatch:GetMetricData")
	assert.NotContains(t, string(text), "PRIMARY_API")
	const fence = "ssm:eu-west-1:" + testAccount + ":parameter/orders/failover/fence"
	assert.NotContains(t, string(text), fence)

	template := templateOf(newGuard(t, func(p *regionpair.FailbackGuardProps) {
		p.GrayFailure = &regionpair.GrayFailure{P99: awscdk.Duration_Seconds(jsii.Number(2.5)), ApiName: "theirs"}
	}))
	template.HasResourceProperties(jsii.String("AWS::Lambda::Function"), map[string]any{"Environment": map[string]any{"Variables": assertions.Match_ObjectLike(&map[string]any{
		"PRIMARY_API": "theirs", "PRIMARY_STAGE": "live", "GRAY_ERROR_PERCENT": "20", "GRAY_P99_MILLISECONDS": "2500", "GRAY_MIN_REQUESTS": "100",
	})}})
	template.HasResourceProperties(jsii.String("AWS::IAM::Policy"), map[string]any{"PolicyDocument": assertions.Match_ObjectLike(&map[string]any{
		"Statement": assertions.Match_ArrayWith(&[]any{map[string]any{
			"Action": "cloudwatch:GetMetricData", "Effect": "Allow", "Resource": "*",
			"Condition": map[string]any{"StringEquals": map[string]any{"aws:RequestedRegion": "eu-west-1"}},
		}}),
	})})
	text, err = json.Marshal(template.ToJSON())
	require.NoError(t, err)
	assert.Contains(t, string(text), fence)
}

func TestFailbackGuardRefusesWhatCannotWork(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*regionpair.FailbackGuardProps)
		want   string
	}{
		"no guard":  {func(p *regionpair.FailbackGuardProps) { p.Mode = regionpair.FailbackAuto }, "'Mode' must be 'guarded' or 'manual', got 'auto'"},
		"no time":   {func(p *regionpair.FailbackGuardProps) { p.StableFor = awscdk.Duration_Seconds(jsii.Number(30)) }, "'StableFor' must be 1 minute to 1 day"},
		"no Health": {func(p *regionpair.FailbackGuardProps) { p.Health = nil }, "'Health'"},
		"no error":  {func(p *regionpair.FailbackGuardProps) { p.GrayFailure = &regionpair.GrayFailure{ErrorPercent: 101} }, "'GrayFailure.ErrorPercent' must be from 1 to 100, got 101"},
		"no latency": {func(p *regionpair.FailbackGuardProps) {
			p.GrayFailure = &regionpair.GrayFailure{P99: awscdk.Duration_Seconds(jsii.Number(30))}
		}, "'GrayFailure.P99' must be 100 milliseconds to 29 seconds"},
		"no place": {func(p *regionpair.FailbackGuardProps) {
			p.Health = newHealth(newStack(t), func(p *regionpair.HealthEndpointProps) {
				p.Pair = newPair(func(p *regionpair.PairProps) { p.PrimaryRegion, p.SecondaryRegion = peerRegion, testRegion })
			})
		}, "needs a stack in the pair's secondary Region 'eu-west-1'"},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Contains(t, refusal(func() { newGuard(t, test.change) }), test.want)
		})
	}
}
