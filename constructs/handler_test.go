package regionpair_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/assertions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsecr"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/jsii-runtime-go"
	"github.com/stretchr/testify/assert"

	regionpair "github.com/regionpair/regionpair/constructs"
)

// handlers of any kind, as docs/reference/handler.md promises.
func handlersOfAnyKind() map[string]func(awscdk.Stack) awslambda.IFunction {
	python := func(stack awscdk.Stack) awslambda.Function {
		return awslambda.NewFunction(stack, jsii.String("Mine"), &awslambda.FunctionProps{
			Runtime: awslambda.Runtime_PYTHON_3_13(), Handler: jsii.String("index.handle"), Code: awslambda.Code_FromInline(jsii.String("def handle(event, context): ...")),
		})
	}
	return map[string]func(awscdk.Stack) awslambda.IFunction{
		"python": func(stack awscdk.Stack) awslambda.IFunction { return python(stack) },
		"container": func(stack awscdk.Stack) awslambda.IFunction {
			images := awsecr.Repository_FromRepositoryName(stack, jsii.String("Images"), jsii.String("orders"))
			return awslambda.NewDockerImageFunction(stack, jsii.String("Mine"), &awslambda.DockerImageFunctionProps{
				Code: awslambda.DockerImageCode_FromEcr(images, nil),
			})
		},
		"alias": func(stack awscdk.Stack) awslambda.IFunction {
			return python(stack).AddAlias(jsii.String("live"), &awslambda.AliasOptions{ProvisionedConcurrentExecutions: jsii.Number(2)})
		},
		"another stack's": func(stack awscdk.Stack) awslambda.IFunction {
			return awslambda.Function_FromFunctionArn(stack, jsii.String("Mine"), jsii.String("arn:aws:lambda:eu-west-1:111122223333:function:mine"))
		},
	}
}

func TestAHandlerOfAnyKindAnswersTheRoutesAndIsWatched(t *testing.T) {
	for kind, define := range handlersOfAnyKind() {
		t.Run(kind, func(t *testing.T) {
			stack := newStack(t)
			handler := define(stack)
			unit := operatedUnit(t, stack, func(p *regionpair.RegionUnitProps) {
				p.Handler, p.Routes = handler, []regionpair.Route{route("GET", "/orders/{id}", "objects/read")}
			})
			newRegionalAlarms(t, unit)
			template := templateOf(unit)
			arn := strings.Trim(text(t, stack.Resolve(handler.FunctionArn())), `"`)
			methods := ""
			for _, method := range propertiesIn(template, "AWS::ApiGateway::Method") {
				if method["AuthorizationType"] == "CUSTOM" {
					methods += text(t, method["Integration"].(map[string]any)["Uri"])
				}
			}
			assert.Contains(t, methods, arn)
			assert.Contains(t, alarmsIn(template), "orders-primary-errors-handler")
		})
	}
}

// JSON arrives as text unless somebody asks for bytes.
func TestBodiesReachAHandlerOfYourOwnAsText(t *testing.T) {
	apiOf := func(binary ...string) assertions.Template {
		return templateOf(operatedUnit(t, newStack(t), func(p *regionpair.RegionUnitProps) {
			p.HandlerEntry, p.BinaryMediaTypes = healthFunction, binary
			p.Routes = []regionpair.Route{route("GET", "/orders/{id}", "objects/read")}
		}))
	}
	apiOf().HasResourceProperties(jsii.String("AWS::ApiGateway::RestApi"), map[string]any{"Name": "api.example.com", "BinaryMediaTypes": assertions.Match_Absent()})
	apiOf("image/*").HasResourceProperties(jsii.String("AWS::ApiGateway::RestApi"), map[string]any{"BinaryMediaTypes": []any{"image/*"}})
}

func TestACompiledHandlerFindsBucketAndTablesByName(t *testing.T) {
	template := templateOf(operatedUnit(t, newStack(t), func(p *regionpair.RegionUnitProps) {
		p.HandlerEntry, p.Routes = healthFunction, []regionpair.Route{route("GET", "/orders/{id}", "objects/read")}
		p.Tables = map[string]regionpair.TableReplicaProps{"orders": {PartitionKey: stringKey("id")}}
	}))
	template.HasResourceProperties(jsii.String("AWS::Lambda::Function"), map[string]any{
		"MemorySize": 512, "Timeout": 10,
		"Environment": map[string]any{"Variables": map[string]any{"BUCKET_NAME": "orders-objects-111122223333-eu-west-1", "TABLE_ORDERS": "orders-orders"}},
	})
}
