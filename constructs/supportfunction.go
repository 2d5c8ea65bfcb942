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
	grant(function.Function(), actions, conditions, resources...)
}

// grant adds a statement to the policy of whoever gets it, without a condition when
// there is none.
func grant(to awsiam.IGrantable, actions []string, conditions map[string]any, resources ...string) {
	options := &awsiam.GrantOnPrincipalOptions{Grantee: to, Actions: jsii.Strings(actions...), ResourceArns: jsii.Strings(resources...)}
	if conditions != nil {
		options.Conditions = new(byKey(conditions))
	}
	awsiam.Grant_AddToPrincipal(options)
}

func byKey(conditions map[string]any) map[string]*map[string]any {
	grouped := map[string]*map[string]any{}
	for operator, of := range conditions {
		grouped[operator] = new(of.(map[string]any))
	}
	return grouped
}

func parameterArn(scope constructs.Construct, name string) string {
	return stackArnOf(scope, "ssm", "parameter"+name)
}
