package regionpair_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/assertions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/jsii-runtime-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	regionpair "github.com/regionpair/regionpair/constructs"
)

func newHandler(scope awscdk.Stack) awslambda.IFunction {
	return regionpair.NewGoFunction(scope, jsii.String("Own"), &regionpair.GoFunctionProps{Entry: healthFunction}).Function()
}

func route(method, path string, scopes ...string) regionpair.Route {
	return regionpair.Route{Method: method, Path: path, Scopes: scopes}
}

func TestRegionUnitRefusesWhatCannotWork(t *testing.T) {
	for name, test := range map[string]struct {
		change func(awscdk.Stack, *regionpair.RegionUnitProps)
		want   string
	}{
		"nameless client": {func(_ awscdk.Stack, p *regionpair.RegionUnitProps) {
			p.Clients = []regionpair.MachineClient{{Scopes: []string{"objects/read"}}}
		}, "MachineAuth needs 'Name' in each of 'Clients'"},
		"client twice": {func(_ awscdk.Stack, p *regionpair.RegionUnitProps) {
			p.Clients = append(p.Clients, p.Clients[0])
		}, "must have unique names, got 'partner' twice"},
		"no folder": {func(_ awscdk.Stack, p *regionpair.RegionUnitProps) {
			p.HandlerEntry, p.Routes = "nowhere", regionpair.ObjectRoutes("objects")
		}, "must be the folder of a Go main package, got 'nowhere': there is no folder"},
		"mutual TLS": {func(s awscdk.Stack, p *regionpair.RegionUnitProps) {
			p.SecurityPolicy = "SecurityPolicy_TLS13_1_3_2025_09"
			p.MutualTls = &awsapigateway.MTLSConfig{Bucket: awss3.Bucket_FromBucketName(s, jsii.String("Trust"), jsii.String("trust")), Key: jsii.String("ca.pem")}
		}, "must be 'TLS_1_2' with 'MutualTls', got 'SecurityPolicy_TLS13_1_3_2025_09'"},
		"unknown durability": {func(_ awscdk.Stack, p *regionpair.RegionUnitProps) { p.Durability = "eventual" }, "'Durability' must be 'async' or 'sync', got 'eventual'"},
		"peer's mode alone":  {func(_ awscdk.Stack, p *regionpair.RegionUnitProps) { p.WhenPeerIsDown = regionpair.PeerDownRefuse }, "'WhenPeerIsDown' is for 'Durability' 'sync', got 'refuse'"},
		"synchronous handler": {func(s awscdk.Stack, p *regionpair.RegionUnitProps) {
			p.Durability, p.Handler, p.Routes = regionpair.DurabilitySync, newHandler(s), regionpair.ObjectRoutes("objects")
		}, "'Durability' 'sync' is for the bundled object API"},
		"a table like the index": {func(_ awscdk.Stack, p *regionpair.RegionUnitProps) {
			p.Durability = regionpair.DurabilitySync
			p.Tables = map[string]regionpair.TableReplicaProps{"objects": {}}
		}, "'Tables' cannot have 'objects' with 'Durability' 'sync': it is the index"},
		"synchronous too far": {func(_ awscdk.Stack, p *regionpair.RegionUnitProps) {
			p.Durability = regionpair.DurabilitySync
			p.Pair = newPair(func(p *regionpair.PairProps) { p.SecondaryRegion = "sa-east-1" })
		}, "'Durability' 'sync' is not possible: DynamoDB keeps no table strongly consistent between"},
		"no pair": {func(_ awscdk.Stack, p *regionpair.RegionUnitProps) { p.Pair = nil }, "needs 'Pair'"},
		"no domain": {func(_ awscdk.Stack, p *regionpair.RegionUnitProps) {
			p.Pair = newPair(func(p *regionpair.PairProps) { p.DomainName = "" })
		}, "needs a Pair with a 'DomainName'"},
		"another pair's Region": {func(_ awscdk.Stack, p *regionpair.RegionUnitProps) {
			p.Pair = newPair(func(p *regionpair.PairProps) { p.PrimaryRegion = "us-east-1" })
		}, "needs a stack in one of the pair's Regions 'us-east-1' and 'eu-central-1', got 'eu-west-1'"},
		"another account": {func(_ awscdk.Stack, p *regionpair.RegionUnitProps) {
			p.Pair = newPair(func(p *regionpair.PairProps) { p.Account = "999999999999" })
		}, "needs a stack in the pair's account '999999999999', got '111122223333'"},
		"no zone":         {func(_ awscdk.Stack, p *regionpair.RegionUnitProps) { p.HostedZone = nil }, "needs 'HostedZone' or 'Certificate'"},
		"one bucket name": {func(_ awscdk.Stack, p *regionpair.RegionUnitProps) { p.BucketName = "mine" }, "needs both 'BucketName' and 'PeerBucketName', or neither"},
		"unknown scope": {func(_ awscdk.Stack, p *regionpair.RegionUnitProps) {
			p.Clients[0].Scopes = []string{"objects/admin"}
		}, "got 'objects/admin'"},
		"unknown depth": {func(_ awscdk.Stack, p *regionpair.RegionUnitProps) { p.HealthDepth = "deep" }, "must be 'static', 'dependencies' or 'api', got 'deep'"},
		"api as nobody": {func(_ awscdk.Stack, p *regionpair.RegionUnitProps) { p.HealthDepth = regionpair.HealthApi }, "'HealthClient' must be one of 'Clients', got ''"},
		"api of nothing": {func(_ awscdk.Stack, p *regionpair.RegionUnitProps) {
			p.HealthDepth, p.HealthPath = regionpair.HealthApi, "/orders"
		}, "'HealthPath' must be a GET route, got '/orders'"},
		"api with mutual TLS": {func(_ awscdk.Stack, p *regionpair.RegionUnitProps) {
			p.HealthDepth, p.MutualTls = regionpair.HealthApi, &awsapigateway.MTLSConfig{}
		}, "with 'MutualTls' cannot have HealthApi"},
		"a path without api": {func(_ awscdk.Stack, p *regionpair.RegionUnitProps) { p.HealthPath = "/objects" }, "'HealthPath' and 'HealthClient' are for HealthApi only"},

		"unknown policy": {func(_ awscdk.Stack, p *regionpair.RegionUnitProps) { p.SecurityPolicy = "TLS_1_3" }, "must be 'TLS_1_2' or start with 'SecurityPolicy_', got 'TLS_1_3'"},
		"no routes":      {func(_ awscdk.Stack, p *regionpair.RegionUnitProps) { p.HandlerEntry = healthFunction }, "needs 'Routes'"},
		"two handlers": {func(s awscdk.Stack, p *regionpair.RegionUnitProps) {
			p.HandlerEntry, p.Handler = "x", newHandler(s)
		}, "'Handler' or 'HandlerEntry'"},
		"renamed stage": {func(_ awscdk.Stack, p *regionpair.RegionUnitProps) {
			p.RestApiOverrides = &awsapigateway.RestApiProps{DeployOptions: &awsapigateway.StageOptions{StageName: jsii.String("v1")}}
		}, "'RestApiOverrides.DeployOptions.StageName' must be 'live', got 'v1'"},
		"route in small": {func(_ awscdk.Stack, p *regionpair.RegionUnitProps) {
			p.Routes = []regionpair.Route{route("get", "/x", "objects/read")}
		}, `write it in capitals: "GET"`},
		"route relative": {func(_ awscdk.Stack, p *regionpair.RegionUnitProps) {
			p.Routes = []regionpair.Route{route("GET", "x", "objects/read")}
		}, "without a slash at the start"},
		"route unguarded": {func(_ awscdk.Stack, p *regionpair.RegionUnitProps) {
			p.Routes = []regionpair.Route{route("GET", "/x")}
		}, "needs either 'Scopes' or 'Public', and not both"},
		"route in another router's form": {func(_ awscdk.Stack, p *regionpair.RegionUnitProps) {
			p.Routes = []regionpair.Route{route("GET", "/files/{path...}", "objects/read")}
		}, "use {path+}"},
		"two variables in one place": {func(_ awscdk.Stack, p *regionpair.RegionUnitProps) {
			p.Routes = []regionpair.Route{route("GET", "/quotes/{author}", "objects/read"), route("GET", "/quotes/{id}/x", "objects/read")}
		}, "'GET /quotes/{id}/x' beside 'GET /quotes/{author}' has {id} where another route has {author}"},
		"route of the token endpoint": {func(_ awscdk.Stack, p *regionpair.RegionUnitProps) {
			p.Routes = []regionpair.Route{route("GET", "/oauth2/x", "objects/read")}
		}, "belongs to the token endpoint"},
		"public beside protected": {func(_ awscdk.Stack, p *regionpair.RegionUnitProps) {
			p.Routes = []regionpair.Route{
				{Method: "GET", Path: "/docs/{page}", Public: true}, route("GET", "/docs/internal", "objects/read"),
			}
		}, "is public, and a path of GET /docs/internal"},
	} {
		t.Run(name, func(t *testing.T) {
			stack := newStack(t)
			defer func() {
				reason, _ := recover().(string)
				assert.Contains(t, reason, "regionpair: ")
				assert.Contains(t, reason, test.want)
			}()
			operatedUnit(t, stack, func(p *regionpair.RegionUnitProps) { test.change(stack, p) })
			assert.Fail(t, "accepted")
		})
	}
}

func TestRegionUnitNeedsAStackWithARegion(t *testing.T) {
	stack := awscdk.NewStack(newApp(t), jsii.String("Agnostic"), nil)
	defer func() {
		reason, _ := recover().(string)
		assert.Contains(t, reason, "explicit account and Region")
	}()
	operatedUnit(t, stack)
	assert.Fail(t, "accepted")
}

func TestRegionUnitTakesAnyFunctionAndItsRoutes(t *testing.T) {
	stack := newStack(t)
	unit := operatedUnit(t, stack, func(p *regionpair.RegionUnitProps) {
		p.Handler = newHandler(stack)
		p.Routes = []regionpair.Route{
			route("GET", "/orders/{id}", "objects/read"), route("ANY", "/admin/{proxy+}", "objects/write"),
			{Method: "GET", Path: "/status", Public: true, RatePerSecond: 5},
		}
	})
	mustBehaveLikeAConstruct(t, unit)
	template := templateOf(unit)
	template.HasResourceProperties(jsii.String("AWS::ApiGateway::Method"), map[string]any{"HttpMethod": "ANY", "AuthorizationType": "CUSTOM"})
	template.HasResourceProperties(jsii.String("AWS::ApiGateway::Method"), map[string]any{"HttpMethod": "GET", "AuthorizationType": "NONE"})
	template.HasResourceProperties(jsii.String("AWS::ApiGateway::Stage"), map[string]any{"MethodSettings": assertions.Match_ArrayWith(&[]any{
		assertions.Match_ObjectLike(&map[string]any{"ResourcePath": "/~1status", "HttpMethod": "GET", "ThrottlingRateLimit": 5, "ThrottlingBurstLimit": 10}),
	})})
}

// The route is part of what API Gateway keeps an answer for, and so is the path
// where a route takes what lies beside routes with other scopes.
func TestAuthorizersKeepTheirAnswersForARoute(t *testing.T) {
	const route1, route2 = "method.request.header.Authorization,context.resourcePath,context.httpMethod", ",context.path"
	plain := templateOf(operatedUnit(t, newStack(t)))
	plain.ResourceCountIs(jsii.String("AWS::ApiGateway::Authorizer"), jsii.Number(1))
	plain.HasResourceProperties(jsii.String("AWS::ApiGateway::Authorizer"), map[string]any{"Type": "REQUEST", "IdentitySource": route1})

	stack := newStack(t)
	mixed := templateOf(operatedUnit(t, stack, func(p *regionpair.RegionUnitProps) {
		p.Handler = newHandler(stack)
		p.Routes = []regionpair.Route{route("GET", "/files/{path+}", "objects/read"), route("GET", "/files/secret/{id}", "objects/write")}
	}))
	mixed.ResourceCountIs(jsii.String("AWS::ApiGateway::Authorizer"), jsii.Number(2))
	mixed.HasResourceProperties(jsii.String("AWS::ApiGateway::Authorizer"), map[string]any{"IdentitySource": route1 + route2})
}

// CDK fails for an authorizer that is on no method.
func TestEveryAuthorizerIsOnAMethod(t *testing.T) {
	unitWith := func(routes ...regionpair.Route) regionpair.RegionUnit {
		stack := newStack(t)
		return operatedUnit(t, stack, func(p *regionpair.RegionUnitProps) { p.Handler, p.Routes = newHandler(stack), routes })
	}
	for _, method := range []string{"GET", "ANY"} {
		nested := unitWith(route(method, "/{proxy+}", "objects/read"), route(method, "/admin/{proxy+}", "objects/write"))
		template := templateOf(nested)
		template.ResourceCountIs(jsii.String("AWS::ApiGateway::Authorizer"), jsii.Number(1))
		template.HasResourceProperties(jsii.String("AWS::ApiGateway::Authorizer"), map[string]any{
			"IdentitySource": assertions.Match_StringLikeRegexp(jsii.String("context.path$")),
		})
		require.Same(t, nested.Authorizer().PathAuthorizer(), nested.Authorizer().Authorizer())
		require.Contains(t, text(t, propertiesIn(template, "AWS::SSM::Parameter")), "authorizer")
	}
	public := unitWith(regionpair.Route{Method: "GET", Path: "/status", Public: true})
	require.Nil(t, public.Authorizer())
	newRegionalAlarms(t, public)
	regionpair.NewLogQueries(awscdk.Stack_Of(public), jsii.String("Queries"), &regionpair.LogQueriesProps{Watched: public.Watched()})
	template := templateOf(public)
	template.ResourceCountIs(jsii.String("AWS::ApiGateway::Authorizer"), jsii.Number(0))
	require.NotContains(t, text(t, propertiesIn(template, "AWS::SSM::Parameter")), "authorizer")
	require.EqualError(t, (&regionpair.TokenAuthorizerProps{
		Issuer: public.Auth(), Routes: []regionpair.Route{{Method: "GET", Path: "/status", Public: true}},
	}).Validate(), "TokenAuthorizer needs a route with 'Scopes' among 'Routes': public ones are not authorized")
}

func TestManyRoutesFitTheAuthorizer(t *testing.T) {
	stack := newStack(t)
	template := templateOf(operatedUnit(t, stack, func(p *regionpair.RegionUnitProps) {
		p.Handler = newHandler(stack)
		for i := range 200 {
			p.Routes = append(p.Routes, route("GET", fmt.Sprintf("/a/rather/long/path/of/many/segments/%d", i), "objects/read"))
		}
	}))
	template.ResourcePropertiesCountIs(jsii.String("AWS::ApiGateway::Method"), map[string]any{"AuthorizationType": "CUSTOM"}, jsii.Number(200))
}

// What operators must know grows with the clients and the functions, and is either
// taken or refused at once.
func TestFactsFitTheirParameter(t *testing.T) {
	unit := func(handlers int) awscdk.Stack {
		stack := newStack(t)
		operatedUnit(t, stack, func(p *regionpair.RegionUnitProps) {
			p.Clients = nil
			for i := range 100 {
				p.Clients = append(p.Clients, regionpair.MachineClient{Name: fmt.Sprintf("c%062d", i), Scopes: []string{"objects/read"}})
			}
			p.Handler = newHandler(stack)
			for i := range handlers {
				path := fmt.Sprint("/orders-of-customers-", i)
				own := route("GET", path, "objects/read")
				own.Handler = regionpair.NewGoFunction(stack, jsii.String(path[1:]), &regionpair.GoFunctionProps{Entry: healthFunction}).Function()
				p.Routes = append(p.Routes, own)
			}
		})
		return stack
	}
	templateOf(unit(1)).HasResourceProperties(jsii.String("AWS::SSM::Parameter"), map[string]any{"Name": "/orders/facts", "Tier": "Intelligent-Tiering"})
	defer func() {
		reason, _ := recover().(string)
		assert.Contains(t, reason, "100 clients and 15 functions do not fit the parameter '/orders/facts': about ")
	}()
	unit(10)
}

func TestTheObjectAPIPointsLargeUploadsToS3(t *testing.T) {
	template := templateOf(operatedUnit(t, newStack(t)))
	template.HasResourceProperties(jsii.String("AWS::ApiGateway::GatewayResponse"), map[string]any{
		"ResponseType":      "REQUEST_TOO_LARGE",
		"ResponseTemplates": map[string]any{"application/problem+json": assertions.Match_StringLikeRegexp(jsii.String("POST /uploads"))},
	})
	template.HasResourceProperties(jsii.String("AWS::ApiGateway::RestApi"), map[string]any{
		"BinaryMediaTypes": []any{"*/*"}, "DisableExecuteApiEndpoint": true, "EndpointConfiguration": map[string]any{"Types": []any{"REGIONAL"}},
	})
}

func TestClientSecretsBelongToThePrimary(t *testing.T) {
	primary := templateOf(operatedUnit(t, newStack(t)))
	primary.HasResourceProperties(jsii.String("AWS::SecretsManager::Secret"), map[string]any{
		"Name": "orders/clients/partner", "ReplicaRegions": []any{map[string]any{"Region": peerRegion}},
		"GenerateSecretString": assertions.Match_ObjectLike(&map[string]any{
			"SecretStringTemplate": `{"client_id":"orders.partner"}`, "GenerateStringKey": "client_secret", "PasswordLength": 64,
		}),
	})
	primary.HasResourceProperties(jsii.String("AWS::SecretsManager::RotationSchedule"), map[string]any{
		"RotationRules": map[string]any{"ScheduleExpression": "rate(30 days)"}, "RotateImmediatelyOnUpdate": false,
	})
	secondary := templateOf(operatedUnit(t, newStackIn(newApp(t), "Secondary", peerRegion)))
	secondary.ResourceCountIs(jsii.String("AWS::SecretsManager::Secret"), jsii.Number(1))
	secondary.ResourceCountIs(jsii.String("AWS::SecretsManager::RotationSchedule"), jsii.Number(0))
}

func TestStaticHealthMayNothing(t *testing.T) {
	health := regionpair.NewHealthEndpoint(newStack(t), jsii.String("Health"), &regionpair.HealthEndpointProps{Pair: newPair()})
	mustBehaveLikeAConstruct(t, health)
	template := templateOf(health)
	template.HasResourceProperties(jsii.String("AWS::Lambda::Function"), map[string]any{
		"Environment":   map[string]any{"Variables": map[string]any{"HEALTH_DEPTH": "static", "SWITCH_PARAMETER": "/orders/failover/switch"}},
		"LoggingConfig": assertions.Match_ObjectLike(&map[string]any{"SystemLogLevel": "WARN"}),
		"TracingConfig": assertions.Match_Absent(),
	})
	template.HasResourceProperties(jsii.String("AWS::SSM::Parameter"), map[string]any{"Value": "off", "AllowedPattern": "^(on|off|guard)$"})
	for _, policy := range *template.FindResources(jsii.String("AWS::IAM::Policy"), nil) {
		assert.NotContains(t, text(t, policy), "s3:")
		assert.NotContains(t, text(t, policy), "kms:")
	}
	assert.Equal(t, "/live/health", health.HealthPath())
	assert.Equal(t, "/live/switch", health.SwitchPath())
}

func TestNetworkPolicyDeniesWhatItDoesNotAllow(t *testing.T) {
	template := templateOf(operatedUnit(t, newStack(t), func(p *regionpair.RegionUnitProps) {
		p.ApiPolicy = regionpair.NetworkPolicy([]string{"203.0.113.0/24"})
	}))
	template.HasResourceProperties(jsii.String("AWS::ApiGateway::RestApi"), map[string]any{"Name": "api.example.com", "Policy": map[string]any{"Statement": []any{
		map[string]any{"Effect": "Allow", "Action": "execute-api:Invoke", "Principal": map[string]any{"AWS": "*"}, "Resource": "execute-api:/*"},
		map[string]any{
			"Effect": "Deny", "Action": "execute-api:Invoke", "Principal": map[string]any{"AWS": "*"}, "Resource": "execute-api:/*",
			"Condition": map[string]any{"NotIpAddress": map[string]any{"aws:SourceIp": []any{"203.0.113.0/24"}}},
		},
	}, "Version": "2012-10-17"}})
	require.PanicsWithValue(t, "regionpair: NetworkPolicy needs 'networks'", func() { regionpair.NetworkPolicy([]string{}) })
}

// API Gateway deploys a changed policy only with a new deployment.
func TestAChangedResourcePolicyIsDeployed(t *testing.T) {
	deployment := func(network string) string {
		template := templateOf(operatedUnit(t, newStack(t), func(p *regionpair.RegionUnitProps) {
			p.ApiPolicy = regionpair.NetworkPolicy([]string{network})
		}))
		for id := range *template.FindResources(jsii.String("AWS::ApiGateway::Deployment"), nil) {
			if strings.HasPrefix(id, "UnitApi") {
				return id
			}
		}
		return ""
	}
	require.NotEmpty(t, deployment("203.0.113.0/24"))
	require.NotEqual(t, deployment("203.0.113.0/24"), deployment("198.51.100.0/24"))
}

func TestRegionalApiTakesCDKsOwnProps(t *testing.T) {
	stack := newStack(t)
	api := regionpair.NewRegionalApi(stack, jsii.String("Api"), &regionpair.RegionalApiProps{
		Pair: newPair(), HostedZone: operatedUnitZone(stack), Handler: newHandler(stack),
		Routes: []regionpair.Route{{Method: "GET", Path: "/", Public: true}},
		RestApiOverrides: &awsapigateway.RestApiProps{
			Description: jsii.String("mine"), RestApiName: jsii.String("renamed"), DeployOptions: &awsapigateway.StageOptions{MetricsEnabled: jsii.Bool(false)},
		},
	})
	mustBehaveLikeAConstruct(t, api)
	template := templateOf(api)
	template.HasResourceProperties(jsii.String("AWS::ApiGateway::RestApi"), map[string]any{"Description": "mine", "Name": "renamed", "DisableExecuteApiEndpoint": true})
	template.HasResourceProperties(jsii.String("AWS::ApiGateway::DomainName"), map[string]any{"SecurityPolicy": "TLS_1_2"})
	template.HasResourceProperties(jsii.String("AWS::ApiGateway::Stage"), map[string]any{
		"StageName": regionpair.StageName, "AccessLogSetting": assertions.Match_AnyValue(),
		"MethodSettings": []any{assertions.Match_ObjectLike(&map[string]any{"MetricsEnabled": false, "ThrottlingRateLimit": 500})},
	})
	require.NotEmpty(t, api.RegionalDomainName())
}
