package regionpair

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsssm"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// HealthDepth says how much a health check looks at.
type HealthDepth string

const (
	// HealthStatic answers with fixed content: API Gateway and Lambda work.
	HealthStatic HealthDepth = "static"
	// HealthDependencies also asks bucket, key, token issuer and parameters.
	HealthDependencies HealthDepth = "dependencies"
)

// HealthEndpointProps configures a [HealthEndpoint].
type HealthEndpointProps struct {
	// PairName is the first part of the switch parameter's name.
	// Required.
	PairName *string
	// Depth of the health check.
	// Default: HealthDependencies when Bucket and Auth are given, otherwise
	// HealthStatic.
	Depth HealthDepth
	// Bucket whose reachability and key are part of this Region's health.
	// Required for HealthDependencies.
	Bucket ReplicatedBucket
	// Auth whose keys and parameters are part of this Region's health.
	// Required for HealthDependencies.
	Auth MachineAuth
	// ResourcePolicy says who may ask; see [NetworkPolicy]. Route 53's checkers
	// must be among them, or the Region looks unhealthy.
	// Default: everybody may.
	ResourcePolicy awsiam.PolicyDocument
	// AccountRole lets API Gateway write logs, see [RegionalApiProps].
	// Default: true.
	AccountRole *bool
	// Tracing with X-Ray, of the API and of the function. Sixteen checkers at
	// 10 s are 1.6 requests a second for each of up to three paths, and X-Ray
	// bills each trace.
	// Default: false.
	Tracing *bool
	// LogRetention of the access log and of API Gateway's own log.
	// Default: one month.
	LogRetention awslogs.RetentionDays
	// LogEncryptionKey encrypts these logs, see [GrantLogs].
	// Default: encrypted by CloudWatch Logs with a key it owns.
	LogEncryptionKey awskms.IKey
	// RemovalPolicy of these logs.
	// Default: kept, unless the deployment that creates it fails.
	RemovalPolicy awscdk.RemovalPolicy
	// Function configures the Lambda function; Entry and Environment are set
	// by the construct.
	// Default: the defaults of [GoFunction].
	Function *GoFunctionProps
}

// HealthEndpoint is the standalone REST API that Route 53 asks. It stands
// apart from the API it speaks for: its default endpoint is on, it needs no
// token, and its TLS stays at 1.2, the newest version that health checkers are
// documented to speak.
type HealthEndpoint interface {
	constructs.Construct
	// DomainName of the endpoint, never the name that fails over.
	DomainName() *string
	// HealthPath answers 200 while the Region can serve.
	HealthPath() *string
	// SwitchPath answers 200 while a failover to this Region is requested.
	SwitchPath() *string
	// SwitchParameter names the parameter behind SwitchPath: "on" or "off".
	SwitchParameter() *string
	// RestApi is the API.
	RestApi() awsapigateway.RestApi
	// Function answers the checks.
	Function() awslambda.Function
}

type healthEndpoint struct {
	constructs.Construct
	api      awsapigateway.RestApi
	function GoFunction
	names    pairNames
}

func (h *healthEndpoint) RestApi() awsapigateway.RestApi { return h.api }

func (h *healthEndpoint) Function() awslambda.Function { return h.function.Function() }

func (h *healthEndpoint) SwitchParameter() *string { return h.names.failoverSwitch() }

func (h *healthEndpoint) HealthPath() *string { return jsii.String("/" + StageName + "/health") }

func (h *healthEndpoint) SwitchPath() *string { return jsii.String("/" + StageName + "/switch") }

func (h *healthEndpoint) DomainName() *string {
	stack := awscdk.Stack_Of(h)
	return jsii.String(*h.api.RestApiId() + ".execute-api." + *stack.Region() + "." + *stack.UrlSuffix())
}

// NewHealthEndpoint defines the health API, its function and the switch.
func NewHealthEndpoint(scope constructs.Construct, id *string, props *HealthEndpointProps) HealthEndpoint {
	required("HealthEndpoint", "PairName", props == nil || props.PairName == nil)
	h := &healthEndpoint{names: pairNames{*props.PairName}}
	constructs.NewConstruct_Override(h, scope, id)

	toggle := awsssm.NewStringParameter(h, jsii.String("Switch"), &awsssm.StringParameterProps{
		ParameterName:  h.SwitchParameter(),
		Description:    jsii.String("'on' requests that this Region takes over all traffic; 'off' is normal operation"),
		StringValue:    jsii.String("off"),
		AllowedPattern: jsii.String("^(on|off)$"),
	})
	h.function = h.newFunction(props)
	allow(h.function, []string{"ssm:GetParameter"}, *toggle.ParameterArn())
	h.api = h.newApi(props)
	referToWeakly(h.api)
	return h
}

func (h *healthEndpoint) newFunction(props *HealthEndpointProps) GoFunction {
	depth := props.depth()
	environment := map[string]*string{
		"HEALTH_DEPTH":     jsii.String(string(depth)),
		"SWITCH_PARAMETER": h.SwitchParameter(),
	}
	if depth == HealthStatic {
		return newSupportFunction(h, "health", props.function(), environment)
	}
	required("HealthEndpoint with HealthDependencies", "Bucket", props.Bucket == nil)
	required("HealthEndpoint with HealthDependencies", "Auth", props.Auth == nil)
	environment["BUCKET_NAME"] = props.Bucket.BucketName()
	environment["KMS_KEY_ARN"] = props.Bucket.Key().KeyArn()
	environment["JWKS_URI"] = props.Auth.JwksUri()
	environment["ISSUER_PARAMETERS"] = issuerParameters(props.Auth)
	function := newSupportFunction(h, "health", props.function(), environment)
	grantIssuers(function, props.Auth)
	allow(function, []string{"s3:ListBucket"}, *props.Bucket.Bucket().BucketArn())
	allow(function, []string{"kms:GenerateDataKeyWithoutPlaintext"}, *props.Bucket.Key().KeyArn())
	return function
}

// function quiets what answers several million requests a month: no traces, and
// no lines of Lambda's own for each of them.
func (p *HealthEndpointProps) function() *GoFunctionProps {
	quiet := GoFunctionProps{}
	if p.Function != nil {
		quiet = *p.Function
	}
	quiet.Overrides = override(awslambda.FunctionOptions{SystemLogLevelV2: awslambda.SystemLogLevel_WARN}, quiet.Overrides)
	quiet.Overrides.Tracing = awslambda.Tracing_DISABLED
	if isTrue(p.Tracing) {
		quiet.Overrides.Tracing = awslambda.Tracing_ACTIVE
	}
	return &quiet
}

func (p *HealthEndpointProps) depth() HealthDepth {
	switch p.Depth {
	case HealthStatic, HealthDependencies:
		return p.Depth
	case "":
		if (p.Bucket == nil) != (p.Auth == nil) {
			misuse("HealthEndpoint needs both 'Bucket' and 'Auth' to look at them, or neither, or 'Depth' HealthStatic")
		}
		if p.Bucket != nil {
			return HealthDependencies
		}
		return HealthStatic
	}
	misuse("HealthEndpoint 'Depth' must be 'static' or 'dependencies', got '%s'", p.Depth)
	return ""
}

func (h *healthEndpoint) newApi(props *HealthEndpointProps) awsapigateway.RestApi {
	logs := logKeeping{props.LogRetention, props.LogEncryptionKey, props.RemovalPolicy}
	accessLog := logs.newGroup(h, accessLogID, nil)
	api := awsapigateway.NewRestApi(h, jsii.String("Api"), &awsapigateway.RestApiProps{
		CloudWatchRole:              jsii.Bool(orTrue(props.AccountRole)),
		CloudWatchRoleRemovalPolicy: accountRolePolicy(props.AccountRole),
		RestApiName:                 jsii.String(*props.PairName + "-health"),
		Description:                 jsii.String("Answers Route 53's health checks"),
		EndpointConfiguration:       regionalEndpoint(nil),
		Policy:                      orAnyNetwork(props.ResourcePolicy),
		DeployOptions: &awsapigateway.StageOptions{
			StageName:            jsii.String(StageName),
			AccessLogDestination: awsapigateway.NewLogGroupLogDestination(accessLog),
			AccessLogFormat:      accessLogFormat(),
			LoggingLevel:         awsapigateway.MethodLoggingLevel_ERROR,
			MetricsEnabled:       jsii.Bool(true),
			ThrottlingRateLimit:  jsii.Number(50),
			ThrottlingBurstLimit: jsii.Number(100),
			TracingEnabled:       jsii.Bool(isTrue(props.Tracing)),
		},
	})
	hideDefaultEndpoint(api)
	setTLSPolicy(api, tls12)
	newExecutionLog(h, api, logs)
	validator := api.AddRequestValidator(jsii.String("Validator"), &awsapigateway.RequestValidatorOptions{
		ValidateRequestBody:       jsii.Bool(true),
		ValidateRequestParameters: jsii.Bool(true),
	})
	const reason = "Route 53's health checkers cannot authenticate; the answers hold no secrets and the API is throttled."
	for _, path := range []string{"/health", "/switch"} {
		method := api.Root().ResourceForPath(&path).AddMethod(jsii.String("GET"), newIntegration(h.function.Function()),
			&awsapigateway.MethodOptions{RequestValidator: validator})
		suppress(method, suppression{rule: "AwsSolutions-COG4", reason: reason}, suppression{rule: "AwsSolutions-APIG4", reason: reason})
	}
	suppressStage(api)
	suppressAccountRole(api)
	return api
}
