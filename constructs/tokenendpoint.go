package regionpair

import (
	"strconv"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/regionpair/regionpair/internal/contract"
)

// TokenEndpointProps configures a [TokenEndpoint].
type TokenEndpointProps struct {
	// PairName is the first part of the clients' secret names.
	// Required.
	PairName *string
	// DomainName the API is called by.
	// Required.
	DomainName *string
	// Auth is this Region's issuer, at which credentials are exchanged.
	// Required.
	Auth MachineAuth
	// RatePerSecond of token requests the endpoint takes.
	// Default: 50 requests a second, with bursts of 100.
	RatePerSecond *float64
	// Function configures the Lambda function; Entry and Environment are set
	// by the construct.
	// Default: the defaults of [GoFunction].
	Function *GoFunctionProps
}

// TokenEndpoint serves POST /oauth2/token on the API's own name (RFC 6749
// section 4.4), so that one host name, one client id and one secret work in
// whichever Region answers.
type TokenEndpoint interface {
	constructs.Construct
	// Function answers the token requests.
	Function() awslambda.Function
	// Routes of the endpoint and its metadata, for the [RegionalApi].
	Routes() []*Route
}

type tokenEndpoint struct {
	constructs.Construct
	function GoFunction
	rate     *float64
}

func (t *tokenEndpoint) Function() awslambda.Function { return t.function.Function() }

func (t *tokenEndpoint) Routes() []*Route {
	public := func(method, path string) *Route {
		return &Route{
			Method: &method, Path: &path, Public: jsii.Bool(true),
			Handler: t.function.Function(), RatePerSecond: t.rate,
		}
	}
	return []*Route{
		public("POST", "/oauth2/token"),
		public("GET", "/.well-known/oauth-authorization-server"),
		public("HEAD", "/.well-known/oauth-authorization-server"),
		public("GET", "/.well-known/jwks.json"),
		public("HEAD", "/.well-known/jwks.json"),
	}
}

// NewTokenEndpoint defines the function behind the token endpoint.
func NewTokenEndpoint(scope constructs.Construct, id *string, props *TokenEndpointProps) TokenEndpoint {
	required("TokenEndpoint", "PairName", props == nil || props.PairName == nil)
	required("TokenEndpoint", "DomainName", props.DomainName == nil)
	required("TokenEndpoint", "Auth", props.Auth == nil)
	t := &tokenEndpoint{rate: orNumber(props.RatePerSecond, 50)}
	constructs.NewConstruct_Override(t, scope, id)

	t.function = newSupportFunction(t, "token", props.Function, map[string]*string{
		"COGNITO_TOKEN_URL":           props.Auth.TokenUrl(),
		"CREDENTIALS_SECRET":          props.Auth.CredentialsSecret().SecretArn(),
		"ISSUER_PARAMETERS":           issuerParameters(props.Auth),
		"PUBLIC_BASE_URL":             jsii.String("https://" + *props.DomainName),
		contract.TokenValiditySeconds: jsii.String(strconv.Itoa(int(*props.Auth.TokenValidity().ToSeconds(nil)))),
	})
	grantIssuers(t.function, props.Auth)
	allow(t.function, []string{"secretsmanager:GetSecretValue"},
		*props.Auth.CredentialsSecret().SecretArn(), t.clientSecrets(*props.PairName))
	suppress(t.function.Function().Role().Node().FindChild(jsii.String("DefaultPolicy")), suppression{
		rule:   "AwsSolutions-IAM5",
		reason: "The clients' secrets share one path of this pair, and Secrets Manager ends every secret's ARN with six random characters.",
	})
	return t
}

func (t *tokenEndpoint) clientSecrets(pair string) string {
	return *awscdk.Stack_Of(t).FormatArn(&awscdk.ArnComponents{
		Service:      jsii.String("secretsmanager"),
		Resource:     jsii.String("secret"),
		ResourceName: jsii.String(pair + "/clients/*"),
		ArnFormat:    awscdk.ArnFormat_COLON_RESOURCE_NAME,
	})
}
