package regionpair

import (
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// accessLogID is the access log beside a REST API.
const accessLogID = "AccessLog"

// newExecutionLog defines the log group that API Gateway would otherwise make by
// itself when it logs its first error: never encrypted with a key of ours, and
// kept for ever. It must be there before the stage is, or the names collide.
func newExecutionLog(scope constructs.Construct, api awsapigateway.RestApi, logs logKeeping) {
	name := "API-Gateway-Execution-Logs_" + apiIDOf(api) + "/" + StageName
	nodeOf(stageOf(api)).AddDependency(logs.newGroup(scope, "ExecutionLog", &name))
}

func regionalEndpoint(dualStack bool) *awsapigateway.EndpointConfiguration {
	configuration := &awsapigateway.EndpointConfiguration{
		Types: &[]awsapigateway.EndpointType{awsapigateway.EndpointType_REGIONAL},
	}
	if dualStack {
		configuration.IpAddressType = awsapigateway.IpAddressType_DUAL_STACK
	}
	return configuration
}

// tls12 is the lowest TLS version without an enhanced policy.
const tls12 = "TLS_1_2"

// setTLSPolicy names the policy on an API or a domain name, always: an API
// without one starts with TLS 1.0, its policy is the one that is negotiated on a
// custom domain as well, and TLS_1_0 cannot be changed to TLS_1_2 later.
func setTLSPolicy(of constructs.Construct, policy string) {
	child, _ := cfnResourceOf(of)
	child.AddPropertyOverride(jsii.String("SecurityPolicy"), policy)
	if policy != tls12 {
		child.AddPropertyOverride(jsii.String("EndpointAccessMode"), "BASIC")
	}
}

// orAnyNetwork is the policy of an API that admits every network. API Gateway
// keeps the last policy when a template has none any more, see
// https://github.com/aws/aws-cdk/issues/21840.
func orAnyNetwork(policy awsiam.PolicyDocument) awsiam.PolicyDocument {
	if policy != nil {
		return policy
	}
	return awsiam.NewPolicyDocument(&awsiam.PolicyDocumentProps{Statements: &[]awsiam.PolicyStatement{invokeStatement(awsiam.Effect_ALLOW, nil)}})
}

// accountRolePolicy keeps the account's logging role: it is shared by every
// API of the account in the Region, also those of other stacks.
func accountRolePolicy(accountRole *bool) awscdk.RemovalPolicy {
	if !orTrue(accountRole) {
		return ""
	}
	return awscdk.RemovalPolicy_RETAIN
}

// accessLogFormat holds no header and no query string: both can carry what a
// log must not keep.
func accessLogFormat() awsapigateway.AccessLogFormat {
	return awsapigateway.AccessLogFormat_Custom(jsii.String(`{"requestId":"$context.requestId",` +
		`"time":"$context.requestTimeEpoch","ip":"$context.identity.sourceIp","method":"$context.httpMethod",` +
		`"resource":"$context.resourcePath","path":"$context.path","status":"$context.status",` +
		`"clientId":"$context.authorizer.clientId","bytes":"$context.responseLength",` +
		`"latencyMs":"$context.responseLatency","integrationMs":"$context.integrationLatency",` +
		`"error":"$context.error.responseType","domain":"$context.domainName","traceId":"$context.xrayTraceId"}`))
}

// hideDefaultEndpoint takes out the output that CDK adds: callers use the
// domain name, and whoever copies the address that the output shows is refused.
func hideDefaultEndpoint(api awsapigateway.RestApi) {
	nodeOf(api).TryRemoveChild(jsii.String("Endpoint"))
}

// addGatewayResponses makes the answers that API Gateway gives by itself look
// like those of the functions: problem+json, with the Region that answered.
func addGatewayResponses(api awsapigateway.RestApi) {
	addGatewayResponse(api, "ClientErrors", awsapigateway.ResponseType_DEFAULT_4XX(), gatewayAnswer{})
	addGatewayResponse(api, "ServerErrors", awsapigateway.ResponseType_DEFAULT_5XX(), gatewayAnswer{})
	addGatewayResponse(api, "Unauthorized", awsapigateway.ResponseType_UNAUTHORIZED(), gatewayAnswer{challenge: "Bearer"})
}

// gatewayAnswer is what an answer of API Gateway has beside its title.
type gatewayAnswer struct {
	// detail of the problem.
	detail string
	// challenge for a caller without a token.
	challenge string
}

func addGatewayResponse(api awsapigateway.RestApi, id string, responseType awsapigateway.ResponseType, answer gatewayAnswer) {
	template := `{"type":"about:blank","title":$context.error.messageString,"requestId":"$context.requestId"}`
	if answer.detail != "" {
		template = strings.TrimSuffix(template, "}") + `,"detail":"` + answer.detail + `"}`
	}
	headers := map[string]*string{RegionHeader: jsii.String("'" + regionOf(api) + "'")}
	if answer.challenge != "" {
		headers["WWW-Authenticate"] = jsii.String("'" + answer.challenge + "'")
	}
	api.AddGatewayResponse(&id, &awsapigateway.GatewayResponseOptions{
		Type:            responseType,
		ResponseHeaders: &headers,
		Templates:       &map[string]*string{"application/problem+json": &template},
	})
}

// suppressAccountRole explains the policy that API Gateway wants its logging
// role to have.
func suppressAccountRole(api awsapigateway.RestApi) {
	role := nodeOf(api).TryFindChild(jsii.String("CloudWatchRole"))
	if role == nil {
		return
	}
	suppress(role, suppression{
		rule:   "AwsSolutions-IAM4",
		reason: "API Gateway documents this managed policy for its logging role: one role writes the logs of every API of the account, of which this stack knows only its own.",
	})
}

func suppressStage(api awsapigateway.RestApi) {
	suppress(stageOf(api), suppression{
		rule:   "AwsSolutions-APIG3",
		reason: "AWS WAF is an option of the pair: it costs money per request, and throttling is on without it.",
	})
}
