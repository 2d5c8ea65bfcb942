package regionpair

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/constructs-go/constructs/v10"
)

// output of the construct's stack, under the same name in every app: people and
// tools find it by that name. Therefore a stack has room for one Region of one pair.
func output(scope constructs.Construct, name, value, description string) {
	path, stack := pathOf(scope), stackOf(scope)
	first := once(stack, "output "+name, func() string { return path })
	if first != path {
		misuse("%s cannot be in the stack '%s', which has the output '%s' of %s: define one Region of one pair in each stack", path, pathOf(stack), name, first)
	}
	awscdk.NewCfnOutput(scope, new(outputID(name)), &awscdk.CfnOutputProps{Value: &value, Description: &description}).OverrideLogicalId(&name)
}

func outputID(name string) string { return name + "Output" }
