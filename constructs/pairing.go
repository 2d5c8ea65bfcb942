package regionpair

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// pairingID is the id of the function in each stack that wires a pair; replication
// and issuers share it.
const pairingID = "RegionpairPairing"

// pairingFunction returns the function that wires what CloudFormation cannot:
// it acts in both Regions from the stack that comes last.
func pairingFunction(scope constructs.Construct, props *GoFunctionProps) GoFunction {
	stack := awscdk.Stack_Of(scope)
	if existing := stack.Node().TryFindChild(jsii.String(pairingID)); existing != nil {
		return existing.Node().FindChild(jsii.String("Function")).(GoFunction)
	}
	settings := GoFunctionProps{}
	if props != nil {
		settings = *props
	}
	settings.Overrides = override(awslambda.FunctionOptions{
		// A versioning change may take 15 minutes to be seen everywhere.
		Timeout:     awscdk.Duration_Minutes(jsii.Number(15)),
		Description: jsii.String("Sets replication rules and trusted issuers in both Regions"),
	}, settings.Overrides)
	return newSupportFunction(constructs.NewConstruct(stack, jsii.String(pairingID)), "pairing", &settings, nil)
}

// newPairing defines one custom resource that the pairing function serves.
// The policy comes first and goes last, or creation and deletion would race it.
func newPairing(scope constructs.Construct, id string, function GoFunction, resourceType string, properties map[string]any) awscdk.CustomResource {
	resource := awscdk.NewCustomResource(scope, jsii.String(id), &awscdk.CustomResourceProps{
		ServiceToken:   function.Function().FunctionArn(),
		ServiceTimeout: customResourcePatience(),
		ResourceType:   &resourceType,
		Properties:     &properties,
	})
	resource.Node().AddDependency(function)
	return resource
}

// customResourcePatience is how long CloudFormation waits for an answer: the
// function's 15 minutes and one more. Without it a function that cannot start
// costs an hour, and another for the rollback.
func customResourcePatience() awscdk.Duration { return awscdk.Duration_Minutes(jsii.Number(16)) }
