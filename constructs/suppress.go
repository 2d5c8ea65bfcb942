package regionpair

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/constructs-go/constructs/v10"
)

// suppression is one cdk-nag finding that is right as it is, and why.
type suppression struct {
	rule      string
	reason    string
	appliesTo []string
}

// suppress writes cdk-nag's own metadata format, so that importers of this
// package do not have to load cdk-nag.
func suppress(scope constructs.IConstruct, suppressions ...suppression) {
	resource, ok := cfnResourceOf(scope)
	if !ok {
		misuse("cannot suppress a finding on %s: it is not a CloudFormation resource", *scope.Node().Path())
	}
	rules := []any{}
	if previous, ok := resource.GetMetadata(nagKey).(map[string]any); ok {
		rules = append(rules, previous["rules_to_suppress"].([]any)...)
	}
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
	resource, ok := scope.Node().DefaultChild().(awscdk.CfnResource)
	return resource, ok
}
