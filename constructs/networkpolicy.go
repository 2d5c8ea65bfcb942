package regionpair

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/jsii-runtime-go"
)

// NetworkPolicy returns a resource policy for [RegionalApiProps.ResourcePolicy] that lets only the given networks in,
// IPv4 or IPv6 in CIDR notation. Everybody else gets status 403.
//
// It denies what is not allowed rather than leaving it out: with a Lambda
// authorizer API Gateway takes the authorizer's permission alone as enough.
func NetworkPolicy(networks []string) awsiam.PolicyDocument {
	c := checking("NetworkPolicy")
	c.requires("networks", networks)
	c.networks("networks", networks, "203.0.113.0/24")
	mustBeValid(c.err())
	return awsiam.NewPolicyDocument(&awsiam.PolicyDocumentProps{Statements: &[]awsiam.PolicyStatement{
		invokeStatement(awsiam.Effect_ALLOW, nil),
		invokeStatement(awsiam.Effect_DENY, &map[string]any{"NotIpAddress": map[string]any{"aws:SourceIp": networks}}),
	}})
}

// invokeStatement speaks of everybody who calls the API that the policy is of.
func invokeStatement(effect awsiam.Effect, conditions *map[string]any) awsiam.PolicyStatement {
	return awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Effect:     effect,
		Principals: &[]awsiam.IPrincipal{awsiam.NewAnyPrincipal()},
		Actions:    jsii.Strings("execute-api:Invoke"),
		// API Gateway completes it to the ARN of the API the policy is of.
		Resources:  jsii.Strings("execute-api:/*"),
		Conditions: conditions,
	})
}
