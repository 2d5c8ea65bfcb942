package regionpair

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsssm"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/internal/limits"
)

// HealthDepth says how much a health check looks at.
type HealthDepth = contract.HealthDepth

const (
	// HealthStatic answers with fixed content: API Gateway and Lambda work.
	HealthStatic HealthDepth = contract.HealthStatic
	// HealthDependencies also asks bucket, key, tables, token issuer and
	// parameters.
	HealthDependencies HealthDepth = contract.HealthDependencies
	// HealthApi also asks the API, by the name and through the front door that
	// clients use: certificate, mapping, token endpoint, authorizer and handler.
	HealthApi HealthDepth = contract.HealthAPI
)

// HealthRequest is what a health check sends to the API.
type HealthRequest struct {
	// Api that is asked, at its own address in this Region. It must admit the
	// health function: mutual TLS and a policy of networks do not.
	// Required.
	Api RegionalApi
	// Path that is asked with GET every 5 s. Any answer of the handler is a good
	// one, except for 401, 403 and 5xx; 429 counts as degraded.
	// Required, beginning with "/".
	Path string
	// Client is the machine client whose credentials the health function reads in
	// Secrets Manager; it may call Path.
	// Required, unless the route is public.
	Client string
}

// HealthEndpointProps configures a [HealthEndpoint].
type HealthEndpointProps struct {
	// Pair that the endpoint speaks for.
	// Required.
	Pair *Pair
	// Depth of the health check.
	// Default: HealthDependencies when Bucket and Issuer are given, otherwise
	// HealthStatic.
	Depth HealthDepth
	// Bucket whose reachability and key are part of this Region's health.
	// Required for HealthDependencies and HealthApi.
	Bucket ReplicatedBucket
	// Issuer whose tokens, keys and parameters are part of this Region's health.
	// Required for HealthDependencies and HealthApi.
	Issuer TokenIssuer
	// Request to the API that is part of this Region's health.
	// Required for HealthApi, and only there.
	Request *HealthRequest
	// Tables that are part of this Region's health, by name. Of each, one key is
	// read that no item needs to have. Not with HealthStatic.
	// Default: none.
	Tables map[string]TableReplica
	// Probes of one's own, by the name of their check; see
	// [HealthEndpoint.AddProbe].
	// Default: none.
	Probes map[string]awslambda.IFunction
	// PreferredNetworks are answered whatever everybody else sends, IPv4 or IPv6
	// in CIDR notation: Route 53's checkers, which "aws route53
	// get-checker-ip-ranges" lists. All others together then have 10 requests a
	// second, by a web ACL that costs about $6 a month and $0.60 a million
	// requests. It refuses nobody: checkers that the list does not know yet are
	// answered as well.
	// Default: no web ACL; every network is answered alike.
	PreferredNetworks []string
	// AccountRole lets API Gateway write logs, see [RegionalApiProps].
	// Default: true.
	AccountRole *bool
	// Tracing with X-Ray, of the API and of the function. Sixteen checkers at
	// 10 s are 1.6 requests a second for each of up to three paths, and X-Ray
	// bills each trace.
	// Default: false.
	Tracing bool
	// LogEncryptionKey encrypts the logs of the API and of the function, see
	// [GrantLogs].
	// Default: encrypted by CloudWatch Logs with a key it owns.
	LogEncryptionKey awskms.IKey
	// RestApiOverrides lays CDK's own props over those of the API, except for the
	// stage, whose throttles keep a flood from the checkers.
	// Default: nothing is overridden.
	RestApiOverrides *awsapigateway.RestApiProps
	// FunctionOverrides lays CDK's own options over those of the function, except
	// for Tracing.
	// Default: nothing is overridden.
	FunctionOverrides *awslambda.FunctionOptions
}

// Validate returns everything that is wrong at once.
func (p *HealthEndpointProps) Validate() error {
	p = orNew(p)
	c := checking("HealthEndpoint")
	c.requires("Pair", p.Pair)
	oneOf(c, "Depth", p.Depth, HealthStatic, HealthDependencies, HealthApi)
	switch p.Depth {
	case HealthDependencies, HealthApi:
		c.requires("Bucket", p.Bucket)
		c.requires("Issuer", p.Issuer)
	case "":
		c.refuse((p.Bucket == nil) != (p.Issuer == nil), "needs both 'Bucket' and 'Issuer' to look at them, or neither, or 'Depth' HealthStatic")
	}
	for name, function := range p.Probes {
		c.probe(name, function)
	}
	for name, table := range p.Tables {
		c.refuse(table == nil, "table '%s' needs a replica", name)
	}
	c.refuse(len(p.Tables) > 0 && p.depth() == HealthStatic, "'Tables' are not probed with HealthStatic")
	c.healthRequest(p)
	c.networks("PreferredNetworks", p.PreferredNetworks, "15.177.0.0/18")
	for _, network := range p.PreferredNetworks {
		if problem := limits.CheckIPSet(network); problem != nil {
			c.refuse(true, "'PreferredNetworks' %s", problem)
		}
	}
	if o := p.RestApiOverrides; o != nil {
		c.refuse(o.DeployOptions != nil, "'RestApiOverrides.DeployOptions' cannot be changed: the throttles keep a flood from Route 53's checkers")
		c.refuse(o.Policy != nil, "'RestApiOverrides.Policy' cannot be changed: Route 53 asks from networks that change")
		c.refuse(o.DisableExecuteApiEndpoint != nil, "'RestApiOverrides.DisableExecuteApiEndpoint' cannot be changed: Route 53 asks that endpoint")
	}
	return c.err()
}

func (c *check) healthRequest(p *HealthEndpointProps) {
	c.refuse((p.Depth == HealthApi) != (p.Request != nil), "needs 'Request' with HealthApi, and only then")
	if p.Request == nil {
		return
	}
	c.requires("Request.Api", p.Request.Api)
	c.refuse(!strings.HasPrefix(p.Request.Path, "/"), "'Request.Path' must begin with '/', got '%s'", p.Request.Path)
	c.refuse(p.Request.Client != "" && !limits.IsClientName(p.Request.Client), "'Request.Client' must be the name of a machine client, got '%s'", p.Request.Client)
}

// HealthEndpoint is the standalone REST API that Route 53 asks. It stands
// apart from the API it speaks for: its default endpoint is on, it needs no
// token, and its TLS stays at 1.2, the newest version that health checkers are
// documented to speak.
type HealthEndpoint interface {
	constructs.Construct
	// Pair that the endpoint speaks for.
	Pair() *Pair
	// DomainName of the endpoint, never the name that fails over.
	DomainName() string
	// HealthPath answers 200 while the Region can serve. It is for people and
	// their monitors.
	HealthPath() string
	// SwitchPath answers 200 while a failover to this Region is requested.
	SwitchPath() string
	// CheckerHealthPath is HealthPath for Route 53's checkers, with a part that
	// nobody can guess and a throttle of its own: whoever floods the paths for
	// people does not reach it. It is a reference to this stack.
	CheckerHealthPath() string
	// CheckerSwitchPath is SwitchPath for Route 53's checkers.
	CheckerSwitchPath() string
	// SwitchParameter names the parameter behind SwitchPath: "on" or "off", or
	// "guard" while a [FailbackGuard] has turned it on.
	SwitchParameter() string
	// HoldParameter names the parameter that makes HealthPath answer 503 while it
	// is "on" or "guard", whatever the Region's health: it keeps the Region out.
	HoldParameter() string
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
	// construct's own: bucket, key, tokens, issuer, parameters, front-door, request.
	AddProbe(name string, function awslambda.IFunction)
	// MetricHealthy is the share of answers that found the Region healthy, from 0
	// to 1.
	// Default: over a minute.
	MetricHealthy(options *awscloudwatch.MathExpressionOptions) awscloudwatch.MathExpression
	// MetricDegraded counts reports in which something was wrong that is no reason
	// to move the clients.
	// Default: sum over a minute.
	MetricDegraded(options *awscloudwatch.MetricOptions) awscloudwatch.Metric
}

type healthEndpoint struct {
	constructs.Construct
	api      awsapigateway.RestApi
	function GoFunction
	pair     *Pair
	probes   map[string]*string
}

func (h *healthEndpoint) Pair() *Pair { return h.pair }

func (h *healthEndpoint) RestApi() awsapigateway.RestApi { return h.api }

func (h *healthEndpoint) Function() awslambda.Function { return h.function.Function() }

func (h *healthEndpoint) SwitchParameter() string { return h.pair.SwitchParameter() }

func (h *healthEndpoint) HoldParameter() string { return h.pair.HoldParameter() }

func (h *healthEndpoint) HealthPath() string { return "/" + StageName + "/health" }

func (h *healthEndpoint) SwitchPath() string { return "/" + StageName + "/switch" }

func (h *healthEndpoint) CheckerHealthPath() string { return h.checkerPath("health") }

func (h *healthEndpoint) CheckerSwitchPath() string { return h.checkerPath("switch") }

func (h *healthEndpoint) MetricHealthy(options *awscloudwatch.MathExpressionOptions) awscloudwatch.MathExpression {
	return expressionOf{
		expression: "1 - FILL(unhealthy, 0)", label: "Healthy answers",
		metrics: map[string]metricOf{"unhealthy": restAPIMetric(h.api, StageName, "5XXError", "Average")},
	}.with(options, 1)
}

func (h *healthEndpoint) MetricDegraded(options *awscloudwatch.MetricOptions) awscloudwatch.Metric {
	return h.degraded().with(options, 1)
}

func (h *healthEndpoint) degraded() metricOf {
	return functionMetric(contract.MetricDegraded, h.Function())
}

// checkerPath has the id that API Gateway gives the API's root: it is as random
// as an API's own id, and appears in no name that DNS or TLS shows.
func (h *healthEndpoint) checkerPath(name string) string {
	return "/" + StageName + "/" + *once(h.api, "restApiRootResourceId", h.api.RestApiRootResourceId) + "/" + name
}

func (h *healthEndpoint) DomainName() string {
	return apiIDOf(h.api) + ".execute-api." + regionOf(h) + "." + urlSuffixOf(h)
}

// NewHealthEndpoint defines the health API, its function and the switch.
func NewHealthEndpoint(scope constructs.Construct, id *string, props *HealthEndpointProps) HealthEndpoint {
	mustBeValid(props.Validate())
	role := props.Pair.roleOf("HealthEndpoint", scope)
	mustBeInOneRegion(props, role)
	h := &healthEndpoint{pair: props.Pair, probes: map[string]*string{}}
	newConstruct(h, scope, id)

	toggle := h.newToggle("Switch", h.SwitchParameter(), "'on' requests that this Region takes over all traffic; 'off' is normal operation")
	hold := h.newToggle("Hold", h.HoldParameter(), "'on' keeps this Region out, whatever its health; 'off' is normal operation")
	h.function = h.newFunction(props)
	allow(h.function, []string{"ssm:GetParameter"}, *toggle.ParameterArn(), *hold.ParameterArn())
	for _, name := range slices.Sorted(maps.Keys(props.Probes)) {
		h.AddProbe(name, props.Probes[name])
	}
	h.api = h.newApi(props)
	referToWeakly(h.api)
	awsssm.NewStringParameter(h, jsii.String("Url"), &awsssm.StringParameterProps{
		ParameterName: new(contract.HealthParameter(h.pair.Name())),
		Description:   jsii.String("Where the guard of the failback asks for the health of this Region"),
		StringValue:   new(checkerURL(h)),
	})
	if len(props.PreferredNetworks) > 0 {
		h.preferNetworks(props.PreferredNetworks)
	}
	output(h, contract.OutputHealthURL, "https://"+h.DomainName()+h.HealthPath(), "What Route 53 asks")
	output(h, contract.OutputSwitchParameter, h.SwitchParameter(), "The switch that makes this Region take over all traffic")
	return h
}

// newToggle is "guard" while the guard of the failback has turned it on.
func (h *healthEndpoint) newToggle(id, name, description string) awsssm.StringParameter {
	return awsssm.NewStringParameter(h, &id, &awsssm.StringParameterProps{
		ParameterName: &name, Description: &description, StringValue: jsii.String(contract.PositionOff),
		AllowedPattern: jsii.String(contract.PositionPattern),
	})
}

func checkerURL(h HealthEndpoint) string { return "https://" + h.DomainName() + h.CheckerHealthPath() }

// mustBeInOneRegion refuses to let a Region's health depend on the other one.
func mustBeInOneRegion(props *HealthEndpointProps, role RegionRole) {
	c := checking("HealthEndpoint")
	if props.Bucket != nil {
		c.placed(props.Pair, role, props.Bucket)
	}
	if props.Issuer != nil {
		c.placed(props.Pair, role, props.Issuer)
	}
	for _, table := range props.Tables {
		c.placed(props.Pair, role, table)
	}
	mustBeValid(c.err())
}

func (h *healthEndpoint) newFunction(props *HealthEndpointProps) GoFunction {
	depth := props.depth()
	function := supportFunction{
		name: "health", pair: h.pair, logKey: props.LogEncryptionKey, overrides: props.functionOverrides(),
		environment: map[string]string{
			contract.HealthDepthVariable: string(depth), contract.SwitchVariable: h.SwitchParameter(), contract.HoldVariable: h.HoldParameter(),
		},
	}
	if depth == HealthStatic {
		return function.define(h)
	}
	function.environment["BUCKET_NAME"] = props.Bucket.BucketName()
	function.environment["KMS_KEY_ARN"] = *keyArnOf(props.Bucket.Key())
	function.environment["JWKS_URI"] = props.Issuer.JwksUri()
	function.environment["TOKEN_URL"] = props.Issuer.TokenUrl()
	// The peer's is left out: this Region can serve before the two are wired.
	function.environment["ISSUER_PARAMETERS"] = props.Issuer.IssuerParameter()
	if len(props.Tables) > 0 {
		function.files = map[string][]byte{contract.HealthTablesFile: healthTables(props.Tables)}
	}
	if props.Request != nil {
		function.environment[contract.HealthFrontDoor] = h.frontDoor(props.Request)
	}
	defined := function.define(h)
	if props.Request != nil && props.Request.Client != "" {
		allow(defined, []string{"secretsmanager:GetSecretValue"}, stackArnOf(h, "secretsmanager", "secret:"+h.pair.ClientSecretName(props.Request.Client)+"-??????"))
		suppressOnPolicy(defined, suppression{
			rule:   "AwsSolutions-IAM5",
			reason: "Secrets Manager ends the ARN of the one secret with six random characters.",
		})
	}
	allow(defined, []string{"ssm:GetParameters"}, parameterArn(defined, props.Issuer.IssuerParameter()))
	// Without the right to list, S3 denies an object that is not there.
	allow(defined, []string{"s3:ListBucket"}, *props.Bucket.Bucket().BucketArn())
	allow(defined, []string{"s3:GetObject"}, *props.Bucket.Bucket().ArnForObjects(jsii.String(contract.HealthObject)))
	allowIf(defined, []string{"kms:GenerateDataKeyWithoutPlaintext", "kms:Decrypt"}, map[string]any{
		// Of what the key encrypts, the function can read its own alone.
		"StringEquals": map[string]any{"kms:EncryptionContext:" + contract.HealthContextKey: contract.HealthContextValue},
	}, *keyArnOf(props.Bucket.Key()))
	grantHealthTables(defined, props.Tables)
	return defined
}

// frontDoor is what the function has to know of the API.
func (h *healthEndpoint) frontDoor(request *HealthRequest) string {
	door := map[string]any{"host": request.Api.RegionalDomainName(), "name": h.pair.DomainName(), "path": request.Path}
	if request.Client != "" {
		door["secret"] = h.pair.ClientSecretName(request.Client)
	}
	return *awscdk.Stack_Of(h).ToJsonString(door, nil)
}

var probeName = regexp.MustCompile(`^[a-z0-9-]{1,32}$`)

func (c *check) probe(name string, function awslambda.IFunction) {
	c.refuse(function == nil, "probe '%s' needs a function", name)
	c.refuse(!probeName.MatchString(name) || slices.Contains(contract.HealthChecks(), name),
		"probes must have names of 1 to 32 small letters, digits and hyphens, other than its own checks, got '%s'", name)
}

func (h *healthEndpoint) AddProbe(name string, function awslambda.IFunction) {
	c := checking("HealthEndpoint")
	c.probe(name, function)
	c.refuse(h.probes[name] != nil, "probes must have unique names, got '%s' twice", name)
	mustBeValid(c.err())
	h.probes[name] = function.FunctionArn()
	h.Function().AddEnvironment(jsii.String(contract.HealthProbes), stackOf(h).ToJsonString(h.probes, nil), nil)
	allow(h.function, []string{"lambda:InvokeFunction"}, *function.FunctionArn())
}

// functionOverrides quiet what answers several million requests a month: no
// traces, and no lines of Lambda's own for each of them.
func (p *HealthEndpointProps) functionOverrides() *awslambda.FunctionOptions {
	quiet := override(awslambda.FunctionOptions{SystemLogLevelV2: awslambda.SystemLogLevel_WARN}, p.FunctionOverrides)
	quiet.Tracing = tracing(p.Tracing)
	return quiet
}

func (p *HealthEndpointProps) depth() HealthDepth {
	if p.Depth == "" && p.Bucket != nil {
		return HealthDependencies
	}
	return cmp.Or(p.Depth, HealthStatic)
}

func (h *healthEndpoint) newApi(props *HealthEndpointProps) awsapigateway.RestApi {
	logs := h.pair.logs(props.LogEncryptionKey)
	api := awsapigateway.NewRestApi(h, jsii.String("Api"), override(awsapigateway.RestApiProps{
		CloudWatchRole:              jsii.Bool(orTrue(props.AccountRole)),
		CloudWatchRoleRemovalPolicy: accountRolePolicy(props.AccountRole),
		RestApiName:                 jsii.String(h.pair.Name() + "-health"),
		Description:                 jsii.String("Answers Route 53's health checks"),
		EndpointConfiguration:       regionalEndpoint(false),
		Policy:                      orAnyNetwork(nil),
		DeployOptions: &awsapigateway.StageOptions{
			StageName:    jsii.String(StageName),
			LoggingLevel: awsapigateway.MethodLoggingLevel_ERROR,
			// Those of the whole stage are free and always there.
			MetricsEnabled: jsii.Bool(false),
			// Of each method the checkers ask: hundreds of times what they need.
			ThrottlingRateLimit:  jsii.Number(1000),
			ThrottlingBurstLimit: jsii.Number(2000),
			MethodOptions:        publicThrottles(),
			TracingEnabled:       &props.Tracing,
		},
	}, props.RestApiOverrides))
	hideDefaultEndpoint(api)
	setTLSPolicy(api, tls12)
	newExecutionLog(h, api, logs)
	validator := api.AddRequestValidator(jsii.String("Validator"), &awsapigateway.RequestValidatorOptions{
		ValidateRequestBody:       jsii.Bool(true),
		ValidateRequestParameters: jsii.Bool(true),
	})
	private := api.Root().AddResource(jsii.String("checkers"), nil)
	mustBeResource(private).AddPropertyOverride(jsii.String("PathPart"), api.RestApiRootResourceId())
	integration := newIntegration(h.function.Function())
	for _, parent := range []awsapigateway.IResource{api.Root(), private} {
		for _, path := range healthPaths {
			addHealthMethod(parent.AddResource(&path, nil), integration, validator)
		}
	}
	suppressStage(api)
	suppressMore(stageOf(api), suppression{
		rule:   "AwsSolutions-APIG1",
		reason: "Route 53's checkers ask several million times a month and log nothing that the metrics of the stage do not say; the function logs every change of its answer, and API Gateway its errors.",
	})
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
			LoggingLevel: awsapigateway.MethodLoggingLevel_ERROR, MetricsEnabled: jsii.Bool(false),
		}
	}
	return &options
}

func addHealthMethod(resource awsapigateway.Resource, integration awsapigateway.Integration, validator awsapigateway.RequestValidator) {
	const reason = "Route 53's health checkers cannot authenticate; the answers hold no secrets and the API is throttled."
	method := resource.AddMethod(jsii.String("GET"), integration, &awsapigateway.MethodOptions{RequestValidator: validator})
	suppress(method, suppression{rule: "AwsSolutions-COG4", reason: reason}, suppression{rule: "AwsSolutions-APIG4", reason: reason})
}
