package regionpair

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

func newAccessLog(scope constructs.Construct, retention awslogs.RetentionDays, key awskms.IKey, removal awscdk.RemovalPolicy) awslogs.LogGroup {
	return awslogs.NewLogGroup(scope, jsii.String("AccessLog"), &awslogs.LogGroupProps{
		Retention:     orRetention(retention),
		EncryptionKey: keyRef(key),
		RemovalPolicy: keepByDefault(removal),
	})
}

func regionalEndpoint(dualStack *bool) *awsapigateway.EndpointConfiguration {
	configuration := &awsapigateway.EndpointConfiguration{
		Types: &[]awsapigateway.EndpointType{awsapigateway.EndpointType_REGIONAL},
	}
	if isTrue(dualStack) {
		configuration.IpAddressType = awsapigateway.IpAddressType_DUAL_STACK
	}
	return configuration
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

// addGatewayResponses makes the answers that API Gateway gives by itself look
// like those of the functions: problem+json, with the Region that answered.
func addGatewayResponses(api awsapigateway.RestApi) {
	const template = `{"type":"about:blank","title":$context.error.messageString,"requestId":"$context.requestId"}`
	region := "'" + *awscdk.Stack_Of(api).Region() + "'"
	add := func(id string, responseType awsapigateway.ResponseType, headers map[string]*string) {
		headers[RegionHeader] = jsii.String(region)
		api.AddGatewayResponse(jsii.String(id), &awsapigateway.GatewayResponseOptions{
			Type:            responseType,
			ResponseHeaders: &headers,
			Templates:       &map[string]*string{"application/problem+json": jsii.String(template)},
		})
	}
	add("ClientErrors", awsapigateway.ResponseType_DEFAULT_4XX(), map[string]*string{})
	add("ServerErrors", awsapigateway.ResponseType_DEFAULT_5XX(), map[string]*string{})
	add("Unauthorized", awsapigateway.ResponseType_UNAUTHORIZED(), map[string]*string{
		"WWW-Authenticate": jsii.String("'Bearer'"),
	})
}

func suppressStage(api awsapigateway.RestApi) {
	suppress(api.DeploymentStage(), suppression{
		rule:   "AwsSolutions-APIG3",
		reason: "AWS WAF is an option of the pair: it costs money per request, and throttling is on without it.",
	})
}
