package regionpair

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awscognito"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsssm"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// TokenIssuer issues the access tokens of one Region: a [MachineAuth], or a user
// pool of one's own, by [TokenIssuerFromUserPool].
type TokenIssuer interface {
	constructs.Construct
	// Pair that the issuer belongs to.
	Pair() *Pair
	// Issuer is the "iss" of this Region's tokens.
	Issuer() string
	// JwksUri is where this Region's signing keys are published.
	JwksUri() string
	// TokenUrl is where the tokens are asked for.
	TokenUrl() string
	// IssuerParameter names the parameter with this Region's issuer.
	IssuerParameter() string
	// PeerIssuerParameter names the parameter that [TrustedIssuers] writes.
	PeerIssuerParameter() string
}

// UserPoolIssuerAttributes describe a user pool that exists already.
type UserPoolIssuerAttributes struct {
	// Pair that the pool belongs to; it is in the Region of its stack.
	// Required.
	Pair *Pair
	// UserPool that issues the tokens.
	// Required.
	UserPool awscognito.IUserPool
	// TokenUrl is the pool's token endpoint, "https://.../oauth2/token", which a
	// [HealthEndpoint] looks at.
	// Required.
	TokenUrl string
}

// Validate returns everything that is wrong at once.
func (a *UserPoolIssuerAttributes) Validate() error {
	a = orNew(a)
	c := checking("TokenIssuerFromUserPool")
	c.requires("Pair", a.Pair)
	c.requires("UserPool", a.UserPool)
	c.requires("TokenUrl", a.TokenUrl)
	c.url("TokenUrl", a.TokenUrl)
	return c.err()
}

// TokenIssuerFromUserPool lets a [TokenAuthorizer] accept the tokens of a user
// pool of one's own, and [TrustedIssuers] introduce it to the other Region.
func TokenIssuerFromUserPool(scope constructs.Construct, id *string, attributes *UserPoolIssuerAttributes) TokenIssuer {
	mustBeValid(attributes.Validate())
	attributes.Pair.roleOf("TokenIssuerFromUserPool", scope)
	i := &poolIssuer{issuing: issuing{attributes.Pair, attributes.UserPool, attributes.TokenUrl}}
	newConstruct(i, scope, id)
	referToWeaklyIfDefined(i.pool)
	i.publish(i)
	return i
}

type poolIssuer struct {
	constructs.Construct
	issuing
}

// issuing is what makes a Cognito user pool an issuer.
type issuing struct {
	pair     *Pair
	pool     awscognito.IUserPool
	tokenURL string
}

func (i *issuing) Pair() *Pair { return i.pair }

func (i *issuing) IssuerParameter() string { return i.pair.IssuerParameter() }

func (i *issuing) PeerIssuerParameter() string { return i.pair.PeerIssuerParameter() }

func (i *issuing) Issuer() string {
	return "https://cognito-idp." + regionOf(i.pool) + "." + urlSuffixOf(i.pool) + "/" + *once(i.pool, "userPoolId", i.pool.UserPoolId)
}

func (i *issuing) JwksUri() string { return i.Issuer() + "/.well-known/jwks.json" }

func (i *issuing) TokenUrl() string { return i.tokenURL }

// publish writes the issuer where the Region's functions read it.
func (i *issuing) publish(scope constructs.Construct) {
	awsssm.NewStringParameter(scope, jsii.String("Issuer"), &awsssm.StringParameterProps{
		ParameterName: new(i.IssuerParameter()),
		Description:   jsii.String("The issuer of this Region's access tokens"),
		StringValue: stackOf(scope).ToJsonString(map[string]any{
			"issuer": i.Issuer(), "jwksUri": i.JwksUri(),
		}, nil),
	})
}

// issuerParameters are those of both issuers that a Region trusts.
func issuerParameters(issuer TokenIssuer) string {
	return issuer.IssuerParameter() + "," + issuer.PeerIssuerParameter()
}

func grantIssuers(function GoFunction, issuer TokenIssuer) {
	allow(function, []string{"ssm:GetParameters"},
		parameterArn(function, issuer.IssuerParameter()), parameterArn(function, issuer.PeerIssuerParameter()))
}
