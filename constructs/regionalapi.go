package regionpair

import (
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
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
	// DomainName callers use. Both Regions carry the same name.
	// Required.
	DomainName *string
	// HostedZone the certificate is validated in.
	// Required, unless Certificate is given.
	HostedZone awsroute53.IHostedZone
	// Certificate for DomainName in this Region.
	// Default: issued by ACM and validated through HostedZone.
	Certificate awscertificatemanager.ICertificate
	// Handler answers the routes that name no handler of their own.
	// Required.
	Handler awslambda.IFunction
	// Routes of the API.
	// Required, at least one.
	Routes []*Route
	// Authorizer checks the routes that are not public.
	// Required when a route has scopes.
	Authorizer awsapigateway.IAuthorizer
	// PathAuthorizer checks the routes on which an answer holds for one path
	// only; see [TokenAuthorizer].
	// Default: Authorizer.
	PathAuthorizer awsapigateway.IAuthorizer
	// RatePerSecond that each method takes.
	// Default: 500 requests a second. API Gateway applies it to every method on its own.
	RatePerSecond *float64
	// Burst of requests that each method takes at once.
	// Default: 1000 requests.
	Burst *float64
	// SecurityPolicy for TLS of the API and its domain name.
	// Default: TLS_1_2. The enhanced policies start with "SecurityPolicy_";
	// API Gateway refuses them with MutualTls.
	SecurityPolicy *string
	// DualStack answers on IPv6, too.
	// Default: false.
	DualStack *bool
	// MutualTls makes clients present a certificate.
	// Default: no client certificate is asked for.
	MutualTls *awsapigateway.MTLSConfig
	// ResourcePolicy says who may call the API at all; see [NetworkPolicy].
	// Routes need their tokens all the same.
	// Default: everybody may.
	ResourcePolicy awsiam.PolicyDocument
	// AccountRole lets API Gateway write logs in this account and Region.
	// There is one setting per account and Region; without it the first
	// deployment of an API with logging fails. Set false when it exists.
	// Default: true; the role is kept when the stack goes, as other APIs use it.
	AccountRole *bool
	// Tracing with X-Ray.
	// Default: true.
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
	// Overrides lays CDK's own props over the defaults of this construct, those
	// of the stage over the stage's.
	// Default: nothing is overridden.
	Overrides *awsapigateway.RestApiProps
}

// RegionalApi is a regional REST API on a custom domain name that a second
// Region carries as well. Its default endpoint is off: what bypasses the
// domain name would bypass the failover.
type RegionalApi interface {
	constructs.Construct
	// RestApi is the API.
	RestApi() awsapigateway.RestApi
	// RegionalDomainName is the alias target in this Region.
	RegionalDomainName() *string
	// RegionalHostedZoneId is the hosted zone of the alias target.
	RegionalHostedZoneId() *string
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

func (r *regionalApi) RestApi() awsapigateway.RestApi { return r.api }

func (r *regionalApi) RegionalDomainName() *string { return r.domain.DomainNameAliasDomainName() }

func (r *regionalApi) RegionalHostedZoneId() *string { return r.domain.DomainNameAliasHostedZoneId() }

func (r *regionalApi) AccessLog() awslogs.ILogGroup { return r.accessLog }

// NewRegionalApi defines the API, its certificate and its domain name.
func NewRegionalApi(scope constructs.Construct, id *string, props *RegionalApiProps) RegionalApi {
	mustBeCompleteApi(props)
	r := &regionalApi{props: props}
	constructs.NewConstruct_Override(r, scope, id)

	logs := logKeeping{props.LogRetention, props.LogEncryptionKey, props.RemovalPolicy}
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
	return r
}

func mustBeCompleteApi(props *RegionalApiProps) {
	required("RegionalApi", "DomainName", props == nil || props.DomainName == nil)
	required("RegionalApi", "HostedZone' or 'Certificate", props.HostedZone == nil && props.Certificate == nil)
	mustBeInZone("RegionalApi", props.DomainName, props.HostedZone)
	required("RegionalApi", "Handler", props.Handler == nil)
	if props.Burst != nil && props.RatePerSecond == nil {
		misuse("RegionalApi 'Burst' needs 'RatePerSecond': alone it limits nothing that lasts")
	}
	required("RegionalApi", "Routes", len(props.Routes) == 0)
	if policy := *orString(props.SecurityPolicy, tls12); policy != tls12 && !strings.HasPrefix(policy, "SecurityPolicy_") {
		misuse("RegionalApi 'SecurityPolicy' must be 'TLS_1_2' or start with 'SecurityPolicy_', got '%s'", policy)
	}
	if props.MutualTls != nil && *orString(props.SecurityPolicy, tls12) != tls12 {
		misuse("RegionalApi 'SecurityPolicy' must be 'TLS_1_2' with 'MutualTls', got '%s': API Gateway refuses the combination", *props.SecurityPolicy)
	}
	for _, route := range props.Routes {
		route.mustBeValid()
		required("RegionalApi with scopes on a route", "Authorizer", !isTrue(route.Public) && props.Authorizer == nil)
	}
	mustStandTogether(props.Routes)
}

// restApiProps lays the overrides over the defaults, and those of the stage
// over the stage's: health checks, alarms and dashboard know its name.
func (r *regionalApi) restApiProps() *awsapigateway.RestApiProps {
	defaults := r.defaults()
	merged := override(defaults, r.props.Overrides)
	if merged.DeployOptions != defaults.DeployOptions {
		merged.DeployOptions = override(*defaults.DeployOptions, merged.DeployOptions)
	}
	if stage := *merged.DeployOptions.StageName; stage != StageName {
		misuse("RegionalApi 'Overrides.DeployOptions.StageName' must be '%s', got '%s'", StageName, stage)
	}
	return merged
}

func (r *regionalApi) defaults() awsapigateway.RestApiProps {
	return awsapigateway.RestApiProps{
		RestApiName:                 r.props.DomainName,
		BinaryMediaTypes:            jsii.Strings("*/*"),
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
			ThrottlingRateLimit:  orNumber(r.props.RatePerSecond, 500),
			ThrottlingBurstLimit: orNumber(r.props.Burst, 1000),
			TracingEnabled:       jsii.Bool(orTrue(r.props.Tracing)),
			MethodOptions:        r.methodThrottles(),
		},
	}
}

// methodThrottles sets the limits of routes that name their own, such as the
// token endpoint.
func (r *regionalApi) methodThrottles() *map[string]*awsapigateway.MethodDeploymentOptions {
	throttles := map[string]*awsapigateway.MethodDeploymentOptions{}
	for _, route := range r.props.Routes {
		if route.RatePerSecond == nil {
			continue
		}
		throttles[*route.Path+"/"+*route.Method] = &awsapigateway.MethodDeploymentOptions{
			LoggingLevel:         awsapigateway.MethodLoggingLevel_ERROR,
			MetricsEnabled:       jsii.Bool(true),
			ThrottlingRateLimit:  route.RatePerSecond,
			ThrottlingBurstLimit: orNumber(route.Burst, 2**route.RatePerSecond),
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
	root, integrations := r.api.Root(), map[awslambda.IFunction]awsapigateway.Integration{}
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
		if !isTrue(route.Public) {
			options.Authorizer = r.props.Authorizer
			if needPath[i] && r.props.PathAuthorizer != nil {
				options.Authorizer = r.props.PathAuthorizer
			}
			options.AuthorizationType = awsapigateway.AuthorizationType_CUSTOM
		}
		method := root.ResourceForPath(route.Path).AddMethod(route.Method, integrations[handler], options)
		suppressMethod(method, isTrue(route.Public))
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
	const reason = "Callers come here to get a token, or for public metadata; the function checks the client's credentials itself."
	suppress(method, suppression{rule: "AwsSolutions-COG4", reason: reason}, suppression{rule: "AwsSolutions-APIG4", reason: reason})
}

func (r *regionalApi) newDomain() awsapigateway.DomainName {
	certificate := r.props.Certificate
	if certificate == nil {
		certificate = awscertificatemanager.NewCertificate(r, jsii.String("Certificate"), &awscertificatemanager.CertificateProps{
			DomainName: r.props.DomainName,
			Validation: awscertificatemanager.CertificateValidation_FromDns(r.props.HostedZone),
		})
	}
	domain := awsapigateway.NewDomainName(r, jsii.String("Domain"), &awsapigateway.DomainNameProps{
		DomainName:     r.props.DomainName,
		Certificate:    certificate,
		EndpointType:   awsapigateway.EndpointType_REGIONAL,
		SecurityPolicy: awsapigateway.SecurityPolicy_TLS_1_2,
		Mapping:        r.api,
		Mtls:           r.props.MutualTls,
	})
	if isTrue(r.props.DualStack) {
		domain.Node().DefaultChild().(awsapigateway.CfnDomainName).
			AddPropertyOverride(jsii.String("EndpointConfiguration.IpAddressType"), "dualstack")
	}
	return domain
}

// applySecurityPolicy sets the policy on the API as well as on the domain name:
// API Gateway negotiates with the API's policy where they differ.
func (r *regionalApi) applySecurityPolicy() {
	policy := *orString(r.props.SecurityPolicy, tls12)
	setTLSPolicy(r.api, policy)
	setTLSPolicy(r.domain, policy)
}
