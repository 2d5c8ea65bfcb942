package regionpair_test

import (
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/assertions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/jsii-runtime-go"
	"github.com/stretchr/testify/assert"

	regionpair "github.com/regionpair/regionpair/constructs"
)

func newHealth(stack awscdk.Stack, change func(*regionpair.HealthEndpointProps)) regionpair.HealthEndpoint {
	props := &regionpair.HealthEndpointProps{Pair: newPair()}
	change(props)
	return regionpair.NewHealthEndpoint(stack, jsii.String("Health"), props)
}

func TestHealthEndpointAsksProbesOfItsUser(t *testing.T) {
	stack := newStack(t)
	ledger := newHandler(stack)
	template := templateOf(newHealth(stack, func(p *regionpair.HealthEndpointProps) {
		p.Probes = map[string]awslambda.IFunction{"ledger": ledger}
	}))
	template.HasResourceProperties(jsii.String("AWS::Lambda::Function"), map[string]any{
		"Environment": map[string]any{"Variables": assertions.Match_ObjectLike(&map[string]any{"HEALTH_PROBES": assertions.Match_AnyValue()})},
	})
	template.HasResourceProperties(jsii.String("AWS::IAM::Policy"), map[string]any{"PolicyDocument": assertions.Match_ObjectLike(&map[string]any{
		"Statement": assertions.Match_ArrayWith(&[]any{assertions.Match_ObjectLike(&map[string]any{
			"Action": "lambda:InvokeFunction", "Resource": stack.Resolve(ledger.FunctionArn()),
		})}),
	})})
}

// A list that refuses what it does not know would turn a Region red on the day
// Route 53 checks from a new network: others are rationed together, never shut out.
func TestHealthEndpointRationsOtherNetworksAndRefusesNone(t *testing.T) {
	template := templateOf(newHealth(newStack(t), func(p *regionpair.HealthEndpointProps) {
		p.PreferredNetworks = []string{"15.177.0.0/18", "2600:1f00::/24"}
	}))
	template.ResourceCountIs(jsii.String("AWS::WAFv2::IPSet"), jsii.Number(2))
	template.HasResourceProperties(jsii.String("AWS::WAFv2::WebACL"), map[string]any{
		"DefaultAction": map[string]any{"Allow": map[string]any{}},
		"Rules": []any{assertions.Match_ObjectLike(&map[string]any{
			"Statement": map[string]any{"RateBasedStatement": assertions.Match_ObjectLike(&map[string]any{"AggregateKeyType": "CONSTANT", "Limit": 600})},
		})},
	})
	template.ResourceCountIs(jsii.String("AWS::WAFv2::WebACLAssociation"), jsii.Number(1))
}

// Checkers ask millions of times a month: nothing is billed for each request but
// the request.
func TestHealthEndpointHasNoAccessLogAndNoMetricsOfMethods(t *testing.T) {
	template := templateOf(newHealth(newStack(t), func(*regionpair.HealthEndpointProps) {}))
	quiet := assertions.Match_ObjectLike(&map[string]any{"MetricsEnabled": false, "LoggingLevel": "ERROR"})
	template.HasResourceProperties(jsii.String("AWS::ApiGateway::Stage"), map[string]any{
		"AccessLogSetting": assertions.Match_Absent(), "MethodSettings": []any{quiet, quiet, quiet},
	})
}

func TestHealthEndpointRefusesWhatCannotWork(t *testing.T) {
	for name, test := range map[string]struct {
		change func(awscdk.Stack, *regionpair.HealthEndpointProps)
		want   string
	}{
		"a probe named as a check of ours": {func(s awscdk.Stack, p *regionpair.HealthEndpointProps) {
			p.Probes = map[string]awslambda.IFunction{"tokens": newHandler(s)}
		}, "other than its own checks, got 'tokens'"},
		"a probe whose name no metric takes": {func(s awscdk.Stack, p *regionpair.HealthEndpointProps) {
			p.Probes = map[string]awslambda.IFunction{"My Table": newHandler(s)}
		}, "got 'My Table'"},
		"a probe that is missing": {func(_ awscdk.Stack, p *regionpair.HealthEndpointProps) {
			p.Probes = map[string]awslambda.IFunction{"ledger": nil}
		}, "probe 'ledger' needs a function"},
		"a network that is none": {func(_ awscdk.Stack, p *regionpair.HealthEndpointProps) {
			p.PreferredNetworks = []string{"everywhere"}
		}, "\"everywhere\" is not a network"},
		"a network without a checker": {func(_ awscdk.Stack, p *regionpair.HealthEndpointProps) {
			p.PreferredNetworks = []string{"10.0.0.0/8"}
		}, "10.0.0.0/8"},
		"every network": {func(_ awscdk.Stack, p *regionpair.HealthEndpointProps) {
			p.PreferredNetworks = []string{"::/0"}
		}, "\"::/0\" has every address, which AWS WAF does not take"},
	} {
		t.Run(name, func(t *testing.T) {
			stack := newStack(t)
			defer func() {
				reason, _ := recover().(string)
				assert.Contains(t, reason, "regionpair: HealthEndpoint")
				assert.Contains(t, reason, test.want)
			}()
			newHealth(stack, func(p *regionpair.HealthEndpointProps) { test.change(stack, p) })
			assert.Fail(t, "accepted")
		})
	}
}
