package regionpair

import (
	"net/netip"

	"github.com/aws/aws-cdk-go/awscdk/v2/awswafv2"
	"github.com/aws/jsii-runtime-go"
)

const (
	// othersPerMinute is what all networks without a preference have together: a
	// few times what Route 53's checkers of both endpoints need, should the list
	// know none of them any more.
	othersPerMinute = 600
	othersWindow    = 60 // seconds
)

// preferNetworks rations what comes from all other networks. A list that
// refused them would turn a Region red on the day Route 53 checks from a new one.
func (h *healthEndpoint) preferNetworks(networks []string) {
	visibility := &awswafv2.CfnWebACL_VisibilityConfigProperty{
		CloudWatchMetricsEnabled: jsii.Bool(true), SampledRequestsEnabled: jsii.Bool(true), MetricName: jsii.String(h.pair.Name() + "-health"),
	}
	acl := awswafv2.NewCfnWebACL(h, jsii.String("WebAcl"), &awswafv2.CfnWebACLProps{
		Description:      jsii.String("Rations the networks that are not preferred before the health API of " + h.pair.Name()),
		Scope:            jsii.String("REGIONAL"),
		DefaultAction:    &awswafv2.CfnWebACL_DefaultActionProperty{Allow: map[string]any{}},
		VisibilityConfig: visibility,
		Rules: []any{&awswafv2.CfnWebACL_RuleProperty{
			Name:             jsii.String("others"),
			Priority:         jsii.Number(0),
			Action:           &awswafv2.CfnWebACL_RuleActionProperty{Block: map[string]any{}},
			VisibilityConfig: visibility,
			Statement: &awswafv2.CfnWebACL_StatementProperty{RateBasedStatement: &awswafv2.CfnWebACL_RateBasedStatementProperty{
				AggregateKeyType:    jsii.String("CONSTANT"),
				EvaluationWindowSec: jsii.Number(othersWindow),
				Limit:               jsii.Number(othersPerMinute),
				ScopeDownStatement:  &awswafv2.CfnWebACL_StatementProperty{NotStatement: &awswafv2.CfnWebACL_NotStatementProperty{Statement: h.from(networks)}},
			}},
		}},
	})
	suppress(acl, suppression{
		rule:   "NIST.800.53.R5-WAFv2LoggingEnabled",
		reason: "Route 53 asks several million times a month. The access log of the API has every request, and the web ACL samples what it refuses.",
	})
	awswafv2.NewCfnWebACLAssociation(h, jsii.String("WebAclAssociation"), &awswafv2.CfnWebACLAssociationProps{
		ResourceArn: h.api.DeploymentStage().StageArn(),
		WebAclArn:   acl.AttrArn(),
	})
}

// from matches what comes from the networks: a set for each version of IP.
func (h *healthEndpoint) from(networks []string) *awswafv2.CfnWebACL_StatementProperty {
	versions := map[string][]string{}
	for _, network := range networks {
		version := "IPV4"
		if netip.MustParsePrefix(network).Addr().Is6() {
			version = "IPV6"
		}
		versions[version] = append(versions[version], network)
	}
	statements := []any{}
	for _, version := range []string{"IPV4", "IPV6"} {
		if addresses := list(versions[version]); addresses != nil {
			set := awswafv2.NewCfnIPSet(h, jsii.String("Preferred"+version), &awswafv2.CfnIPSetProps{
				Scope: jsii.String("REGIONAL"), IpAddressVersion: jsii.String(version), Addresses: addresses,
			})
			statements = append(statements, &awswafv2.CfnWebACL_StatementProperty{
				IpSetReferenceStatement: &awswafv2.CfnWebACL_IPSetReferenceStatementProperty{Arn: set.AttrArn()},
			})
		}
	}
	if len(statements) == 1 {
		return statements[0].(*awswafv2.CfnWebACL_StatementProperty)
	}
	return &awswafv2.CfnWebACL_StatementProperty{OrStatement: &awswafv2.CfnWebACL_OrStatementProperty{Statements: statements}}
}
