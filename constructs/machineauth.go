package regionpair

import (
	"maps"
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscognito"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssecretsmanager"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsssm"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/regionpair/regionpair/internal/contract"
)

// MachineClient is a program that calls the API with the OAuth 2.0 client
// credentials grant.
type MachineClient struct {
	// Name is short and stable; the client id is "<pair>.<name>".
	// Required.
	Name *string
	// Scopes the client may ask for, in full form: "objects/read".
	// Required, at least one.
	Scopes *[]*string
	// RotationInterval of the client's secret.
	// Default: the secret is not rotated by schedule.
	RotationInterval awscdk.Duration
}

// MachineAuthProps configures a [MachineAuth].
type MachineAuthProps struct {
	// PairName is the first part of client ids, secret names and parameters.
	// Required.
	PairName *string
	// DomainPrefix of the pool's token endpoint, unique in the Region across
	// all accounts.
	// Required.
	DomainPrefix *string
	// ResourceServer is the part of a scope before the slash.
	// Default: "objects".
	ResourceServer *string
	// Scopes that exist, by name, with a description for people.
	// Required, at least one.
	Scopes *map[string]*string
	// Clients that may call the API.
	// Default: none; nobody can get a token.
	Clients *[]*MachineClient
	// TokenValidity of access tokens. Tokens outlive the Region that issued
	// them, so a longer validity bridges a longer outage.
	// Default: one hour. Allowed: 5 minutes to 1 day.
	TokenValidity awscdk.Duration
	// RemovalPolicy of the user pool, whose deletion protection follows it.
	// Default: kept, unless the deployment that creates it fails.
	RemovalPolicy awscdk.RemovalPolicy
	// Overrides lays CDK's own props over those of the user pool.
	// Default: nothing is overridden.
	Overrides *awscognito.UserPoolProps
}

// MachineAuth is one Region's Cognito user pool for machine clients: a
// resource server with the scopes, one app client per machine client, and the
// prefix domain whose token endpoint [TokenEndpoint] exchanges credentials at.
type MachineAuth interface {
	constructs.Construct
	// UserPool issues the tokens of this Region.
	UserPool() awscognito.IUserPool
	// Issuer is the "iss" of this Region's tokens.
	Issuer() *string
	// JwksUri is where this Region's signing keys are published.
	JwksUri() *string
	// TokenUrl is the pool's own token endpoint.
	TokenUrl() *string
	// CredentialsSecret holds, for this Region only, the app client that
	// stands behind each stable client id.
	CredentialsSecret() awssecretsmanager.ISecret
	// IssuerParameter names the parameter with this Region's issuer.
	IssuerParameter() *string
	// PeerIssuerParameter names the parameter that [TrustedIssuers] writes.
	PeerIssuerParameter() *string
	// TokenValidity of access tokens.
	TokenValidity() awscdk.Duration
}

type machineAuth struct {
	constructs.Construct
	props       *MachineAuthProps
	pool        awscognito.UserPool
	credentials awssecretsmanager.Secret
	names       pairNames
}

func (a *machineAuth) UserPool() awscognito.IUserPool { return a.pool }

func (a *machineAuth) CredentialsSecret() awssecretsmanager.ISecret { return a.credentials }

func (a *machineAuth) IssuerParameter() *string { return a.names.ownIssuer() }

func (a *machineAuth) PeerIssuerParameter() *string { return a.names.peerIssuer() }

func (a *machineAuth) TokenValidity() awscdk.Duration {
	if a.props.TokenValidity == nil {
		return awscdk.Duration_Hours(jsii.Number(1))
	}
	return a.props.TokenValidity
}

func (a *machineAuth) Issuer() *string {
	stack := awscdk.Stack_Of(a)
	return jsii.String("https://cognito-idp." + *stack.Region() + "." + *stack.UrlSuffix() + "/" + *a.pool.UserPoolId())
}

func (a *machineAuth) JwksUri() *string {
	return jsii.String(*a.Issuer() + "/.well-known/jwks.json")
}

func (a *machineAuth) TokenUrl() *string {
	return jsii.String("https://" + *a.props.DomainPrefix + ".auth." + *awscdk.Stack_Of(a).Region() + ".amazoncognito.com/oauth2/token")
}

// NewMachineAuth defines the pool, its clients and the regional credentials.
func NewMachineAuth(scope constructs.Construct, id *string, props *MachineAuthProps) MachineAuth {
	mustBeCompleteAuth(props)
	a := &machineAuth{props: props, names: pairNames{*props.PairName}}
	constructs.NewConstruct_Override(a, scope, id)

	a.pool = a.newPool()
	referToWeakly(a.pool)
	server, scopes := a.newResourceServer()
	a.credentials = a.newCredentials(server, scopes, a.newIdentities())
	awsssm.NewStringParameter(a, jsii.String("Issuer"), &awsssm.StringParameterProps{
		ParameterName: a.IssuerParameter(),
		Description:   jsii.String("The issuer of this Region's access tokens"),
		StringValue: awscdk.Stack_Of(a).ToJsonString(map[string]any{
			"issuer": a.Issuer(), "jwksUri": a.JwksUri(),
		}, nil),
	})
	return a
}

func mustBeCompleteAuth(props *MachineAuthProps) {
	required("MachineAuth", "PairName", props == nil || props.PairName == nil)
	required("MachineAuth", "DomainPrefix", props.DomainPrefix == nil)
	required("MachineAuth", "Scopes", props.Scopes == nil || len(*props.Scopes) == 0)
	if *orString(props.ResourceServer, "objects") == contract.ClientScopes {
		misuse("MachineAuth 'ResourceServer' must not be '%s', whose scopes name clients", contract.ClientScopes)
	}
	mustBeCompleteClients(props.Clients)
}

func mustBeCompleteClients(clients *[]*MachineClient) {
	seen := map[string]bool{}
	for _, client := range clientsOf(clients) {
		required("MachineClient", "Name", client == nil || client.Name == nil)
		required("MachineClient '"+*client.Name+"'", "Scopes", client.Scopes == nil || len(*client.Scopes) == 0)
		if seen[*client.Name] {
			misuse("MachineClient 'Name' must be unique, got '%s' twice", *client.Name)
		}
		seen[*client.Name] = true
	}
}

func clientsOf(clients *[]*MachineClient) []*MachineClient {
	if clients == nil {
		return nil
	}
	return *clients
}

func (a *machineAuth) newPool() awscognito.UserPool {
	pool := awscognito.NewUserPool(a, jsii.String("Pool"), override(awscognito.UserPoolProps{
		DeletionProtection: jsii.Bool(keeps(a.props.RemovalPolicy)),
		FeaturePlan:        awscognito.FeaturePlan_ESSENTIALS,
		RemovalPolicy:      keepPool(a.props.RemovalPolicy),
		SelfSignUpEnabled:  jsii.Bool(false),
		AccountRecovery:    awscognito.AccountRecovery_NONE,
		PasswordPolicy: &awscognito.PasswordPolicy{
			MinLength:        jsii.Number(16),
			RequireDigits:    jsii.Bool(true),
			RequireLowercase: jsii.Bool(true),
			RequireSymbols:   jsii.Bool(true),
			RequireUppercase: jsii.Bool(true),
		},
	}, a.props.Overrides))
	pool.AddDomain(jsii.String("Domain"), &awscognito.UserPoolDomainOptions{
		CognitoDomain: &awscognito.CognitoDomainOptions{DomainPrefix: a.props.DomainPrefix},
	})
	const noUsers = "The pool has no users, only machine clients: nobody can sign up or sign in."
	suppress(pool, suppression{rule: "AwsSolutions-COG2", reason: noUsers}, suppression{rule: "AwsSolutions-COG3", reason: noUsers},
		suppression{rule: "AwsSolutions-COG8", reason: noUsers})
	return pool
}

// keepPool never asks CloudFormation to delete a pool that is kept: Cognito
// refuses to delete a protected one, and a first deployment that fails could
// not be rolled back. It leaves an empty pool instead.
func keepPool(policy awscdk.RemovalPolicy) awscdk.RemovalPolicy {
	if keeps(policy) {
		return awscdk.RemovalPolicy_RETAIN
	}
	return policy
}

func (a *machineAuth) newResourceServer() (awscognito.UserPoolResourceServer, map[string]awscognito.ResourceServerScope) {
	identifier := *orString(a.props.ResourceServer, "objects")
	byFullName := map[string]awscognito.ResourceServerScope{}
	list := []awscognito.ResourceServerScope{}
	for _, name := range slices.Sorted(maps.Keys(*a.props.Scopes)) {
		scope := awscognito.NewResourceServerScope(&awscognito.ResourceServerScopeProps{
			ScopeName:        jsii.String(name),
			ScopeDescription: (*a.props.Scopes)[name],
		})
		byFullName[identifier+"/"+name] = scope
		list = append(list, scope)
	}
	return a.pool.AddResourceServer(jsii.String("Scopes"), &awscognito.UserPoolResourceServerOptions{
		Identifier: &identifier,
		Scopes:     &list,
		// The default is the identifier, whose slashes and colons a name may not hold.
		UserPoolResourceServerName: a.props.PairName,
	}), byFullName
}

// identities are the scopes that name clients; see [contract.ClientScopes].
type identities struct {
	server awscognito.UserPoolResourceServer
	scopes map[string]awscognito.ResourceServerScope // by client name
}

func (a *machineAuth) newIdentities() identities {
	result := identities{scopes: map[string]awscognito.ResourceServerScope{}}
	list := []awscognito.ResourceServerScope{}
	for _, client := range clientsOf(a.props.Clients) {
		scope := awscognito.NewResourceServerScope(&awscognito.ResourceServerScopeProps{
			ScopeName:        jsii.String(a.names.clientID(*client.Name)),
			ScopeDescription: jsii.String("Names the client " + a.names.clientID(*client.Name)),
		})
		result.scopes[*client.Name] = scope
		list = append(list, scope)
	}
	if len(list) > 0 {
		result.server = a.pool.AddResourceServer(jsii.String("ClientScopes"), &awscognito.UserPoolResourceServerOptions{
			Identifier: jsii.String(contract.ClientScopes), Scopes: &list,
		})
	}
	return result
}

// newCredentials keeps the regional app clients' ids and secrets in one
// secret: the token function reads them all at once, and a template only ever
// holds references to them.
func (a *machineAuth) newCredentials(server awscognito.UserPoolResourceServer, scopes map[string]awscognito.ResourceServerScope, named identities) awssecretsmanager.Secret {
	document := map[string]any{}
	for _, client := range clientsOf(a.props.Clients) {
		regional := a.newClient(client, server, scopes, named)
		document[a.names.clientID(*client.Name)] = map[string]any{
			"secretId":            a.names.clientSecret(*client.Name),
			"scopes":              client.Scopes,
			"cognitoClientId":     regional.Ref(),
			"cognitoClientSecret": regional.AttrClientSecret(),
		}
	}
	secret := awssecretsmanager.NewSecret(a, jsii.String("Credentials"), &awssecretsmanager.SecretProps{
		Description:       jsii.String("The app clients of this Region's user pool, by stable client id"),
		SecretStringValue: awscdk.SecretValue_UnsafePlainText(awscdk.Stack_Of(a).ToJsonString(document, nil)),
	})
	suppress(secret, suppression{
		rule:   "AwsSolutions-SMG4",
		reason: "The value is made of references to this Region's app clients and changes with them; what clients present is the stable secret, which can be rotated.",
	})
	return secret
}

func (a *machineAuth) newClient(client *MachineClient, server awscognito.UserPoolResourceServer, scopes map[string]awscognito.ResourceServerScope, named identities) awscognito.CfnUserPoolClient {
	allowed := []awscognito.OAuthScope{}
	for _, name := range *client.Scopes {
		scope, exists := scopes[*name]
		if !exists {
			misuse("MachineClient '%s' 'Scopes' must be among %v, got '%s'", *client.Name, slices.Sorted(maps.Keys(scopes)), *name)
		}
		allowed = append(allowed, awscognito.OAuthScope_ResourceServer(server, scope))
	}
	allowed = append(allowed, awscognito.OAuthScope_ResourceServer(named.server, named.scopes[*client.Name]))
	created := a.pool.AddClient(jsii.String("Client-"+*client.Name), &awscognito.UserPoolClientOptions{
		AccessTokenValidity:        a.TokenValidity(),
		EnableTokenRevocation:      jsii.Bool(true),
		GenerateSecret:             jsii.Bool(true),
		PreventUserExistenceErrors: jsii.Bool(true),
		UserPoolClientName:         jsii.String(a.names.clientID(*client.Name)),
		OAuth: &awscognito.OAuthSettings{
			Flows:  &awscognito.OAuthFlows{ClientCredentials: jsii.Bool(true)},
			Scopes: &allowed,
		},
	})
	return created.Node().DefaultChild().(awscognito.CfnUserPoolClient)
}
