package regionpair

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// suppression is one cdk-nag finding that is right as it is, and why.
type suppression struct {
	rule      string
	reason    string
	appliesTo []string
}

// suppress explains findings on a resource that was made just now, and that
// nobody has explained yet. It writes cdk-nag's own metadata format, so that
// importers of this package do not have to load cdk-nag.
func suppress(scope constructs.IConstruct, suppressions ...suppression) {
	explain(mustBeResource(scope), nil, suppressions)
}

// suppressMore keeps what is explained already, here or by whoever has made the
// resource.
func suppressMore(scope constructs.IConstruct, suppressions ...suppression) {
	resource, rules := mustBeResource(scope), []any{}
	if previous, ok := resource.GetMetadata(nagKey).(map[string]any); ok {
		rules = previous["rules_to_suppress"].([]any)
	}
	explain(resource, rules, suppressions)
}

func mustBeResource(scope constructs.IConstruct) awscdk.CfnResource {
	resource, ok := cfnResourceOf(scope)
	if !ok {
		misuse("cannot suppress a finding on %s: it is not a CloudFormation resource", pathOf(scope))
	}
	return resource
}

func explain(resource awscdk.CfnResource, rules []any, suppressions []suppression) {
	for _, s := range suppressions {
		rule := map[string]any{"id": s.rule, "reason": s.reason}
		if len(s.appliesTo) > 0 {
			rule["applies_to"] = s.appliesTo
		}
		rules = append(rules, rule)
	}
	resource.AddMetadata(&nagKeyValue, map[string]any{"rules_to_suppress": rules})
}

var nagKeyValue = "cdk_nag"

var nagKey = &nagKeyValue

func cfnResourceOf(scope constructs.IConstruct) (awscdk.CfnResource, bool) {
	if resource, ok := scope.(awscdk.CfnResource); ok {
		return resource, true
	}
	child := once(scope, "defaultChild", func() constructs.IConstruct { return nodeOf(scope).DefaultChild() })
	resource, ok := child.(awscdk.CfnResource)
	return resource, ok
}

// hasFunction is a construct around one.
type hasFunction interface{ Function() awslambda.Function }

// defaultPolicyOf a function's role, which CDK makes with its first statement.
func defaultPolicyOf(function hasFunction) constructs.IConstruct {
	role := roleOf(function.Function())
	return once(role, "defaultPolicy", func() constructs.IConstruct { return nodeOf(role).FindChild(jsii.String("DefaultPolicy")) })
}

func suppressOnPolicy(function hasFunction, suppressions ...suppression) {
	suppressMore(defaultPolicyOf(function), suppressions...)
}
