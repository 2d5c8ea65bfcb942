package regionpair

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/constructs-go/constructs/v10"
)

// referToWeakly lets other stacks read the resource's attributes when they are
// deployed and no more. CDK's default, an export, would tie the deployments of
// one Region to the health of the other; see decision 7. A nested stack hands an
// attribute out as one of its own, and its parent goes by that.
func referToWeakly(construct constructs.IConstruct) {
	resource, ok := cfnResourceOf(construct)
	if !ok {
		misuse("cannot refer weakly to %s: it is not a CloudFormation resource", *construct.Node().Path())
	}
	resource.ApplyCrossStackReferenceStrength(awscdk.ReferenceStrength_WEAK)
	stack := stackOf(construct)
	if nested := once(stack, "nestedStackResource", stack.NestedStackResource); nested != nil {
		referToWeakly(nested)
	}
}

// referToWeaklyIfDefined leaves out what is imported, which is in no stack.
func referToWeaklyIfDefined(construct constructs.IConstruct) {
	if _, defined := cfnResourceOf(construct); defined {
		referToWeakly(construct)
	}
}

// stackArnOf is an ARN in the account and Region of a construct's stack, written
// out: a reference would tie the stacks together.
func stackArnOf(of constructs.Construct, service, resource string) string {
	return "arn:" + partitionOf(of) + ":" + service + ":" + regionOf(of) + ":" + accountOf(of) + ":" + resource
}
