package regionpair

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// supportFunction is one of this module's own functions.
type supportFunction struct {
	// name of its folder below lambda.
	name string
	pair *Pair
	// logKey encrypts its log group.
	logKey awskms.IKey
	// overrides of the importer.
	overrides   *awslambda.FunctionOptions
	environment map[string]string
	// files beside the binary, by name.
	files map[string][]byte
}

func (f supportFunction) define(scope constructs.Construct) GoFunction {
	return NewGoFunction(scope, jsii.String("Function"), &GoFunctionProps{
		Pair:             f.pair,
		Entry:            supportFolder(f.name),
		Environment:      f.environment,
		LogEncryptionKey: f.logKey,
		Overrides:        f.overrides,
		files:            f.files,
	})
}

func allow(function GoFunction, actions []string, resources ...string) {
	allowIf(function, actions, nil, resources...)
}

func allowIf(function GoFunction, actions []string, conditions map[string]any, resources ...string) {
	props := &awsiam.PolicyStatementProps{Actions: jsii.Strings(actions...), Resources: jsii.Strings(resources...)}
	if conditions != nil {
		props.Conditions = &conditions
	}
	function.Function().AddToRolePolicy(awsiam.NewPolicyStatement(props))
}

func parameterArn(scope constructs.Construct, name string) string {
	return stackArnOf(scope, "ssm", "parameter"+name)
}
