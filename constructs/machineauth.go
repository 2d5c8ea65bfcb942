package regionpair

import (
	"cmp"
	"maps"
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscognito"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssecretsmanager"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/internal/limits"
)

// MachineClient is a program that calls the API with the OAuth 2.0 client
// credentials grant.
type MachineClient struct {
	// Name is short and stable; the client id is "<pair>.<name>".
	// Required. Allowed: lower-case letters, digits and hyphens.
	Name string
	// Scopes the client may ask for, in full form: "objects/read".
	// Required, at least one.
	Scopes []string
	// RotationInterval of the client's secret.
	// Default: the secret is not rotated by schedule. Allowed: 1 day to 1000 days,
	// in whole hours.
	RotationInterval awscdk.Duration
}

// MachineAuthProps configures a [MachineAuth].
type MachineAuthProps struct {
	// Pair that the clients belong to. Its RemovalPolicy is that of the user
	// pool, whose deletion protection follows it.
	// Required.
	Pair *Pair
	// DomainPrefix of the pool's token endpoint, unique in the Region across
	// all accounts.
	// Default: that of [Pair.CognitoDomainPrefix].
	DomainPrefix string
	// ResourceServer is the part of a scope before the slash.
	// Default: "objects".
	ResourceServer string
	// Scopes that exist, by name, with a description for people.
	// Default: "read" and "write".
	Scopes map[string]string
	// Clients that may call the API.
	// Default: none; nobody can get a token.
	Clients []MachineClient
	// TokenValidity of access tokens. Tokens outlive the Region that issued
	// them, so a longer validity bridges a longer outage.
	// Default: one hour. Allowed: 5 minutes to 1 day, in whole minutes.
	TokenValidity awscdk.Duration
	// UserPool of one's own, which gets the scopes and the clients.
	// Default: one is defined.
	UserPool awscognito.IUserPool
	// TokenUrl of UserPool, "https://.../oauth2/token".
	// Required with UserPool, and only then.
	TokenUrl string
	// UserPoolOverrides lays CDK's own props over those of the user pool.
	// Default: nothing is overridden.
	UserPoolOverrides *awscognito.UserPoolProps
}

// Validate returns everything that is wrong at once.
func (p *MachineAuthProps) Validate() error {
	p = orNew(p)
	c := checking("MachineAuth")
	c.requires("Pair", p.Pair)
	c.refuse(p.DomainPrefix != "" && !isToken(p.DomainPrefix) && !limits.IsCognitoDomainPrefix(p.DomainPrefix),
		"'DomainPrefix' must be 1 to 63 lower-case letters, digits and hyphens, without 'aws', 'amazon' and 'cognito', got '%s'", p.DomainPrefix)
	c.ownPool(p)
	c.lasts("TokenValidity", p.TokenValidity, 5*60, 86400, "5 minutes to 1 day")
	c.whole("TokenValidity", p.TokenValidity, 60, "minutes")
	c.scopes(p.resourceServer(), p.Scopes)
	c.clients(p.Clients)
	known := p.scopeNames()
	for _, name := range known {
		c.refuse(len(name) > limits.MaxScopeCharacters, "'ResourceServer' and a name of 'Scopes' must have at most %d characters with the slash between them, got %d in '%s'", limits.MaxScopeCharacters, len(name), name)
	}
	for _, client := range p.Clients {
		for _, scope := range client.Scopes {
			c.refuse(!slices.Contains(known, scope), "client '%s' 'Scopes' must be among %v, got '%s'", client.Name, known, scope)
		}
	}
	return c.err()
}

func (c *check) ownPool(p *MachineAuthProps) {
	if p.UserPool == nil {
		c.refuse(p.TokenUrl != "", "'TokenUrl' is that of a 'UserPool' of your own, and there is none")
		return
	}
	c.requires("TokenUrl", p.TokenUrl)
	c.url("TokenUrl", p.TokenUrl)
	c.refuse(p.DomainPrefix != "", "takes 'UserPool' or 'DomainPrefix', and not both: the pool has a domain")
	c.refuse(p.UserPoolOverrides != nil, "takes 'UserPool' or 'UserPoolOverrides', and not both")
}

func (c *check) scopes(resourceServer string, scopes map[string]string) {
	c.refuse(resourceServer == contract.ClientScopes, "'ResourceServer' must not be '%s', whose scopes name clients", contract.ClientScopes)
	c.refuse(!limits.IsResourceServer(resourceServer), "'ResourceServer' must be up to 256 letters, digits and . _ : / -, got '%s'", resourceServer)
	for _, name := range slices.Sorted(maps.Keys(scopes)) {
		c.refuse(!limits.IsScopeName(name), "'Scopes' must be named with up to 128 letters, digits and . _ : -, got '%s'", name)
		c.refuse(scopes[name] == "" || len(scopes[name]) > 256, "'Scopes' need a description of 1 to 256 characters, got '%s' for '%s'", scopes[name], name)
	}
	c.refuse(len(scopes) > limits.MaxScopes, "'Scopes' must be at most %d, got %d", limits.MaxScopes, len(scopes))
}

func (c *check) clients(clients []MachineClient) {
	c.refuse(len(clients) > limits.MaxClients, "'Clients' must be at most %d, got %d", limits.MaxClients, len(clients))
	seen := map[string]bool{}
	for _, client := range clients {
		if client.Name == "" {
			c.refuse(true, "needs 'Name' in each of 'Clients'")
			continue
		}
		c.refuse(!limits.IsClientName(client.Name), "'Clients' must be named with 1 to 63 lower-case letters, digits and hyphens, a letter first, got '%s'", client.Name)
		c.refuse(len(client.Scopes) == 0, "client '%s' needs 'Scopes'", client.Name)
		c.refuse(len(client.Scopes) > limits.MaxClientScopes, "client '%s' must have at most %d 'Scopes', got %d", client.Name, limits.MaxClientScopes, len(client.Scopes))
		c.refuse(seen[client.Name], "'Clients' must have unique names, got '%s' twice", client.Name)
		c.lasts("RotationInterval", client.RotationInterval, 86400, 1000*86400, "1 day to 1000 days")
		c.whole("RotationInterval", client.RotationInterval, 3600, "hours")
		seen[client.Name] = true
	}
}

func (p *MachineAuthProps) resourceServer() string { return cmp.Or(p.ResourceServer, objectsPurpose) }

func (p *MachineAuthProps) scopesByName() map[string]string {
	if len(p.Scopes) > 0 {
		return p.Scopes
	}
	return contract.DefaultScopes()
}

// scopeNames are the scopes as they stand in a token.
func (p *MachineAuthProps) scopeNames() []string {
	names := []string{}
	for _, name := range slices.Sorted(maps.Keys(p.scopesByName())) {
		names = append(names, p.resourceServer()+"/"+name)
	}
	return names
}

// MachineAuth is one Region's Cognito user pool for machine clients: a
// resource server with the scopes, one app client per machine client, and the
// prefix domain whose token endpoint [TokenEndpoint] exchanges credentials at.
type MachineAuth interface {
	TokenIssuer
	// UserPool issues the tokens of this Region.
	UserPool() awscognito.IUserPool
	// CredentialsSecret holds, for this Region only, the app client that
	// stands behind each stable client id.
	CredentialsSecret() awssecretsmanager.ISecret
	// TokenValidity of access tokens.
	TokenValidity() awscdk.Duration
}

type machineAuth struct {
	constructs.Construct
	issuing
	props       *MachineAuthProps
	poolHere    awscognito.IUserPool
	credentials awssecretsmanager.Secret
}

func (a *machineAuth) UserPool() awscognito.IUserPool { return a.pool }

func (a *machineAuth) CredentialsSecret() awssecretsmanager.ISecret { return a.credentials }

func (a *machineAuth) TokenValidity() awscdk.Duration {
	if a.props.TokenValidity == nil {
		return awscdk.Duration_Hours(jsii.Number(1))
	}
	return a.props.TokenValidity
}

// NewMachineAuth defines the pool, its clients and the regional credentials.
func NewMachineAuth(scope constructs.Construct, id *string, props *MachineAuthProps) MachineAuth {
	mustBeValid(props.Validate())
	role := props.Pair.roleOf("MachineAuth", scope)
	a := &machineAuth{props: props, issuing: issuing{props.Pair, props.UserPool, props.TokenUrl}}
	newConstruct(a, scope, id)

	if props.UserPool == nil {
		prefix := cmp.Or(props.DomainPrefix, props.Pair.CognitoDomainPrefix(role))
		a.pool = a.newPool(prefix)
		a.tokenURL = "https://" + prefix + ".auth." + regionOf(a) + ".amazoncognito.com/oauth2/token"
	}
	referToWeaklyIfDefined(a.pool)
	a.poolHere = a.newPoolHere()
	server, scopes := a.newResourceServer()
	a.credentials = a.newCredentials(server, scopes, a.newIdentities())
	a.publish(a)
	return a
}

func (a *machineAuth) newPool(domainPrefix string) awscognito.UserPool {
	pool := awscognito.NewUserPool(a, jsii.String("Pool"), override(awscognito.UserPoolProps{
		DeletionProtection: jsii.Bool(keeps(a.pair.props.RemovalPolicy)),
		FeaturePlan:        awscognito.FeaturePlan_ESSENTIALS,
		RemovalPolicy:      keepProtected(a.pair.props.RemovalPolicy),
		SelfSignUpEnabled:  jsii.Bool(false),
		AccountRecovery:    awscognito.AccountRecovery_NONE,
		PasswordPolicy: &awscognito.PasswordPolicy{
			MinLength:        jsii.Number(16),
			RequireDigits:    jsii.Bool(true),
			RequireLowercase: jsii.Bool(true),
			RequireSymbols:   jsii.Bool(true),
			RequireUppercase: jsii.Bool(true),
		},
	}, a.props.UserPoolOverrides))
	pool.AddDomain(jsii.String("Domain"), &awscognito.UserPoolDomainOptions{
		CognitoDomain: &awscognito.CognitoDomainOptions{DomainPrefix: &domainPrefix},
	})
	const noUsers = "The pool has no users, only machine clients: nobody can sign up or sign in."
	suppress(pool, suppression{rule: "AwsSolutions-COG2", reason: noUsers}, suppression{rule: "AwsSolutions-COG3", reason: noUsers},
		suppression{rule: "AwsSolutions-COG8", reason: noUsers})
	return pool
}

// newPoolHere is the pool with this stack for its clients: a pool of another stack
// defines them there, and their secrets would come here through an output, which
// everyone who may describe that stack can read.
func (a *machineAuth) newPoolHere() awscognito.IUserPool {
	if a.props.UserPool == nil || inOneStack(a.pool, a) {
		return a.pool
	}
	return awscognito.UserPool_FromUserPoolId(a, jsii.String("Pool"), a.pool.UserPoolId())
}

func (a *machineAuth) newResourceServer() (awscognito.UserPoolResourceServer, map[string]awscognito.ResourceServerScope) {
	identifier, descriptions := a.props.resourceServer(), a.props.scopesByName()
	byFullName := map[string]awscognito.ResourceServerScope{}
	list := []awscognito.ResourceServerScope{}
	for _, name := range slices.Sorted(maps.Keys(descriptions)) {
		scope := awscognito.NewResourceServerScope(&awscognito.ResourceServerScopeProps{
			ScopeName:        jsii.String(name),
			ScopeDescription: new(descriptions[name]),
		})
		byFullName[identifier+"/"+name] = scope
		list = append(list, scope)
	}
	return a.poolHere.AddResourceServer(jsii.String("Scopes"), &awscognito.UserPoolResourceServerOptions{
		Identifier: &identifier,
		Scopes:     &list,
		// The default is the identifier, whose slashes and colons a name may not hold.
		UserPoolResourceServerName: new(a.pair.Name()),
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
	for _, client := range a.props.Clients {
		scope := awscognito.NewResourceServerScope(&awscognito.ResourceServerScopeProps{
			ScopeName:        jsii.String(a.pair.ClientId(client.Name)),
			ScopeDescription: jsii.String("Names the client " + a.pair.ClientId(client.Name)),
		})
		result.scopes[client.Name] = scope
		list = append(list, scope)
	}
	if len(list) > 0 {
		result.server = a.poolHere.AddResourceServer(jsii.String("ClientScopes"), &awscognito.UserPoolResourceServerOptions{
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
	for _, client := range a.props.Clients {
		regional := a.newClient(client, server, scopes, named)
		document[a.pair.ClientId(client.Name)] = map[string]any{
			"secretId":            a.pair.ClientSecretName(client.Name),
			"scopes":              client.Scopes,
			"cognitoClientId":     regional.Ref(),
			"cognitoClientSecret": regional.AttrClientSecret(),
		}
	}
	secret := awssecretsmanager.NewSecret(a, jsii.String("Credentials"), &awssecretsmanager.SecretProps{
		Description:       jsii.String("The app clients of this Region's user pool, by stable client id"),
		SecretStringValue: awscdk.SecretValue_UnsafePlainText(stackOf(a).ToJsonString(document, nil)),
	})
	suppress(secret, suppression{
		rule:   "AwsSolutions-SMG4",
		reason: "The value is made of references to this Region's app clients and changes with them; what clients present is the stable secret, which can be rotated.",
	})
	return secret
}

func (a *machineAuth) newClient(client MachineClient, server awscognito.UserPoolResourceServer, scopes map[string]awscognito.ResourceServerScope, named identities) awscognito.CfnUserPoolClient {
	allowed := []awscognito.OAuthScope{}
	for _, name := range client.Scopes {
		allowed = append(allowed, awscognito.OAuthScope_ResourceServer(server, scopes[name]))
	}
	allowed = append(allowed, awscognito.OAuthScope_ResourceServer(named.server, named.scopes[client.Name]))
	created := a.poolHere.AddClient(jsii.String("Client-"+client.Name), &awscognito.UserPoolClientOptions{
		AccessTokenValidity:        a.TokenValidity(),
		EnableTokenRevocation:      jsii.Bool(true),
		GenerateSecret:             jsii.Bool(true),
		PreventUserExistenceErrors: jsii.Bool(true),
		UserPoolClientName:         jsii.String(a.pair.ClientId(client.Name)),
		OAuth: &awscognito.OAuthSettings{
			Flows:  &awscognito.OAuthFlows{ClientCredentials: jsii.Bool(true)},
			Scopes: &allowed,
		},
	})
	return created.Node().DefaultChild().(awscognito.CfnUserPoolClient)
}
