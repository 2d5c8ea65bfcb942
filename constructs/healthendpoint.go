package regionpair

import (
	"maps"
	"regexp"
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsssm"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/regionpair/regionpair/internal/contract"
)

// HealthDepth says how much a health check looks at.
type HealthDepth string

const (
	// HealthStatic answers with fixed content: API Gateway and Lambda work.
	HealthStatic HealthDepth = "static"
	// HealthDependencies also asks bucket, key, tables, token issuer and
	// parameters.
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
	// Tables that are part of this Region's health, by name. Of each, one key is
	// read that no item needs to have. Only with HealthDependencies.
	// Default: none.
	Tables *map[string]TableReplica
	// Probes of one's own, by the name of their check; see
	// [HealthEndpoint.AddProbe].
	// Default: none.
	Probes *map[string]awslambda.IFunction
	// PreferredNetworks are answered whatever everybody else sends, IPv4 or IPv6
	// in CIDR notation: Route 53's checkers, which "aws route53
	// get-checker-ip-ranges" lists. All others together then have 10 requests a
	// second, by a web ACL that costs about $6 a month and $0.60 a million
	// requests. It refuses nobody: checkers that the list does not know yet are
	// answered as well.
	// Default: no web ACL; every network is answered alike.
	PreferredNetworks *[]*string
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
	// HealthPath answers 200 while the Region can serve. It is for people and
	// their monitors.
	HealthPath() *string
	// SwitchPath answers 200 while a failover to this Region is requested.
	SwitchPath() *string
	// CheckerHealthPath is HealthPath for Route 53's checkers, with a part that
	// nobody can guess and a throttle of its own: whoever floods the paths for
	// people does not reach it. It is a reference to this stack.
	CheckerHealthPath() *string
	// CheckerSwitchPath is SwitchPath for Route 53's checkers.
	CheckerSwitchPath() *string
	// SwitchParameter names the parameter behind SwitchPath: "on" or "off".
	SwitchParameter() *string
	// RestApi is the API.
	RestApi() awsapigateway.RestApi
	// Function answers the checks.
	Function() awslambda.Function
	// AddProbe adds a check of one's own. The function is invoked at most every
	// 5 s per instance of the health function with {"source":"regionpair.health"},
	// has 1.2 s, and answers {"status":"healthy"}, "degraded" or "unhealthy". A
	// Region with an unhealthy probe is unhealthy, also with HealthStatic; so is
	// one with a probe that fails. A probe should look at what a failover would
	// mend: something of this Region that requests need, and not its load.
	// Names have 1 to 32 small letters, digits and hyphens, and are none of the
	// construct's own: bucket, key, tokens, issuer, parameters.
	AddProbe(name *string, function awslambda.IFunction)
}

type healthEndpoint struct {
	constructs.Construct
	api      awsapigateway.RestApi
	function GoFunction
	names    pairNames
	probes   map[string]*string
}

func (h *healthEndpoint) RestApi() awsapigateway.RestApi { return h.api }

func (h *healthEndpoint) Function() awslambda.Function { return h.function.Function() }

func (h *healthEndpoint) SwitchParameter() *string { return h.names.failoverSwitch() }

func (h *healthEndpoint) HealthPath() *string { return jsii.String("/" + StageName + "/health") }

func (h *healthEndpoint) SwitchPath() *string { return jsii.String("/" + StageName + "/switch") }

func (h *healthEndpoint) CheckerHealthPath() *string { return h.checkerPath("health") }

func (h *healthEndpoint) CheckerSwitchPath() *string { return h.checkerPath("switch") }

// checkerPath has the id that API Gateway gives the API's root: it is as random
// as an API's own id, and appears in no name that DNS or TLS shows.
func (h *healthEndpoint) checkerPath(name string) *string {
	return jsii.String("/" + StageName + "/" + *h.api.RestApiRootResourceId() + "/" + name)
}

func (h *healthEndpoint) DomainName() *string {
	stack := awscdk.Stack_Of(h)
	return jsii.String(*h.api.RestApiId() + ".execute-api." + *stack.Region() + "." + *stack.UrlSuffix())
}

// NewHealthEndpoint defines the health API, its function and the switch.
func NewHealthEndpoint(scope constructs.Construct, id *string, props *HealthEndpointProps) HealthEndpoint {
	required("HealthEndpoint", "PairName", props == nil || props.PairName == nil)
	h := &healthEndpoint{names: pairNames{*props.PairName}, probes: map[string]*string{}}
	constructs.NewConstruct_Override(h, scope, id)

	toggle := awsssm.NewStringParameter(h, jsii.String("Switch"), &awsssm.StringParameterProps{
		ParameterName:  h.SwitchParameter(),
		Description:    jsii.String("'on' requests that this Region takes over all traffic; 'off' is normal operation"),
		StringValue:    jsii.String("off"),
		AllowedPattern: jsii.String("^(on|off)$"),
	})
	h.function = h.newFunction(props)
	allow(h.function, []string{"ssm:GetParameter"}, *toggle.ParameterArn())
	if props.Probes != nil {
		for _, name := range slices.Sorted(maps.Keys(*props.Probes)) {
			h.AddProbe(&name, (*props.Probes)[name])
		}
	}
	h.api = h.newApi(props)
	referToWeakly(h.api)
	if props.PreferredNetworks != nil && len(*props.PreferredNetworks) > 0 {
		h.preferNetworks(*props.PreferredNetworks, *props.PairName)
	}
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
	environment["TOKEN_URL"] = props.Auth.TokenUrl()
	environment["ISSUER_PARAMETERS"] = issuerParameters(props.Auth)
	if props.hasTables() {
		environment[contract.HealthTables] = jsii.String(healthTables(*props.Tables))
	}
	function := newSupportFunction(h, "health", props.function(), environment)
	grantIssuers(function, props.Auth)
	allow(function, []string{"s3:ListBucket"}, *props.Bucket.Bucket().BucketArn())
	allowIf(function, []string{"kms:GenerateDataKeyWithoutPlaintext", "kms:Decrypt"}, map[string]any{
		// Of what the key encrypts, the function can read its own alone.
		"StringEquals": map[string]any{"kms:EncryptionContext:" + contract.HealthContextKey: contract.HealthContextValue},
	}, *props.Bucket.Key().KeyArn())
	if props.hasTables() {
		grantHealthTables(function, *props.Tables)
	}
	return function
}

func (p *HealthEndpointProps) hasTables() bool { return p.Tables != nil && len(*p.Tables) > 0 }

var probeName = regexp.MustCompile(`^[a-z0-9-]{1,32}$`)

func (h *healthEndpoint) AddProbe(name *string, function awslambda.IFunction) {
	required("HealthEndpoint probe", "Name", name == nil)
	required("HealthEndpoint probe '"+*name+"'", "Function", function == nil)
	if !probeName.MatchString(*name) || slices.Contains([]string{"bucket", "key", "tokens", "issuer", "parameters"}, *name) {
		misuse("HealthEndpoint probes must have names of 1 to 32 small letters, digits and hyphens, other than its own checks, got '%s'", *name)
	}
	if h.probes[*name] != nil {
		misuse("HealthEndpoint probes must have unique names, got '%s' twice", *name)
	}
	h.probes[*name] = function.FunctionArn()
	h.Function().AddEnvironment(jsii.String(contract.HealthProbes), awscdk.Stack_Of(h).ToJsonString(h.probes, nil), nil)
	allow(h.function, []string{"lambda:InvokeFunction"}, *function.FunctionArn())
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
		Policy:                      orAnyNetwork(nil),
		DeployOptions: &awsapigateway.StageOptions{
			StageName:            jsii.String(StageName),
			AccessLogDestination: awsapigateway.NewLogGroupLogDestination(accessLog),
			AccessLogFormat:      accessLogFormat(),
			LoggingLevel:         awsapigateway.MethodLoggingLevel_ERROR,
			MetricsEnabled:       jsii.Bool(true),
			// Of each method the checkers ask: hundreds of times what they need.
			ThrottlingRateLimit:  jsii.Number(1000),
			ThrottlingBurstLimit: jsii.Number(2000),
			MethodOptions:        publicThrottles(),
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
	private := api.Root().AddResource(jsii.String("checkers"), nil)
	private.Node().DefaultChild().(awscdk.CfnResource).AddPropertyOverride(jsii.String("PathPart"), api.RestApiRootResourceId())
	for _, parent := range []awsapigateway.IResource{api.Root(), private} {
		for _, path := range healthPaths {
			h.addMethod(parent.AddResource(&path, nil), validator)
		}
	}
	suppressStage(api)
	suppressAccountRole(api)
	return api
}

var healthPaths = []string{"health", "switch"}

// publicThrottles hold what everybody may cost.
func publicThrottles() *map[string]*awsapigateway.MethodDeploymentOptions {
	options := map[string]*awsapigateway.MethodDeploymentOptions{}
	for _, path := range healthPaths {
		options["/"+path+"/GET"] = &awsapigateway.MethodDeploymentOptions{
			ThrottlingRateLimit: jsii.Number(50), ThrottlingBurstLimit: jsii.Number(100),
			LoggingLevel: awsapigateway.MethodLoggingLevel_ERROR, MetricsEnabled: jsii.Bool(true),
		}
	}
	return &options
}

func (h *healthEndpoint) addMethod(resource awsapigateway.Resource, validator awsapigateway.RequestValidator) {
	const reason = "Route 53's health checkers cannot authenticate; the answers hold no secrets and the API is throttled."
	method := resource.AddMethod(jsii.String("GET"), newIntegration(h.function.Function()), &awsapigateway.MethodOptions{RequestValidator: validator})
	suppress(method, suppression{rule: "AwsSolutions-COG4", reason: reason}, suppression{rule: "AwsSolutions-APIG4", reason: reason})
}
