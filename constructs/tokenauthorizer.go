package regionpair

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// TokenAuthorizerProps configures a [TokenAuthorizer].
type TokenAuthorizerProps struct {
	// Auth is this Region's issuer.
	// Required.
	Auth MachineAuth
	// Routes of the API the authorizer protects, with their scopes.
	// Required.
	Routes []*Route
	// ResultsCacheTtl is how long API Gateway reuses an answer for a token.
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
	// Authorizer goes on the methods of a REST API.
	Authorizer() awsapigateway.IAuthorizer
	// Function verifies the tokens.
	Function() awslambda.Function
}

type tokenAuthorizer struct {
	constructs.Construct
	authorizer awsapigateway.TokenAuthorizer
	function   GoFunction
}

func (a *tokenAuthorizer) Authorizer() awsapigateway.IAuthorizer { return a.authorizer }

func (a *tokenAuthorizer) Function() awslambda.Function { return a.function.Function() }

// NewTokenAuthorizer defines the authorizer and its function.
func NewTokenAuthorizer(scope constructs.Construct, id *string, props *TokenAuthorizerProps) TokenAuthorizer {
	required("TokenAuthorizer", "Auth", props == nil || props.Auth == nil)
	required("TokenAuthorizer", "Routes", len(props.Routes) == 0)
	a := &tokenAuthorizer{}
	constructs.NewConstruct_Override(a, scope, id)

	a.function = newSupportFunction(a, "authorizer", props.Function, map[string]*string{
		"ISSUER_PARAMETERS": issuerParameters(props.Auth),
		"ROUTES":            jsii.String(authorizedRoutes(props.Routes)),
	})
	grantIssuers(a.function, props.Auth)
	ttl := props.ResultsCacheTtl
	if ttl == nil {
		ttl = awscdk.Duration_Minutes(jsii.Number(5))
	}
	a.authorizer = awsapigateway.NewTokenAuthorizer(a, jsii.String("Authorizer"), &awsapigateway.TokenAuthorizerProps{
		Handler:         a.function.Function(),
		ResultsCacheTtl: ttl,
		// Requests without anything like a bearer token never reach the function.
		ValidationRegex: jsii.String("^[Bb]earer [A-Za-z0-9._~+/=-]+$"),
	})
	return a
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
	function.Function().AddToRolePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Actions:   jsii.Strings(actions...),
		Resources: jsii.Strings(resources...),
	}))
}

// newSupportFunction defines one of this module's own functions with the
// settings that the caller chose for all of them.
func newSupportFunction(scope constructs.Construct, name string, common *GoFunctionProps, environment map[string]*string) GoFunction {
	props := GoFunctionProps{}
	if common != nil {
		props = *common
	}
	props.Entry = supportFunction(name)
	props.Environment = mergeEnvironment(&environment, props.Environment)
	return NewGoFunction(scope, jsii.String("Function"), &props)
}
