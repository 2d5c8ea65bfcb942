package regionpair

import (
	"cmp"
	"slices"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscertificatemanager"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsroute53"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/internal/route"
)

// StageName of the REST APIs; callers on the custom domain never see it.
const StageName = "live"

// RegionHeader names the Region that answered.
const RegionHeader = contract.RegionHeader

// RegionalApiProps configures a [RegionalApi].
type RegionalApiProps struct {
	// Pair whose DomainName both Regions carry. It also says how long logs are
	// kept, what becomes of them with the stack, and whether requests are traced.
	// Required, with a DomainName.
	Pair *Pair
	// HostedZone the certificate is validated in.
	// Required, unless Certificate is given.
	HostedZone awsroute53.IHostedZone
	// Certificate for DomainName in this Region.
	// Default: issued by ACM and validated through HostedZone.
	Certificate awscertificatemanager.ICertificate
	// Handler answers the routes that name no handler of their own; any runtime,
	// also a version or an alias.
	// Required.
	Handler awslambda.IFunction
	// Routes of the API.
	// Required, at least one.
	Routes []Route
	// Authorizer checks the routes that are not public.
	// Required when a route has scopes.
	Authorizer awsapigateway.IAuthorizer
	// PathAuthorizer checks the routes on which an answer holds for one path
	// only; see [TokenAuthorizer].
	// Default: Authorizer.
	PathAuthorizer awsapigateway.IAuthorizer
	// BinaryMediaTypes whose bodies reach the handlers base64-encoded; all others
	// arrive as text. A handler can answer in base64 only what a caller accepts by
	// one of these types. "*/*" is for APIs that carry bytes of any kind.
	// Default: none.
	BinaryMediaTypes []string
	// RatePerSecond that each method takes.
	// Default: 500 requests a second. API Gateway applies it to every method on its own.
	RatePerSecond float64
	// Burst of requests that each method takes at once.
	// Default: 1000 requests.
	Burst int
	// SecurityPolicy for TLS of the API and its domain name.
	// Default: TLS_1_2. The enhanced policies start with "SecurityPolicy_";
	// API Gateway refuses them with MutualTls.
	SecurityPolicy string
	// DualStack answers on IPv6, too.
	// Default: false.
	DualStack bool
	// MutualTls makes clients present a certificate.
	// Default: no client certificate is asked for.
	MutualTls *awsapigateway.MTLSConfig
	// ResourcePolicy says who may call the API at all; see [NetworkPolicy].
	// Routes still need their tokens.
	// Default: everybody may.
	ResourcePolicy awsiam.PolicyDocument
	// AccountRole lets API Gateway write logs in this account and Region.
	// There is one setting per account and Region; without it the first
	// deployment of an API with logging fails. Set false when it exists.
	// Default: true; the role is kept when the stack goes, as other APIs use it.
	AccountRole *bool
	// LogEncryptionKey encrypts the access log and API Gateway's own log, see
	// [GrantLogs].
	// Default: encrypted by CloudWatch Logs with a key it owns.
	LogEncryptionKey awskms.IKey
	// RestApiOverrides lays CDK's own props over those of the API, those of the
	// stage over the stage's. DefaultCorsPreflightOptions answers browsers.
	// Default: nothing is overridden.
	RestApiOverrides *awsapigateway.RestApiProps
}

// Validate returns everything that is wrong at once.
func (p *RegionalApiProps) Validate() error {
	p = orNew(p)
	c := checking("RegionalApi")
	if c.requires("Pair", p.Pair) {
		c.refuse(p.Pair.DomainName() == "", "needs a Pair with a 'DomainName'")
		c.inZone(p.Pair.DomainName(), p.HostedZone)
	}
	c.refuse(p.HostedZone == nil && p.Certificate == nil, "needs 'HostedZone' or 'Certificate'")
	c.requires("Handler", p.Handler)
	c.throttles(p.RatePerSecond, p.Burst)
	c.securityPolicy(p.SecurityPolicy, p.MutualTls)
	if c.requires("Routes", p.Routes) {
		c.routes(p.Routes)
	}
	for _, r := range p.Routes {
		c.refuse(r.HandlerEntry != "", "route '%s %s' must give its function as 'Handler': only a RegionUnit compiles a 'HandlerEntry'", r.Method, r.Path)
	}
	guarded := slices.ContainsFunc(p.Routes, func(r Route) bool { return !r.Public })
	c.refuse(guarded && p.Authorizer == nil, "with scopes on a route needs 'Authorizer'")
	c.stage(p.RestApiOverrides)
	return c.err()
}

func (c *check) securityPolicy(policy string, mutualTLS *awsapigateway.MTLSConfig) {
	enhanced := policy != "" && policy != tls12
	c.refuse(enhanced && !strings.HasPrefix(policy, "SecurityPolicy_"), "'SecurityPolicy' must be 'TLS_1_2' or start with 'SecurityPolicy_', got '%s'", policy)
	c.refuse(enhanced && mutualTLS != nil, "'SecurityPolicy' must be 'TLS_1_2' with 'MutualTls', got '%s': API Gateway refuses the combination", policy)
}

// stage refuses a renamed stage: health checks, alarms and dashboard know its
// name.
func (c *check) stage(overrides *awsapigateway.RestApiProps) {
	if overrides == nil || overrides.DeployOptions == nil || overrides.DeployOptions.StageName == nil {
		return
	}
	name := *overrides.DeployOptions.StageName
	c.refuse(name != StageName, "'RestApiOverrides.DeployOptions.StageName' must be '%s', got '%s'", StageName, name)
}

// RegionalApi is a regional REST API on a custom domain name that a second
// Region carries as well. Its default endpoint is off: what bypasses the
// domain name would bypass the failover.
type RegionalApi interface {
	constructs.Construct
	// Pair that the API belongs to.
	Pair() *Pair
	// RestApi is the API.
	RestApi() awsapigateway.RestApi
	// RegionalDomainName is the alias target in this Region.
	RegionalDomainName() string
	// RegionalHostedZoneId is the hosted zone of the alias target.
	RegionalHostedZoneId() string
	// AccessLog has one line of JSON per request.
	AccessLog() awslogs.ILogGroup
}

type regionalApi struct {
	constructs.Construct
	props     *RegionalApiProps
	api       awsapigateway.RestApi
	domain    awsapigateway.DomainName
	accessLog awslogs.ILogGroup
}

func (r *regionalApi) Pair() *Pair { return r.props.Pair }

func (r *regionalApi) RestApi() awsapigateway.RestApi { return r.api }

func (r *regionalApi) RegionalDomainName() string {
	return *once(r.domain, "domainNameAliasDomainName", r.domain.DomainNameAliasDomainName)
}

func (r *regionalApi) RegionalHostedZoneId() string { return *r.domain.DomainNameAliasHostedZoneId() }

func (r *regionalApi) AccessLog() awslogs.ILogGroup { return r.accessLog }

// NewRegionalApi defines the API, its certificate and its domain name.
func NewRegionalApi(scope constructs.Construct, id *string, props *RegionalApiProps) RegionalApi {
	mustBeValid(props.Validate())
	r := &regionalApi{props: props}
	newConstruct(r, scope, id)

	logs := props.Pair.logs(props.LogEncryptionKey)
	r.accessLog = logs.newGroup(r, accessLogID, nil)
	r.api = awsapigateway.NewRestApi(r, jsii.String("Api"), r.restApiProps())
	newExecutionLog(r, r.api, logs)
	hideDefaultEndpoint(r.api)
	r.addRoutes()
	addGatewayResponses(r.api)
	suppressStage(r.api)
	suppressAccountRole(r.api)
	r.domain = r.newDomain()
	referToWeakly(r.domain)
	r.applySecurityPolicy()
	output(r, contract.OutputRegionalDomainName, r.RegionalDomainName(), "The API in this Region, for tests with a Host header")
	return r
}

// restApiProps lays the overrides over the defaults, and those of the stage
// over the stage's.
func (r *regionalApi) restApiProps() *awsapigateway.RestApiProps {
	defaults := r.defaults()
	merged := override(defaults, r.props.RestApiOverrides)
	if merged.DeployOptions != defaults.DeployOptions {
		merged.DeployOptions = override(*defaults.DeployOptions, merged.DeployOptions)
	}
	return merged
}

func (r *regionalApi) defaults() awsapigateway.RestApiProps {
	return awsapigateway.RestApiProps{
		RestApiName:                 new(r.props.Pair.DomainName()),
		BinaryMediaTypes:            list(r.props.BinaryMediaTypes),
		CloudWatchRole:              jsii.Bool(orTrue(r.props.AccountRole)),
		CloudWatchRoleRemovalPolicy: accountRolePolicy(r.props.AccountRole),
		DisableExecuteApiEndpoint:   jsii.Bool(true),
		EndpointConfiguration:       regionalEndpoint(r.props.DualStack),
		Policy:                      orAnyNetwork(r.props.ResourcePolicy),
		DeployOptions: &awsapigateway.StageOptions{
			StageName:            jsii.String(StageName),
			AccessLogDestination: awsapigateway.NewLogGroupLogDestination(r.accessLog),
			AccessLogFormat:      accessLogFormat(),
			LoggingLevel:         awsapigateway.MethodLoggingLevel_ERROR,
			MetricsEnabled:       jsii.Bool(true),
			ThrottlingRateLimit:  number(cmp.Or(r.props.RatePerSecond, 500)),
			ThrottlingBurstLimit: number(cmp.Or(r.props.Burst, 1000)),
			TracingEnabled:       jsii.Bool(r.props.Pair.traces()),
			MethodOptions:        r.methodThrottles(),
		},
	}
}

// methodThrottles sets the limits of routes that name their own, such as the
// token endpoint.
func (r *regionalApi) methodThrottles() *map[string]*awsapigateway.MethodDeploymentOptions {
	throttles := map[string]*awsapigateway.MethodDeploymentOptions{}
	for _, route := range r.props.Routes {
		if route.RatePerSecond == 0 {
			continue
		}
		throttles[route.Path+"/"+route.Method] = &awsapigateway.MethodDeploymentOptions{
			LoggingLevel:         awsapigateway.MethodLoggingLevel_ERROR,
			MetricsEnabled:       jsii.Bool(true),
			ThrottlingRateLimit:  &route.RatePerSecond,
			ThrottlingBurstLimit: number(cmp.Or(float64(route.Burst), 2*route.RatePerSecond)),
		}
	}
	if len(throttles) == 0 {
		return nil
	}
	return &throttles
}

func (r *regionalApi) addRoutes() {
	validator := r.api.AddRequestValidator(jsii.String("Validator"), &awsapigateway.RequestValidatorOptions{
		ValidateRequestBody:       jsii.Bool(true),
		ValidateRequestParameters: jsii.Bool(true),
	})
	root, integrations, resources := r.api.Root(), map[awslambda.IFunction]awsapigateway.Integration{}, map[string]awsapigateway.IResource{}
	needPath := route.NeedPath(routesOf(r.props.Routes))
	for i, route := range r.props.Routes {
		handler := route.Handler
		if handler == nil {
			handler = r.props.Handler
		}
		if integrations[handler] == nil {
			integrations[handler] = newIntegration(handler)
		}
		options := &awsapigateway.MethodOptions{RequestValidator: validator}
		if !route.Public {
			options.Authorizer = r.props.Authorizer
			if needPath[i] && r.props.PathAuthorizer != nil {
				options.Authorizer = r.props.PathAuthorizer
			}
			options.AuthorizationType = awsapigateway.AuthorizationType_CUSTOM
		}
		if resources[route.Path] == nil {
			resources[route.Path] = root.ResourceForPath(&route.Path)
		}
		method := resources[route.Path].AddMethod(&route.Method, integrations[handler], options)
		suppressMethod(method, route.Public)
	}
}

func newIntegration(handler awslambda.IFunction) awsapigateway.Integration {
	return awsapigateway.NewLambdaIntegration(handler, &awsapigateway.LambdaIntegrationOptions{
		// One permission per function: a statement per method would outgrow
		// the function policy's 20 KB.
		ScopePermissionToMethod: jsii.Bool(false),
	})
}

func suppressMethod(method awsapigateway.Method, public bool) {
	if !public {
		suppress(method, suppression{
			rule:   "AwsSolutions-COG4",
			reason: "The Lambda authorizer accepts the tokens of both Regions' user pools; a native Cognito authorizer would refuse the peer's after a failover.",
		})
		return
	}
	const reason = "The route is public by its declaration: where callers come for a token or public metadata, or where the handler itself decides who may."
	suppress(method, suppression{rule: "AwsSolutions-COG4", reason: reason}, suppression{rule: "AwsSolutions-APIG4", reason: reason})
}

func (r *regionalApi) newDomain() awsapigateway.DomainName {
	certificate := r.props.Certificate
	if certificate == nil {
		certificate = awscertificatemanager.NewCertificate(r, jsii.String("Certificate"), &awscertificatemanager.CertificateProps{
			DomainName: new(r.props.Pair.DomainName()),
			Validation: awscertificatemanager.CertificateValidation_FromDns(r.props.HostedZone),
		})
	}
	domain := awsapigateway.NewDomainName(r, jsii.String("Domain"), &awsapigateway.DomainNameProps{
		DomainName:     new(r.props.Pair.DomainName()),
		Certificate:    certificate,
		EndpointType:   awsapigateway.EndpointType_REGIONAL,
		SecurityPolicy: awsapigateway.SecurityPolicy_TLS_1_2,
		Mapping:        r.api,
		Mtls:           r.props.MutualTls,
	})
	if r.props.DualStack {
		domain.Node().DefaultChild().(awsapigateway.CfnDomainName).
			AddPropertyOverride(jsii.String("EndpointConfiguration.IpAddressType"), "dualstack")
	}
	return domain
}

// applySecurityPolicy sets the policy on the API as well as on the domain name:
// API Gateway negotiates with the API's policy where they differ.
func (r *regionalApi) applySecurityPolicy() {
	policy := cmp.Or(r.props.SecurityPolicy, tls12)
	setTLSPolicy(r.api, policy)
	setTLSPolicy(r.domain, policy)
}
