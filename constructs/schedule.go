package regionpair

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// schedule invokes a function again and again. An invocation that fails is not
// repeated: the next one is as good.
type schedule struct {
	description *string
	function    awslambda.Function
	every       awscdk.Duration
	// maxAgeSeconds after which an invocation that is late is dropped; nil for
	// EventBridge's default, a day.
	maxAgeSeconds *float64
}

// define has the names and the properties of CDK's Rule with its LambdaFunction
// target. The package of that target imports those of all other targets: Go would
// compile and check 1,700 files more for every importer.
func (s schedule) define(scope constructs.Construct) {
	rule := newScope(scope, "Schedule")
	resource := awsevents.NewCfnRule(rule, jsii.String("Resource"), &awsevents.CfnRuleProps{
		Description:        s.description,
		ScheduleExpression: awsevents.Schedule_Rate(s.every).ExpressionString(),
		State:              jsii.String("ENABLED"),
		Targets: []any{&awsevents.CfnRule_TargetProperty{
			Id:          jsii.String("Target0"),
			Arn:         s.function.FunctionArn(),
			RetryPolicy: &awsevents.CfnRule_RetryPolicyProperty{MaximumRetryAttempts: jsii.Number(0), MaximumEventAgeInSeconds: s.maxAgeSeconds},
		}},
	})
	s.function.AddPermission(jsii.String("AllowEventRule"+*awscdk.Names_NodeUniqueId(nodeOf(s.function))), &awslambda.Permission{
		Scope:     rule,
		Principal: awsiam.NewServicePrincipal(jsii.String("events.amazonaws.com"), nil),
		SourceArn: resource.AttrArn(),
	})
}
