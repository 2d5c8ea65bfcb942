package regionpair

import (
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/internal/route"
)

// TokenAuthorizerProps configures a [TokenAuthorizer].
type TokenAuthorizerProps struct {
	// Issuer of this Region's tokens. The other Region's is trusted, too, once
	// [TrustedIssuers] has introduced it.
	// Required.
	Issuer TokenIssuer
	// Routes of the API the authorizer protects, with their scopes.
	// Required, at least one that is not public.
	Routes []Route
	// ResultsCacheTtl is how long API Gateway reuses an answer for a token on a
	// route. A token that expires in the meantime is honoured until then.
	// Default: 5 minutes. Allowed: 0 to 1 hour.
	ResultsCacheTtl awscdk.Duration
	// LogEncryptionKey encrypts the function's log group, see [GrantLogs].
	// Default: encrypted by CloudWatch Logs with a key it owns.
	LogEncryptionKey awskms.IKey
	// FunctionOverrides lays CDK's own options over those of the function.
	// Default: nothing is overridden.
	FunctionOverrides *awslambda.FunctionOptions
}

// Validate returns everything that is wrong at once.
func (p *TokenAuthorizerProps) Validate() error {
	p = orNew(p)
	c := checking("TokenAuthorizer")
	c.requires("Issuer", p.Issuer)
	if c.requires("Routes", p.Routes) {
		c.routes(p.Routes)
		c.refuse(len(protected(p.Routes)) == 0, "needs a route with 'Scopes' among 'Routes': public ones are not authorized")
	}
	c.lasts("ResultsCacheTtl", p.ResultsCacheTtl, 0, 3600, "0 to 1 hour")
	c.whole("ResultsCacheTtl", p.ResultsCacheTtl, 1, "seconds")
	return c.err()
}

// TokenAuthorizer checks access tokens of both Regions' issuers. A native
// Cognito authorizer would know one Region's tokens only and refuse, after a
// failover, every token that clients hold.
type TokenAuthorizer interface {
	constructs.Construct
	// Authorizer goes on the methods of a REST API. API Gateway keeps its answer
	// for a token on a route. It is PathAuthorizer when every route needs that.
	Authorizer() awsapigateway.IAuthorizer
	// PathAuthorizer goes on the methods whose answer holds for one path only: a
	// greedy variable there takes what lies beside routes with other scopes. It
	// is the same function, asked more often. Nil when no route needs it.
	PathAuthorizer() awsapigateway.IAuthorizer
	// Function verifies the tokens.
	Function() awslambda.Function
	// MetricDecisions is how often API Gateway asked, and did not know the answer
	// for a token on a route.
	// Default: sum over 5 minutes.
	MetricDecisions(options *awscloudwatch.MetricOptions) awscloudwatch.Metric
	// MetricDuration is how long a decision takes, in milliseconds.
	// Default: 99th percentile over 5 minutes.
	MetricDuration(options *awscloudwatch.MetricOptions) awscloudwatch.Metric
}

type tokenAuthorizer struct {
	constructs.Construct
	authorizer awsapigateway.RequestAuthorizer
	forPaths   awsapigateway.RequestAuthorizer
	function   GoFunction
}

func (a *tokenAuthorizer) Authorizer() awsapigateway.IAuthorizer { return a.authorizer }

func (a *tokenAuthorizer) PathAuthorizer() awsapigateway.IAuthorizer {
	if a.forPaths == nil {
		return nil
	}
	return a.forPaths
}

func (a *tokenAuthorizer) Function() awslambda.Function { return a.function.Function() }

func (a *tokenAuthorizer) MetricDecisions(options *awscloudwatch.MetricOptions) awscloudwatch.Metric {
	return lambdaMetric("Invocations", "Sum", a.Function()).with(options, 5)
}

func (a *tokenAuthorizer) MetricDuration(options *awscloudwatch.MetricOptions) awscloudwatch.Metric {
	return lambdaMetric("Duration", "p99", a.Function()).with(options, 5)
}

// NewTokenAuthorizer defines the authorizer and its function.
func NewTokenAuthorizer(scope constructs.Construct, id *string, props *TokenAuthorizerProps) TokenAuthorizer {
	mustBeValid(props.Validate())
	a := &tokenAuthorizer{}
	newConstruct(a, scope, id)

	a.function = supportFunction{
		name: "authorizer", pair: props.Issuer.Pair(), logKey: props.LogEncryptionKey, overrides: props.FunctionOverrides,
		environment: map[string]string{"ISSUER_PARAMETERS": issuerParameters(props.Issuer)},
		files:       map[string][]byte{contract.RoutesFile: authorizedRoutes(props.Routes)},
	}.define(a)
	grantIssuers(a.function, props.Issuer)
	// With the route in the key, the router and the authorizer cannot disagree
	// about which route a kept answer is for.
	needPath := route.NeedPath(routesOf(protected(props.Routes)))
	if slices.Contains(needPath, false) {
		a.authorizer = a.newAuthorizer("Authorizer", props, "resourcePath", "httpMethod")
	}
	if slices.Contains(needPath, true) {
		a.forPaths = a.newAuthorizer("PathAuthorizer", props, "resourcePath", "httpMethod", "path")
	}
	// CDK fails for an authorizer that is on no method.
	if a.authorizer == nil {
		a.authorizer = a.forPaths
	}
	return a
}

// newAuthorizer defines an authorizer whose answers are kept for a token and
// some of what API Gateway knows of the request.
func (a *tokenAuthorizer) newAuthorizer(id string, props *TokenAuthorizerProps, variables ...string) awsapigateway.RequestAuthorizer {
	ttl := props.ResultsCacheTtl
	if ttl == nil {
		ttl = awscdk.Duration_Minutes(jsii.Number(5))
	}
	sources := []*string{awsapigateway.IdentitySource_Header(jsii.String("Authorization"))}
	for i := range variables {
		sources = append(sources, awsapigateway.IdentitySource_Context(&variables[i]))
	}
	return awsapigateway.NewRequestAuthorizer(a, &id, &awsapigateway.RequestAuthorizerProps{
		Handler: a.function.Function(), ResultsCacheTtl: ttl, IdentitySources: &sources,
	})
}
