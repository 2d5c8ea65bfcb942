package regionpair

import (
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/internal/route"
)

// TokenAuthorizerProps configures a [TokenAuthorizer].
type TokenAuthorizerProps struct {
	// Auth is this Region's issuer.
	// Required.
	Auth MachineAuth
	// Routes of the API the authorizer protects, with their scopes.
	// Required.
	Routes []*Route
	// ResultsCacheTtl is how long API Gateway reuses an answer for a token on a
	// route.
	// A token that expires in the meantime is honoured until then.
	// Default: 5 minutes. Allowed: 0 to 1 hour.
	ResultsCacheTtl awscdk.Duration
	// Function configures the Lambda function; Entry and Environment are set
	// by the construct.
	// Default: the defaults of [GoFunction].
	Function *GoFunctionProps
}

// TokenAuthorizer checks access tokens of both Regions' issuers. A native
// Cognito authorizer would know one Region's tokens only and refuse, after a
// failover, every token that clients hold.
type TokenAuthorizer interface {
	constructs.Construct
	// Authorizer goes on the methods of a REST API. API Gateway keeps its answer
	// for a token on a route.
	Authorizer() awsapigateway.IAuthorizer
	// PathAuthorizer goes on the methods whose answer holds for one path only: a
	// greedy variable there takes what lies beside routes with other scopes. It
	// is the same function, asked more often. Nil when no route needs it.
	PathAuthorizer() awsapigateway.IAuthorizer
	// Function verifies the tokens.
	Function() awslambda.Function
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

// NewTokenAuthorizer defines the authorizer and its function.
func NewTokenAuthorizer(scope constructs.Construct, id *string, props *TokenAuthorizerProps) TokenAuthorizer {
	required("TokenAuthorizer", "Auth", props == nil || props.Auth == nil)
	required("TokenAuthorizer", "Routes", len(props.Routes) == 0)
	a := &tokenAuthorizer{}
	constructs.NewConstruct_Override(a, scope, id)

	a.function = newSupportFunction(a, "authorizer", props.Function, map[string]*string{
		"ISSUER_PARAMETERS": issuerParameters(props.Auth),
	}, supportFile{contract.RoutesFile, authorizedRoutes(props.Routes)})
	grantIssuers(a.function, props.Auth)
	// With the route in the key, the router and the authorizer cannot disagree
	// about which route a kept answer is for.
	a.authorizer = a.newAuthorizer("Authorizer", props, "resourcePath", "httpMethod")
	if slices.Contains(route.NeedPath(routesOf(props.Routes)), true) {
		a.forPaths = a.newAuthorizer("PathAuthorizer", props, "resourcePath", "httpMethod", "path")
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

func issuerParameters(auth MachineAuth) *string {
	return jsii.String(*auth.IssuerParameter() + "," + *auth.PeerIssuerParameter())
}

func grantIssuers(function GoFunction, auth MachineAuth) {
	allow(function, []string{"ssm:GetParameters"},
		parameterArn(function, *auth.IssuerParameter()), parameterArn(function, *auth.PeerIssuerParameter()))
}

func parameterArn(scope constructs.Construct, name string) string {
	return *awscdk.Stack_Of(scope).FormatArn(&awscdk.ArnComponents{
		Service:      jsii.String("ssm"),
		Resource:     jsii.String("parameter"),
		ResourceName: jsii.String(name[1:]),
	})
}

func allow(function GoFunction, actions []string, resources ...string) {
	allowIf(function, actions, nil, resources...)
}

func allowIf(function GoFunction, actions []string, conditions map[string]any, resources ...string) {
	props := &awsiam.PolicyStatementProps{Actions: jsii.Strings(actions...), Resources: jsii.Strings(resources...)}
	if conditions != nil {
		props.Conditions = &conditions
	}
	function.Function().AddToRolePolicy(awsiam.NewPolicyStatement(props))
}

// supportFile lies beside the binary of one of this module's own functions.
type supportFile struct {
	name    string
	content []byte
}

// newSupportFunction defines one of this module's own functions with the
// settings that the caller chose for all of them.
func newSupportFunction(scope constructs.Construct, name string, common *GoFunctionProps, environment map[string]*string, files ...supportFile) GoFunction {
	props := GoFunctionProps{}
	if common != nil {
		props = *common
	}
	props.files = map[string][]byte{}
	for _, file := range files {
		props.files[file.name] = file.content
	}
	props.Entry = supportFunction(name)
	props.Environment = mergeEnvironment(&environment, props.Environment)
	return NewGoFunction(scope, jsii.String("Function"), &props)
}
