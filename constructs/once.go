package regionpair

import (
	"fmt"
	"path"
	"strings"
	"sync"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsroute53"
	"github.com/aws/constructs-go/constructs/v10"
)

// answers of CDK's process that never change, by the object that was asked and
// the question. Each question is a round trip between two processes.
var answers sync.Map

type question struct {
	of   any
	name string
}

// once asks an object the first time, and remembers the answer.
func once[T any](of any, name string, ask func() T) T {
	asked := question{of, name}
	if known, isKnown := answers.Load(asked); isKnown {
		answer, _ := known.(T) // nil is an answer, too
		return answer
	}
	answer := ask()
	answers.Store(asked, answer)
	return answer
}

// place is where a construct was defined.
type place struct {
	scope constructs.IConstruct
	id    string
}

// newConstruct makes a construct of the Go value, and remembers where it is.
func newConstruct(construct, scope constructs.Construct, id *string) {
	constructs.NewConstruct_Override(construct, scope, id)
	once(construct, "place", func() place { return place{scope, *id} })
}

// newScope is an empty construct to define others in.
func newScope(scope constructs.Construct, id string) constructs.Construct {
	construct := constructs.NewConstruct(scope, &id)
	once(construct, "place", func() place { return place{scope, id} })
	return construct
}

// placeOf is known of the constructs of this module, which have the stack and the
// beginning of the path in common with their scope.
func placeOf(construct constructs.IConstruct) (place, bool) {
	known, isKnown := answers.Load(question{construct, "place"})
	if !isKnown {
		return place{}, false
	}
	return known.(place), true
}

func stackOf(scope constructs.IConstruct) awscdk.Stack {
	return once(scope, "stack", func() awscdk.Stack {
		if place, known := placeOf(scope); known {
			return stackOf(place.scope)
		}
		if stack, is := scope.(awscdk.Stack); is {
			return stack
		}
		return awscdk.Stack_Of(scope)
	})
}

// inOneStack goes by paths: jsii may hand out one stack as two Go values.
func inOneStack(one, two constructs.IConstruct) bool {
	return pathOf(stackOf(one)) == pathOf(stackOf(two))
}

func regionOf(scope constructs.IConstruct) string {
	stack := stackOf(scope)
	return *once(stack, "region", stack.Region)
}

func accountOf(scope constructs.IConstruct) string {
	stack := stackOf(scope)
	return *once(stack, "account", stack.Account)
}

func partitionOf(scope constructs.IConstruct) string {
	stack := stackOf(scope)
	return *once(stack, "partition", stack.Partition)
}

// urlSuffixOf is the domain that AWS has its services under, where the stack is.
func urlSuffixOf(scope constructs.IConstruct) string {
	stack := stackOf(scope)
	return *once(stack, "urlSuffix", stack.UrlSuffix)
}

func functionNameOf(function awslambda.IFunction) *string {
	return once(function, "functionName", function.FunctionName)
}

func keyArnOf(key awskms.IKey) *string { return once(key, "keyArn", key.KeyArn) }

func logGroupNameOf(group awslogs.ILogGroup) *string {
	return once(group, "logGroupName", group.LogGroupName)
}

func healthCheckIDOf(check awsroute53.IHealthCheck) *string {
	return once(check, "healthCheckId", check.HealthCheckId)
}

func hostedZoneIDOf(zone awsroute53.IHostedZone) *string {
	return once(zone, "hostedZoneId", zone.HostedZoneId)
}

func apiNameOf(api awsapigateway.IRestApi) *string {
	return once(api, "restApiName", api.RestApiName)
}

func apiIDOf(api awsapigateway.IRestApi) string {
	return *once(api, "restApiId", api.RestApiId)
}

// zoneNameOf is false for a zone by its id alone, for which CDK panics.
func zoneNameOf(zone awsroute53.IHostedZone) (name string, known bool) {
	defer func() { known = recover() == nil }()
	return *once(zone, "zoneName", zone.ZoneName), true
}

func nodeOf(construct constructs.IConstruct) constructs.Node {
	return once(construct, "node", construct.Node)
}

func pathOf(construct constructs.IConstruct) string {
	return once(construct, "path", func() string {
		if place, known := placeOf(construct); known {
			return path.Join(pathOf(place.scope), strings.ReplaceAll(place.id, "/", "--"))
		}
		return *nodeOf(construct).Path()
	})
}

func stageOf(api awsapigateway.RestApi) awsapigateway.Stage {
	return once(api, "deploymentStage", api.DeploymentStage)
}

// The same few values serve a whole stack.

func minutes(scope constructs.IConstruct, count float64) awscdk.Duration {
	return once(stackOf(scope), fmt.Sprint(count, " minutes"), func() awscdk.Duration { return awscdk.Duration_Minutes(&count) })
}

func seconds(scope constructs.IConstruct, count float64) awscdk.Duration {
	return once(stackOf(scope), fmt.Sprint(count, " seconds"), func() awscdk.Duration { return awscdk.Duration_Seconds(&count) })
}

func roleOf(function awslambda.Function) awsiam.IRole {
	return once(function, "role", function.Role)
}
