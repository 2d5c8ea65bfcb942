package regionpair

import (
	"cmp"
	"strconv"

	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/constructs-go/constructs/v10"

	"github.com/regionpair/regionpair/internal/contract"
)

// TokenEndpointProps configures a [TokenEndpoint].
type TokenEndpointProps struct {
	// Auth is this Region's issuer, at which credentials are exchanged.
	// Required, of a pair with a DomainName.
	Auth MachineAuth
	// RatePerSecond of token requests the endpoint takes.
	// Default: 50 requests a second, with bursts of 100.
	RatePerSecond float64
	// LogEncryptionKey encrypts the function's log group, see [GrantLogs].
	// Default: encrypted by CloudWatch Logs with a key it owns.
	LogEncryptionKey awskms.IKey
	// FunctionOverrides lays CDK's own options over those of the function.
	// Default: nothing is overridden.
	FunctionOverrides *awslambda.FunctionOptions
}

// Validate returns everything that is wrong at once.
func (p *TokenEndpointProps) Validate() error {
	p = orNew(p)
	c := checking("TokenEndpoint")
	if c.requires("Auth", p.Auth) {
		c.refuse(p.Auth.Pair().DomainName() == "", "needs the 'Auth' of a Pair with a 'DomainName'")
	}
	c.throttles(p.RatePerSecond, 0)
	return c.err()
}

// TokenEndpoint serves POST /oauth2/token on the API's own name (RFC 6749
// section 4.4), so that one host name, one client id and one secret work in
// whichever Region answers.
type TokenEndpoint interface {
	constructs.Construct
	// Function answers the token requests.
	Function() awslambda.Function
	// Routes of the endpoint and its metadata, for the [RegionalApi].
	Routes() []Route
	// MetricFailures counts answers with a status of 500 and above.
	// Default: sum over 5 minutes.
	MetricFailures(options *awscloudwatch.MetricOptions) awscloudwatch.Metric
	// MetricCognitoFailures counts requests to Cognito that brought no token, also
	// when a kept one was good enough.
	// Default: sum over 5 minutes.
	MetricCognitoFailures(options *awscloudwatch.MetricOptions) awscloudwatch.Metric
	// MetricCacheHits counts requests answered without asking Cognito.
	// Default: sum over 5 minutes.
	MetricCacheHits(options *awscloudwatch.MetricOptions) awscloudwatch.Metric
	// MetricCacheMisses counts requests for which Cognito was asked, which it bills.
	// Default: sum over 5 minutes.
	MetricCacheMisses(options *awscloudwatch.MetricOptions) awscloudwatch.Metric
}

type tokenEndpoint struct {
	constructs.Construct
	function GoFunction
	rate     float64
}

func (t *tokenEndpoint) Function() awslambda.Function { return t.function.Function() }

func (t *tokenEndpoint) Routes() []Route {
	public := func(method, path string) Route {
		return Route{Method: method, Path: path, Public: true, Handler: t.function.Function(), RatePerSecond: t.rate}
	}
	return []Route{
		public("POST", "/oauth2/token"),
		public("GET", "/.well-known/oauth-authorization-server"),
		public("HEAD", "/.well-known/oauth-authorization-server"),
		public("GET", "/.well-known/jwks.json"),
		public("HEAD", "/.well-known/jwks.json"),
	}
}

func (t *tokenEndpoint) MetricFailures(options *awscloudwatch.MetricOptions) awscloudwatch.Metric {
	return functionMetric(contract.MetricTokenFailures, t.Function()).with(options, 5)
}

func (t *tokenEndpoint) MetricCognitoFailures(options *awscloudwatch.MetricOptions) awscloudwatch.Metric {
	return functionMetric(contract.MetricCognitoFailures, t.Function()).with(options, 5)
}

func (t *tokenEndpoint) MetricCacheHits(options *awscloudwatch.MetricOptions) awscloudwatch.Metric {
	return functionMetric(contract.MetricTokenCacheHits, t.Function()).with(options, 5)
}

func (t *tokenEndpoint) MetricCacheMisses(options *awscloudwatch.MetricOptions) awscloudwatch.Metric {
	return functionMetric(contract.MetricTokenCacheMisses, t.Function()).with(options, 5)
}

// NewTokenEndpoint defines the function behind the token endpoint.
func NewTokenEndpoint(scope constructs.Construct, id *string, props *TokenEndpointProps) TokenEndpoint {
	mustBeValid(props.Validate())
	t := &tokenEndpoint{rate: cmp.Or(props.RatePerSecond, 50)}
	newConstruct(t, scope, id)

	auth := props.Auth
	t.function = supportFunction{
		name: "token", pair: auth.Pair(), logKey: props.LogEncryptionKey, overrides: props.FunctionOverrides,
		environment: map[string]string{
			"COGNITO_TOKEN_URL":           auth.TokenUrl(),
			"CREDENTIALS_SECRET":          *auth.CredentialsSecret().SecretArn(),
			"ISSUER_PARAMETERS":           issuerParameters(auth),
			"PUBLIC_BASE_URL":             "https://" + auth.Pair().DomainName(),
			contract.TokenValiditySeconds: strconv.Itoa(int(*auth.TokenValidity().ToSeconds(nil))),
		},
	}.define(t)
	grantIssuers(t.function, auth)
	allow(t.function, []string{"secretsmanager:GetSecretValue"},
		*auth.CredentialsSecret().SecretArn(), t.clientSecrets(auth.Pair()))
	suppressOnPolicy(t.function, suppression{
		rule:   "AwsSolutions-IAM5",
		reason: "The clients' secrets share one path of this pair, and Secrets Manager ends every secret's ARN with six random characters.",
	})
	return t
}

func (t *tokenEndpoint) clientSecrets(pair *Pair) string {
	return stackArnOf(t, "secretsmanager", "secret:"+pair.ClientSecretName("*"))
}
