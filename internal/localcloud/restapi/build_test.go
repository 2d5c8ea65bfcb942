package restapi_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/internal/localcloud/restapi"
)

func TestTheAPIsOfARegionStack(t *testing.T) {
	api, health := regionAPIs(t)

	require.Equal(t, "eu-west-1", api.Region)
	require.Equal(t, "111122223333", api.Account)
	require.Equal(t, "live", api.Stage.Name)
	require.True(t, api.DisableExecuteAPI)
	require.False(t, health.DisableExecuteAPI)
	require.Equal(t, []string{"*/*"}, api.BinaryMediaTypes)
	var routes []string
	for _, m := range api.Methods {
		routes = append(routes, m.HTTPMethod+" "+m.Path)
	}
	require.Equal(t, []string{
		"GET /.well-known/jwks.json", "GET /.well-known/oauth-authorization-server", "POST /oauth2/token", "GET /objects",
		"DELETE /objects/{key+}", "GET /objects/{key+}", "HEAD /objects/{key+}", "PUT /objects/{key+}", "POST /uploads/{key+}",
	}, routes)
	require.Len(t, health.Methods, 2)
	require.Len(t, api.Authorizers, 1)
	for _, authorizer := range api.Authorizers {
		require.True(t, authorizer.WholeRequest)
		require.Equal(t, []string{"method.request.header.Authorization", "context.resourcePath", "context.httpMethod"}, authorizer.Sources)
		require.Equal(t, 5*time.Minute, authorizer.TTL)
		require.Equal(t, functionPrefix+"authorizer", authorizer.FunctionARN)
	}
	require.Contains(t, api.Stage.Throttles, restapi.Throttle{HTTPMethod: "POST", Path: "/oauth2/token", RatePerSecond: 50, Burst: 100})
	require.Equal(t, restapi.Throttle{HTTPMethod: "*", Path: "/*", RatePerSecond: 500, Burst: 1000}, api.Stage.Throttles[3])
	require.Equal(t, []string{
		"orders-primary/UnitApiDeploymentStagelive8A3BC448 (AWS::ApiGateway::Stage): MethodSettings[].MetricsEnabled: not emulated",
		"orders-primary/UnitApiDeploymentStagelive8A3BC448 (AWS::ApiGateway::Stage): TracingEnabled: not emulated",
	}, api.Unsupported())
}

func TestScalarsMayBeText(t *testing.T) {
	list := append(base(), method("m", "GET", "root", "f"))
	list[0].Properties["DisableExecuteApiEndpoint"] = "true"
	list[1].Properties["MethodSettings"] = []any{
		map[string]any{"HttpMethod": "*", "ResourcePath": "/*", "ThrottlingRateLimit": "5.5", "LoggingLevel": "OFF"},
		map[string]any{"HttpMethod": "GET", "ResourcePath": "/", "ThrottlingBurstLimit": 7},
		map[string]any{"HttpMethod": "PUT", "ResourcePath": "/a", "ThrottlingBurstLimit": -1, "ThrottlingRateLimit": -1},
	}
	api, err := restapi.FromResources(list)
	require.NoError(t, err)
	require.True(t, api.DisableExecuteAPI)
	require.Equal(t, []restapi.Throttle{
		{HTTPMethod: "GET", Path: "/", RatePerSecond: 10000, Burst: 7},
		{HTTPMethod: "*", Path: "/*", RatePerSecond: 5.5, Burst: 5000},
	}, api.Stage.Throttles)
}

func TestWhatIsNotEmulatedIsListed(t *testing.T) {
	list := append(base(),
		resource("Method", "m", map[string]any{
			"HttpMethod": "GET", "ResourceId": "root", "ApiKeyRequired": true, "RequestModels": map[string]any{"application/json": "Model"},
			"Integration": map[string]any{
				"Type": "AWS_PROXY", "IntegrationHttpMethod": "POST", "Uri": lambdaURI("f"),
				"ResponseTransferMode": "STREAM", "Credentials": "arn:aws:iam::111122223333:role/r", "CacheKeyParameters": []any{},
			},
		}),
		resource("GatewayResponse", "g", map[string]any{
			"ResponseType": "DEFAULT_4XX", "ResponseTemplates": map[string]any{"application/json": "$context.waf.error"},
			"ResponseParameters": map[string]any{"gatewayresponse.header.A": "method.request.body", "gatewayresponse.path.B": "'b'"},
		}),
		resource("Deployment", "d", map[string]any{"Description": "x", "StageName": "other"}),
		resource("Model", "model", map[string]any{"Name": "Model", "Schema": map[string]any{"type": "object"}}),
	)
	list[0].Properties["EndpointConfiguration"] = map[string]any{"Types": []any{"EDGE"}, "IpAddressType": "dualstack"}
	list[1].Properties["AccessLogSetting"] = map[string]any{"DestinationArn": "arn", "Format": "$context.requestId $context.wafResponseCode"}
	list[1].Properties["CacheClusterEnabled"] = false
	list[1].Properties["ClientCertificateId"] = nil
	list[1].Properties["CanarySetting"] = map[string]any{}
	list[1].Properties["MethodSettings"] = []any{map[string]any{"HttpMethod": "*", "ResourcePath": "/*", "LoggingLevel": "INFO", "CacheTtlInSeconds": 5}}
	api, err := restapi.FromResources(list)
	require.NoError(t, err)
	require.ElementsMatch(t, []string{
		"stack/api1 (AWS::ApiGateway::RestApi): EndpointConfiguration.Types: served as REGIONAL, the template says [EDGE]",
		"stack/api1 (AWS::ApiGateway::RestApi): EndpointConfiguration.IpAddressType: not emulated",
		"stack/stage1 (AWS::ApiGateway::Stage): AccessLogSetting.Format: no value for $context.wafResponseCode",
		"stack/stage1 (AWS::ApiGateway::Stage): MethodSettings[].LoggingLevel: the execution log has errors only, the template says INFO",
		"stack/stage1 (AWS::ApiGateway::Stage): MethodSettings[].CacheTtlInSeconds: not emulated",
		"stack/m (AWS::ApiGateway::Method): ApiKeyRequired: not emulated",
		"stack/m (AWS::ApiGateway::Method): RequestModels: not emulated",
		"stack/m (AWS::ApiGateway::Method): Integration.ResponseTransferMode: served as BUFFERED, the template says STREAM",
		"stack/m (AWS::ApiGateway::Method): Integration.Credentials: not emulated",
		"stack/g (AWS::ApiGateway::GatewayResponse): ResponseTemplates.application/json: no value for $context.waf.error",
		"stack/g (AWS::ApiGateway::GatewayResponse): ResponseParameters.gatewayresponse.header.A: no value for method.request.body",
		"stack/g (AWS::ApiGateway::GatewayResponse): ResponseParameters.gatewayresponse.path.B: only headers are emulated",
		"stack/d (AWS::ApiGateway::Deployment): StageName: not emulated",
		"stack/model (AWS::ApiGateway::Model): Schema: not emulated",
	}, api.Unsupported())
}

func TestMistakesNameTheResourceAndTheProperty(t *testing.T) {
	with := func(r restapi.Resource, name string, value any) restapi.Resource {
		r.Properties[name] = value
		return r
	}
	authorizer := func() restapi.Resource {
		return resource("Authorizer", "a", map[string]any{
			"Type": "TOKEN", "AuthorizerUri": lambdaURI("auth"), "IdentitySource": "method.request.header.Authorization",
		})
	}
	integration := func(name string, value any) restapi.Resource {
		i := proxyTo("f")
		i[name] = value
		return with(method("m", "GET", "root", "f"), "Integration", i)
	}
	for name, test := range map[string]struct {
		more []restapi.Resource
		want string
	}{
		"integration": {[]restapi.Resource{integration("Type", "HTTP_PROXY")},
			"stack/m (AWS::ApiGateway::Method): 'Integration.Type' must be 'AWS_PROXY' or 'MOCK', got \"HTTP_PROXY\""},
		"no integration": {[]restapi.Resource{with(method("m", "GET", "root", "f"), "Integration", nil)},
			"'Integration.Type' must be set"},
		"integration method": {[]restapi.Resource{integration("IntegrationHttpMethod", "GET")},
			"'Integration.IntegrationHttpMethod' must be 'POST' for a Lambda function, got \"GET\""},
		"other service":   {[]restapi.Resource{integration("Uri", "arn:aws:apigateway:eu-west-1:s3:path/bucket")}, "'Integration.Uri' must be 'arn:aws:apigateway:"},
		"timeout":         {[]restapi.Resource{integration("TimeoutInMillis", 49)}, "'Integration.TimeoutInMillis' must be at least 50, got 49"},
		"timeout text":    {[]restapi.Resource{integration("TimeoutInMillis", "soon")}, "'Integration.TimeoutInMillis' must be a number, got soon"},
		"authorization":   {[]restapi.Resource{with(method("m", "GET", "root", "f"), "AuthorizationType", "AWS_IAM")}, "'AuthorizationType' must be 'NONE' or 'CUSTOM', got \"AWS_IAM\""},
		"no authorizer":   {[]restapi.Resource{with(method("m", "GET", "root", "f"), "AuthorizationType", "CUSTOM")}, "'AuthorizerId' must name an authorizer of the API, got \"\""},
		"authorizer type": {[]restapi.Resource{with(authorizer(), "Type", "COGNITO_USER_POOLS")}, "'Type' must be 'TOKEN' or 'REQUEST', got \"COGNITO_USER_POOLS\""},
		"identity source": {[]restapi.Resource{with(authorizer(), "IdentitySource", "method.request.querystring.t")}, "'IdentitySource' must be 'method.request.header.<name>'"},
		"expression":      {[]restapi.Resource{with(authorizer(), "IdentityValidationExpression", "(?=x)")}, "'IdentityValidationExpression' must be an expression that RE2 understands"},
		"ttl":             {[]restapi.Resource{with(authorizer(), "AuthorizerResultTtlInSeconds", 3601)}, "'AuthorizerResultTtlInSeconds' must be 0 to 3600, got 3601"},
		"authorizer uri":  {[]restapi.Resource{with(authorizer(), "AuthorizerUri", "x")}, "'AuthorizerUri' must be 'arn:aws:apigateway:"},
		"twice":           {[]restapi.Resource{method("m", "GET", "root", "f"), method("n", "GET", "root", "f")}, "stack/n (AWS::ApiGateway::Method): 'HttpMethod' is defined twice on /"},
		"unknown parent":  {[]restapi.Resource{part("a", "root", "a"), part("b", "nowhere", "b")}, `refers to the resource "nowhere", which is not in the template and not the root "root"`},
		"circle":          {[]restapi.Resource{part("a", "b", "a"), part("b", "a", "b")}, "'ParentId' leads back to the resource itself: a -> b -> a"},
		"part":            {[]restapi.Resource{part("a", "root", "{key+")}, `'PathPart' must be a segment such as 'objects', '{id}' or '{key+}', got "{key+"`},
		"below greedy":    {[]restapi.Resource{part("a", "root", "{key+}"), part("b", "a", "b")}, "'ParentId' must not be the greedy resource /{key+}"},
		"siblings":        {[]restapi.Resource{part("a", "root", "{a}"), part("b", "root", "{b}")}, "/{a} and /{b} cannot be told apart"},
		"no path part":    {[]restapi.Resource{part("a", "root", "")}, "'PathPart' must be set"},
		"status":          {[]restapi.Resource{resource("GatewayResponse", "g", map[string]any{"ResponseType": "THROTTLED", "StatusCode": "99"})}, "'StatusCode' must be 200 to 599, got \"99\""},
		"parameter": {[]restapi.Resource{with(method("m", "GET", "root", "f"), "RequestParameters", map[string]any{"method.request.body": true})},
			"'RequestParameters.method.request.body' must be named method.request.{header,querystring,path}.<name>"},
		"two stages": {[]restapi.Resource{resource("Stage", "s", map[string]any{"StageName": "b"})}, "must have exactly one stage, got 2"},
		"types": {[]restapi.Resource{resource("GatewayResponse", "g", map[string]any{
			"ResponseType": []any{}, "ResponseTemplates": "x", "ResponseParameters": map[string]any{"a": []any{}},
		})}, "'ResponseType' must be a string, got []interface {}"},
		"setting": {[]restapi.Resource{resource("Stage", "s", map[string]any{"StageName": "b", "MethodSettings": []any{"x"}})}, "'MethodSettings[0]' must be an object, got string"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := restapi.FromResources(append(base(), test.more...))
			require.ErrorContains(t, err, test.want)
		})
	}
}

func TestBadPropertiesOfTheAPI(t *testing.T) {
	for name, value := range map[string]any{
		"Body": map[string]any{"openapi": "3.0"}, "BodyS3Location": map[string]any{"Bucket": "b"},
		"BinaryMediaTypes": "x", "DisableExecuteApiEndpoint": "maybe", "EndpointConfiguration": 1,
	} {
		list := base()
		list[0].Properties[name] = value
		_, err := restapi.FromResources(list)
		require.ErrorContains(t, err, "stack/api1 (AWS::ApiGateway::RestApi): '"+name+"'", name)
	}
	list := base()
	list[0].Properties["BinaryMediaTypes"] = []any{map[string]any{}}
	_, err := restapi.FromResources(list)
	require.ErrorContains(t, err, "'BinaryMediaTypes' must be a list of strings")
}

func TestFromResourcesWantsOneAPI(t *testing.T) {
	_, err := restapi.FromResources(nil)
	require.ErrorContains(t, err, "exactly one AWS::ApiGateway::RestApi, got 0")
	_, err = restapi.FromResources(regionResources(t))
	require.ErrorContains(t, err, "exactly one AWS::ApiGateway::RestApi, got 2")
}

func TestResourcesOfOtherAPIsAreSkipped(t *testing.T) {
	other := method("m", "GET", "root", "f")
	other.Properties["RestApiId"] = "api2"
	otherStack := method("m", "GET", "root", "f")
	otherStack.Stack = "other"
	require.Empty(t, build(t, other, otherStack).Methods)
}
