package regionpair_test

import (
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2/assertions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awswafv2"
	"github.com/aws/jsii-runtime-go"
	"github.com/stretchr/testify/require"

	regionpair "github.com/regionpair/regionpair/constructs"
)

func newWebAcl(t *testing.T, change ...func(*regionpair.WebAclProps)) regionpair.WebAcl {
	t.Helper()
	stack := newStack(t)
	unit := operatedUnit(t, stack)
	props := &regionpair.WebAclProps{Pair: newPair(), Stage: unit.Api().RestApi().DeploymentStage(), LogEncryptionKey: unit.LogKey()}
	for _, f := range change {
		f(props)
	}
	return regionpair.NewWebAcl(stack, jsii.String("Waf"), props)
}

// rulesOf returns the rules of the web ACL in their order.
func rulesOf(t *testing.T, acl regionpair.WebAcl) []map[string]any {
	t.Helper()
	rules := []map[string]any{}
	for _, resource := range *templateOf(acl).FindResources(jsii.String("AWS::WAFv2::WebACL"), nil) {
		for _, rule := range (*resource)["Properties"].(map[string]any)["Rules"].([]any) {
			rules = append(rules, rule.(map[string]any))
		}
	}
	return rules
}

// counted are the rules of the core rule set that only count.
func counted(t *testing.T, acl regionpair.WebAcl) []string {
	t.Helper()
	group := rulesOf(t, acl)[1]["Statement"].(map[string]any)["ManagedRuleGroupStatement"].(map[string]any)
	require.Equal(t, "AWSManagedRulesCommonRuleSet", group["Name"])
	names := []string{}
	for _, rule := range group["RuleActionOverrides"].([]any) {
		require.Equal(t, map[string]any{"Count": map[string]any{}}, rule.(map[string]any)["ActionToUse"])
		names = append(names, rule.(map[string]any)["Name"].(string))
	}
	return names
}

func TestWebAclLimitsRatesThenAppliesManagedRules(t *testing.T) {
	rules := rulesOf(t, newWebAcl(t, func(p *regionpair.WebAclProps) { p.RateLimit = 500 }))
	require.Len(t, rules, 3)
	require.Equal(t, map[string]any{"Block": map[string]any{}}, rules[0]["Action"])
	rate := rules[0]["Statement"].(map[string]any)["RateBasedStatement"].(map[string]any)
	require.Equal(t, map[string]any{"AggregateKeyType": "IP", "EvaluationWindowSec": 300.0, "Limit": 500.0}, rate)
	for i, group := range []string{"AWSManagedRulesCommonRuleSet", "AWSManagedRulesKnownBadInputsRuleSet"} {
		statement := rules[i+1]["Statement"].(map[string]any)["ManagedRuleGroupStatement"].(map[string]any)
		require.Equal(t, group, statement["Name"])
		// Count here would switch the whole group off.
		require.Equal(t, map[string]any{"None": map[string]any{}}, rules[i+1]["OverrideAction"])
		require.Less(t, rules[i]["Priority"], rules[i+1]["Priority"])
	}
}

// AWS WAF ignores an override with a wrong name without a word.
func TestWebAclLetsObjectsThroughWhateverTheyHold(t *testing.T) {
	require.ElementsMatch(t, []string{
		"SizeRestrictions_BODY", "NoUserAgent_HEADER", "SizeRestrictions_URIPATH", "RestrictedExtensions_URIPATH",
		"RestrictedExtensions_QUERYARGUMENTS", "EC2MetaDataSSRF_BODY", "GenericLFI_BODY", "GenericRFI_BODY", "CrossSiteScripting_BODY",
	}, counted(t, newWebAcl(t)))
	require.ElementsMatch(t, []string{"SizeRestrictions_BODY", "NoUserAgent_HEADER"},
		counted(t, newWebAcl(t, func(p *regionpair.WebAclProps) { p.OpaqueContent = jsii.Bool(false) })))
}

func TestWebAclStandsBeforeTheStageOfTheApiAndNotBeforeTheHealthApi(t *testing.T) {
	template := templateOf(newWebAcl(t))
	template.ResourceCountIs(jsii.String("AWS::WAFv2::WebACLAssociation"), jsii.Number(1))
	template.HasResourceProperties(jsii.String("AWS::WAFv2::WebACLAssociation"), map[string]any{
		"WebACLArn": map[string]any{"Fn::GetAtt": []any{assertions.Match_StringLikeRegexp(jsii.String("WafWebAcl.*")), "Arn"}},
		// Both are references, so that the stage is there first.
		"ResourceArn": map[string]any{"Fn::Join": []any{"", []any{
			"arn:", map[string]any{"Ref": "AWS::Partition"}, ":apigateway:" + testRegion + "::/restapis/",
			map[string]any{"Ref": assertions.Match_StringLikeRegexp(jsii.String("^UnitApi[0-9A-F]+$"))}, "/stages/",
			map[string]any{"Ref": assertions.Match_StringLikeRegexp(jsii.String("UnitApiDeploymentStagelive.*"))},
		}}},
	})
	template.HasResourceProperties(jsii.String("AWS::WAFv2::WebACL"), map[string]any{"Scope": "REGIONAL"})
}

func TestWebAclLogIsNamedAsWafDemandsEncryptedAndKept(t *testing.T) {
	template := templateOf(newWebAcl(t, func(p *regionpair.WebAclProps) {
		p.Pair = newPair(func(p *regionpair.PairProps) { p.LogRetention = awslogs.RetentionDays_SIX_MONTHS })
	}))
	// The id makes the name free again when the web ACL is removed and added anew.
	id := map[string]any{"Fn::GetAtt": []any{assertions.Match_StringLikeRegexp(jsii.String("WafWebAcl.*")), "Id"}}
	template.HasResource(jsii.String("AWS::Logs::LogGroup"), map[string]any{
		"DeletionPolicy": "RetainExceptOnCreate",
		"Properties": map[string]any{
			"LogGroupName":    map[string]any{"Fn::Join": []any{"", []any{"aws-waf-logs-orders-", id}}},
			"RetentionInDays": 180,
			"KmsKeyId":        map[string]any{"Fn::GetAtt": []any{assertions.Match_StringLikeRegexp(jsii.String("UnitLogKey.*")), "Arn"}},
		},
	})
	template.HasResource(jsii.String("AWS::WAFv2::LoggingConfiguration"), map[string]any{
		"DependsOn": []any{assertions.Match_StringLikeRegexp(jsii.String("WafLog.*"))},
		"Properties": assertions.Match_ObjectLike(&map[string]any{
			// AWS WAF refuses the ":*" at the end of a log group's own ARN.
			"LogDestinationConfigs": []any{map[string]any{"Fn::Join": []any{"", []any{
				"arn:", map[string]any{"Ref": "AWS::Partition"}, ":logs:" + testRegion + ":" + testAccount + ":log-group:aws-waf-logs-orders-", id,
			}}}},
		}),
	})
}

func TestWebAclLogNameIsPrefixedOnce(t *testing.T) {
	for _, name := range []string{"mine", "aws-waf-logs-mine"} {
		template := templateOf(newWebAcl(t, func(p *regionpair.WebAclProps) { p.LogName = name }))
		template.HasResourceProperties(jsii.String("AWS::Logs::LogGroup"), map[string]any{"LogGroupName": "aws-waf-logs-mine"})
	}
}

// The log's redaction leaves the sampled requests as they are.
func TestWebAclKeepsTokensNeitherInLogsNorInSamples(t *testing.T) {
	template := templateOf(newWebAcl(t))
	template.HasResourceProperties(jsii.String("AWS::WAFv2::LoggingConfiguration"), map[string]any{
		"RedactedFields": []any{
			map[string]any{"SingleHeader": map[string]any{"Name": "authorization"}},
			map[string]any{"QueryString": map[string]any{}},
		},
	})
	template.HasResourceProperties(jsii.String("AWS::WAFv2::WebACL"), map[string]any{
		"DataProtectionConfig": map[string]any{"DataProtections": []any{
			map[string]any{"Action": "SUBSTITUTION", "Field": map[string]any{"FieldType": "SINGLE_HEADER", "FieldKeys": []any{"authorization"}}},
			map[string]any{"Action": "SUBSTITUTION", "Field": map[string]any{"FieldType": "QUERY_STRING"}},
		}},
	})
}

func TestWebAclTakesRulesOfYourOwn(t *testing.T) {
	extra := func(priority float64) func(*regionpair.WebAclProps) {
		return func(p *regionpair.WebAclProps) {
			p.ExtraRules = []*awswafv2.CfnWebACL_RuleProperty{{
				Name: jsii.String("mine"), Priority: &priority,
				Action: &awswafv2.CfnWebACL_RuleActionProperty{Count: map[string]any{}},
				Statement: &awswafv2.CfnWebACL_StatementProperty{
					GeoMatchStatement: &awswafv2.CfnWebACL_GeoMatchStatementProperty{CountryCodes: jsii.Strings("DE")},
				},
				VisibilityConfig: &awswafv2.CfnWebACL_VisibilityConfigProperty{
					CloudWatchMetricsEnabled: jsii.Bool(true), SampledRequestsEnabled: jsii.Bool(false), MetricName: jsii.String("mine"),
				},
			}}
		}
	}
	rules := rulesOf(t, newWebAcl(t, extra(100)))
	require.Equal(t, "mine", rules[3]["Name"])
	require.PanicsWithValue(t, "regionpair: WebAcl 'ExtraRules' must have priorities from 100, got 10 for 'mine'", func() { newWebAcl(t, extra(10)) })
}

func TestWebAclFailsWithARateThatWafRefuses(t *testing.T) {
	require.PanicsWithValue(t, "regionpair: WebAcl 'RateLimit' must be from 10 to 2000000000 requests in five minutes, got 5", func() {
		newWebAcl(t, func(p *regionpair.WebAclProps) { p.RateLimit = 5 })
	})
}

func TestWebAclCanBeUsedAsScopeTaggedAndDependedOn(t *testing.T) {
	mustBehaveLikeAConstruct(t, newWebAcl(t))
}
