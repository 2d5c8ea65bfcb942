package regionpair

import (
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscertificatemanager"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscognito"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsroute53"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssecretsmanager"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsssm"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/internal/route"
)

// RegionUnitProps configures a [RegionUnit].
type RegionUnitProps struct {
	// Pair that the unit is one Region of: the one that its stack is in.
	// Required, with a DomainName.
	Pair *Pair
	// HostedZone of the pair's DomainName.
	// Required, unless Certificate is given.
	HostedZone awsroute53.IHostedZone
	// Certificate for the pair's DomainName in this Region.
	// Default: issued by ACM and validated through HostedZone.
	Certificate awscertificatemanager.ICertificate
	// BucketName and PeerBucketName; see [ReplicatedBucketProps].
	// Default: those of [Pair.BucketName] for "objects".
	BucketName, PeerBucketName string
	// BucketKey that exists already in this Region and encrypts the bucket; see
	// [ReplicatedBucketProps].
	// Default: a key of the bucket's own.
	BucketKey awskms.IKey
	// NoncurrentVersionExpiration of replaced and deleted objects.
	// Default: 30 days.
	NoncurrentVersionExpiration awscdk.Duration
	// HandlerEntry is the folder of your own Go main package behind the API. It
	// finds the bucket's name in BUCKET_NAME and may list, read, write and
	// delete objects. The same goes for Tables.
	// Default: the bundled object API.
	HandlerEntry string
	// Handler is a function of your own behind the API: any runtime, a container
	// image, a version or an alias. Grant it what it needs, see
	// [RegionUnit.Bucket] and [RegionUnit.Table]. Exclusive with HandlerEntry.
	// Default: compiled from HandlerEntry.
	Handler awslambda.IFunction
	// HandlerOverrides lays CDK's own options over those of the compiled function.
	// Default: nothing is overridden.
	HandlerOverrides *awslambda.FunctionOptions
	// Routes of the API with a scope per method.
	// Default: the routes of the bundled object API; required with a handler
	// of your own.
	Routes []Route
	// Durability of the bundled object API.
	// Default: DurabilityAsync.
	Durability ObjectDurability
	// WhenPeerIsDown says what DurabilitySync does with a write that only one
	// Region's bucket takes.
	// Default: PeerDownAccept.
	WhenPeerIsDown PeerDownMode
	// IndexKey that exists already in this Region and encrypts the index of objects
	// with DurabilitySync, and only that; see [TableReplicaProps].
	// Default: that of the tables which have none of their own.
	IndexKey awskms.IKey
	// Tables by name: this Region's replicas of global tables, which
	// [ReplicatedTable] makes of two units. They are called [Pair.TableName] and
	// share a key, unless their props say otherwise. A compiled handler finds the
	// full name in TABLE_<NAME>, such as TABLE_ORDERS, and may read and write
	// items; the health endpoint looks at each.
	// Default: none.
	Tables map[string]TableReplicaProps
	// BinaryMediaTypes whose bodies reach the handler base64-encoded; see
	// [RegionalApiProps].
	// Default: none with a handler of your own, "*/*" with the bundled object API.
	BinaryMediaTypes []string
	// ResourceServer is the part of a scope before the slash.
	// Default: "objects".
	ResourceServer string
	// Scopes that exist, by name, with a description.
	// Default: "read" and "write".
	Scopes map[string]string
	// Clients that may call the API.
	// Default: none.
	Clients []MachineClient
	// CognitoDomainPrefix is unique in the Region across all accounts.
	// Default: that of [Pair.CognitoDomainPrefix].
	CognitoDomainPrefix string
	// UserPool of one's own and its TokenUrl; see [MachineAuthProps].
	// Default: a user pool is defined.
	UserPool awscognito.IUserPool
	// TokenUrl of UserPool.
	// Required with UserPool, and only then.
	TokenUrl string
	// TokenValidity of access tokens.
	// Default: one hour.
	TokenValidity awscdk.Duration
	// AuthorizerResultsCacheTtl is how long API Gateway reuses the answer for a
	// token on a route.
	// Default: 5 minutes. Allowed: 0 to 1 hour.
	AuthorizerResultsCacheTtl awscdk.Duration
	// HealthDepth of the Region's health check.
	// Default: HealthDependencies.
	HealthDepth HealthDepth
	// HealthPath is what HealthApi asks of this API with GET every 5 s; see
	// [HealthRequest].
	// Default: an object that does not exist, with the bundled object API; required
	// with a handler of your own. Only with HealthApi.
	HealthPath string
	// HealthClient is the machine client as which HealthApi asks.
	// Required with HealthApi, unless the route of HealthPath is public.
	HealthClient string
	// HealthProbes of one's own; see [HealthEndpoint.AddProbe].
	// Default: none.
	HealthProbes map[string]awslambda.IFunction
	// HealthPreferredNetworks are answered by the health endpoint whatever
	// others send; see [HealthEndpointProps.PreferredNetworks].
	// Default: every network is answered alike.
	HealthPreferredNetworks []string
	// Failback says who lets a primary that has failed serve again. In the standby
	// the unit has a [FailbackGuard], unless it is FailbackAuto; in the primary it
	// changes nothing.
	// Default: FailbackAuto.
	Failback FailbackMode
	// FailbackStableFor is how long the primary must have been healthy when clients
	// return; see [FailbackGuardProps].
	// Default: 3 minutes.
	FailbackStableFor awscdk.Duration
	// GrayFailure of the primary; see [FailbackGuardProps]. In the primary it changes
	// nothing.
	// Default: traffic moves nobody. Not with FailbackAuto.
	GrayFailure *GrayFailure
	// RatePerSecond that each method takes.
	// Default: 500 requests a second. API Gateway applies it to every method on its own.
	RatePerSecond float64
	// Burst of requests that each method takes at once.
	// Default: 1000 requests.
	Burst int
	// SecurityPolicy for TLS.
	// Default: TLS_1_2.
	SecurityPolicy string
	// DualStack answers on IPv6, too.
	// Default: false.
	DualStack bool
	// MutualTls makes clients present a certificate.
	// Default: no client certificate is asked for.
	MutualTls *awsapigateway.MTLSConfig
	// ApiPolicy says who may call the API at all; see [NetworkPolicy].
	// Default: everybody may.
	ApiPolicy awsiam.PolicyDocument
	// AccountRole lets API Gateway write logs in this account and Region.
	// Default: true.
	AccountRole *bool
	// RestApiOverrides, BucketOverrides and UserPoolOverrides lay CDK's own props
	// over those of the parts; see there for what cannot be overridden.
	// Default: nothing is overridden.
	RestApiOverrides  *awsapigateway.RestApiProps
	BucketOverrides   *awss3.BucketProps
	UserPoolOverrides *awscognito.UserPoolProps
}

// Validate returns everything that is wrong at once, also in what the unit hands
// on to its parts.
func (p *RegionUnitProps) Validate() error {
	p = orNew(p)
	c := checking("RegionUnit")
	if c.requires("Pair", p.Pair) {
		c.refuse(p.Pair.DomainName() == "", "needs a Pair with a 'DomainName'")
		c.inZone(p.Pair.DomainName(), p.HostedZone)
	}
	c.refuse(p.HostedZone == nil && p.Certificate == nil, "needs 'HostedZone' or 'Certificate'")
	c.handler(p)
	c.routes(p.Routes)
	c.synchronous(p)
	for _, r := range p.Routes {
		if problem := route.CheckReserved(r.Path); problem != nil {
			c.refuse(true, "route '%s %s' %s", r.Method, r.Path, problem)
		}
	}
	c.throttles(p.RatePerSecond, p.Burst)
	c.securityPolicy(p.SecurityPolicy, p.MutualTls)
	c.stage(p.RestApiOverrides)
	c.lasts("AuthorizerResultsCacheTtl", p.AuthorizerResultsCacheTtl, 0, 3600, "0 to 1 hour")
	c.whole("AuthorizerResultsCacheTtl", p.AuthorizerResultsCacheTtl, 1, "seconds")
	c.parts(p)
	return c.err()
}

// parts lets those that the unit defines look at what is theirs.
func (c *check) parts(p *RegionUnitProps) {
	if p.Pair == nil {
		return
	}
	c.add(p.auth().Validate())
	c.add(p.bucket().Validate())
	c.tables(p.Pair, p.allTables())
	health := &HealthEndpointProps{Pair: p.Pair, PreferredNetworks: p.HealthPreferredNetworks, Probes: p.HealthProbes}
	oneOf(c, "HealthDepth", p.HealthDepth, HealthStatic, HealthDependencies, HealthApi)
	c.healthPath(p)
	c.add(health.Validate())
	oneOf(c, "Failback", p.Failback, FailbackAuto, FailbackGuarded, FailbackManual)
	c.stability("FailbackStableFor", p.FailbackStableFor)
	c.refuse(p.GrayFailure != nil && (p.Failback == "" || p.Failback == FailbackAuto), "with 'GrayFailure' needs 'Failback' FailbackGuarded or FailbackManual: Route 53 would send the clients back at once")
	c.grayFailure(p.GrayFailure)
}

// healthPath refuses a check that would find every Region unhealthy.
func (c *check) healthPath(p *RegionUnitProps) {
	if p.HealthDepth != HealthApi {
		c.refuse(p.HealthPath != "" || p.HealthClient != "", "'HealthPath' and 'HealthClient' are for HealthApi only")
		return
	}
	c.refuse(p.MutualTls != nil, "with 'MutualTls' cannot have HealthApi: the health function has no client certificate")
	c.refuse(p.ApiPolicy != nil, "with 'ApiPolicy' cannot have HealthApi: the policy refuses the health function, whose address is not fixed")
	path := p.healthPath()
	if path == "" {
		c.refuse(true, "needs 'HealthPath' with HealthApi and a handler of its own")
		return
	}
	routes := p.Routes
	if len(routes) == 0 && !p.ownHandler() {
		routes = ObjectRoutes(p.auth().resourceServer())
	}
	found, exists := route.Decoded(routesOf(routes), "GET", path)
	if !exists {
		c.refuse(true, "'HealthPath' must be a GET route, got '%s'", path)
		return
	}
	asked := routes[slices.IndexFunc(routes, func(r Route) bool { return r.Method == found.Method && r.Path == found.Path })]
	if asked.Public {
		return
	}
	at := slices.IndexFunc(p.Clients, func(client MachineClient) bool { return client.Name == p.HealthClient })
	c.refuse(at < 0, "'HealthClient' must be one of 'Clients', got '%s'", p.HealthClient)
	if at >= 0 {
		may := slices.ContainsFunc(asked.Scopes, func(scope string) bool { return slices.Contains(p.Clients[at].Scopes, scope) })
		c.refuse(!may, "'HealthClient' '%s' needs one of the scopes %v of 'HealthPath'", p.HealthClient, asked.Scopes)
	}
}

// healthPath is empty when it has to be given.
func (p *RegionUnitProps) healthPath() string {
	if p.HealthPath == "" && !p.ownHandler() {
		return "/objects/" + contract.HealthObject
	}
	return p.HealthPath
}

func (p *RegionUnitProps) auth() *MachineAuthProps {
	return &MachineAuthProps{
		Pair:              p.Pair,
		DomainPrefix:      p.CognitoDomainPrefix,
		ResourceServer:    p.ResourceServer,
		Scopes:            p.Scopes,
		Clients:           p.Clients,
		TokenValidity:     p.TokenValidity,
		UserPool:          p.UserPool,
		TokenUrl:          p.TokenUrl,
		UserPoolOverrides: p.UserPoolOverrides,
	}
}

func (p *RegionUnitProps) bucket() *ReplicatedBucketProps {
	return &ReplicatedBucketProps{
		Pair:                        p.Pair,
		BucketName:                  p.BucketName,
		PeerBucketName:              p.PeerBucketName,
		Key:                         p.BucketKey,
		NoncurrentVersionExpiration: p.NoncurrentVersionExpiration,
		BucketOverrides:             p.BucketOverrides,
	}
}

// RegionUnit is everything one Region of the pair needs to serve alone. Two
// units know nothing of each other but names; the global stack wires them.
type RegionUnit interface {
	constructs.Construct
	FailoverTarget
	// Pair that the unit is one Region of.
	Pair() *Pair
	// Role of this Region.
	Role() RegionRole
	// Api callers reach through the shared domain name.
	Api() RegionalApi
	// Auth issues this Region's tokens.
	Auth() MachineAuth
	// ClientSecrets are the stable credentials; nil in the secondary Region,
	// which has replicas of them.
	ClientSecrets() ClientSecrets
	// Token answers token requests on the API's own name.
	Token() TokenEndpoint
	// Authorizer checks the tokens of both Regions; nil when every route is public.
	Authorizer() TokenAuthorizer
	// Bucket holds the objects. Its grants also cover the key.
	Bucket() ReplicatedBucket
	// Table is this Region's replica of one of the tables in the props.
	Table(name string) TableReplica
	// Handler answers the API's routes.
	Handler() awslambda.IFunction
	// Health is what Route 53 asks.
	Health() HealthEndpoint
	// LogKey encrypts the log groups of the unit.
	LogKey() awskms.IKey
	// Fence is the parameter [Pair.FenceParameter]: `regionpair failover --fence`
	// ends writes in this Region with it before it moves the clients. Functions
	// that are compiled from HandlerEntry find its name in FENCE_PARAMETER and may
	// read it; package lambda/fence heeds it, as the bundled object API does. Grant
	// a Handler of your own what it needs with Fence().GrantRead.
	Fence() awsssm.IStringParameter
	// Guard keeps a primary that has failed out; nil in the primary Region, and with
	// FailbackAuto.
	Guard() FailbackGuard
	// AddSecret defines a secret [Pair.AppSecretName], which the handler reads by
	// that name in both Regions. Call it on both units: the primary owns the
	// secret and replicates it, the secondary only gets to know it, so neither
	// deployment waits for the other.
	AddSecret(name string, props *UnitSecretProps) awssecretsmanager.ISecret
	// AddParameter defines a parameter [Pair.AppParameterName], which the handler
	// reads by that name in both Regions. Call it on both units, with the value
	// that each Region is to have: at most 4096 characters.
	AddParameter(name, value string, props *UnitParameterProps) awsssm.IStringParameter
	// Watched is everything that alarms, a dashboard and log queries can look at.
	Watched() *Watched
	// unit keeps others from implementing the interface: [SynchronousIndex] looks at
	// what a unit is made of.
	unit() *regionUnit
}

type regionUnit struct {
	constructs.Construct
	props      *RegionUnitProps
	pair       *Pair
	role       RegionRole
	api        RegionalApi
	auth       MachineAuth
	clients    ClientSecrets
	token      TokenEndpoint
	authorizer TokenAuthorizer
	renewal    KeyRenewal
	bucket     ReplicatedBucket
	tables     map[string]TableReplica
	handler    awslambda.IFunction
	compiled   []awslambda.Function
	told       map[string]string
	routes     []Route
	health     HealthEndpoint
	guard      FailbackGuard
	fence      awsssm.StringParameter
	logKey     awskms.Key
	// repair and collector keep synchronous objects; nil for asynchronous ones.
	repair, collector GoFunction
}

func (u *regionUnit) Pair() *Pair { return u.pair }

func (u *regionUnit) Role() RegionRole { return u.role }

func (u *regionUnit) Api() RegionalApi { return u.api }

func (u *regionUnit) Auth() MachineAuth { return u.auth }

func (u *regionUnit) ClientSecrets() ClientSecrets { return u.clients }

func (u *regionUnit) Token() TokenEndpoint { return u.token }

func (u *regionUnit) Authorizer() TokenAuthorizer { return u.authorizer }

func (u *regionUnit) Bucket() ReplicatedBucket { return u.bucket }

func (u *regionUnit) Handler() awslambda.IFunction { return u.handler }

func (u *regionUnit) Health() HealthEndpoint { return u.health }

func (u *regionUnit) LogKey() awskms.IKey { return u.logKey }

func (u *regionUnit) Guard() FailbackGuard { return u.guard }

func (u *regionUnit) Fence() awsssm.IStringParameter { return u.fence }

func (u *regionUnit) unit() *regionUnit { return u }

func (u *regionUnit) Region() string { return u.pair.Region(u.role) }

func (u *regionUnit) RegionalDomainName() string { return u.api.RegionalDomainName() }

func (u *regionUnit) RegionalHostedZoneId() string { return u.api.RegionalHostedZoneId() }

func (u *regionUnit) HealthDomainName() string { return u.health.DomainName() }

func (u *regionUnit) HealthCheckPath() string { return u.health.CheckerHealthPath() }

func (u *regionUnit) SwitchCheckPath() string { return u.health.CheckerSwitchPath() }

// NewRegionUnit defines the Region of the pair that the stack is in.
func NewRegionUnit(scope constructs.Construct, id *string, props *RegionUnitProps) RegionUnit {
	mustBeValid(props.Validate())
	u := &regionUnit{props: props, told: map[string]string{}, pair: props.Pair, role: props.Pair.roleOf("RegionUnit", scope)}
	newConstruct(u, scope, id)

	u.logKey = awskms.NewKey(u, jsii.String("LogKey"), &awskms.KeyProps{
		Description:       jsii.String("Encrypts the log groups of " + u.pair.Name()),
		EnableKeyRotation: jsii.Bool(true),
		RemovalPolicy:     keepByDefault(u.pair.props.RemovalPolicy),
	})
	GrantLogs(u.logKey)
	bucket := props.bucket()
	bucket.LogEncryptionKey, bucket.logScope = u.logKey, u
	u.bucket = NewReplicatedBucket(u, jsii.String("Objects"), bucket)
	u.tables = u.newTables()
	u.newAuth()
	u.fence = u.newFence()
	u.handler = u.newHandler()
	u.routes = u.newRoutes()
	u.keepObjects()
	u.api = u.newApi()
	u.health = u.newHealth()
	if u.role == RoleSecondary && u.props.Failback != "" && u.props.Failback != FailbackAuto {
		u.guard = u.newGuard()
	}
	u.describe()
	output(u, contract.OutputBucketName, u.bucket.BucketName(), "The Region's objects")
	return u
}

// newGuard is for the standby: where clients are while the primary is kept out.
func (u *regionUnit) newGuard() FailbackGuard {
	return NewFailbackGuard(u, jsii.String("Guard"), &FailbackGuardProps{
		Health:           u.health,
		Mode:             u.props.Failback,
		StableFor:        u.props.FailbackStableFor,
		Bucket:           u.bucket,
		MutualTls:        u.props.MutualTls != nil,
		GrayFailure:      u.props.GrayFailure,
		LogEncryptionKey: u.logKey,
	})
}

func (u *regionUnit) newFence() awsssm.StringParameter {
	return awsssm.NewStringParameter(u, jsii.String("Fence"), &awsssm.StringParameterProps{
		ParameterName:  new(u.pair.FenceParameter()),
		Description:    jsii.String("'on' ends writes in this Region, 'uploads' ends uploads by URL; 'off' is normal operation"),
		StringValue:    jsii.String(contract.PositionOff),
		AllowedPattern: jsii.String(contract.FencePattern),
	})
}

func (u *regionUnit) newAuth() {
	if u.role == u.pair.Owner() {
		u.clients = NewClientSecrets(u, jsii.String("Clients"), &ClientSecretsProps{
			Pair: u.pair, Clients: u.props.Clients, LogEncryptionKey: u.logKey,
		})
	}
	u.auth = NewMachineAuth(u, jsii.String("Auth"), u.props.auth())
	u.renewal = NewKeyRenewal(u, jsii.String("KeyRenewal"), &KeyRenewalProps{Issuer: u.auth, LogEncryptionKey: u.logKey})
}

func (u *regionUnit) newApi() RegionalApi {
	u.token = NewTokenEndpoint(u, jsii.String("Token"), &TokenEndpointProps{Auth: u.auth, LogEncryptionKey: u.logKey})
	binary := u.props.BinaryMediaTypes
	if !u.props.ownHandler() {
		binary = []string{"*/*"}
	}
	routes := slices.Concat(u.routes, u.token.Routes())
	props := &RegionalApiProps{
		Pair:             u.pair,
		HostedZone:       u.props.HostedZone,
		Certificate:      u.props.Certificate,
		Handler:          u.handler,
		Routes:           routes,
		BinaryMediaTypes: binary,
		RatePerSecond:    u.props.RatePerSecond,
		Burst:            u.props.Burst,
		SecurityPolicy:   u.props.SecurityPolicy,
		DualStack:        u.props.DualStack,
		MutualTls:        u.props.MutualTls,
		ResourcePolicy:   u.props.ApiPolicy,
		AccountRole:      u.props.AccountRole,
		LogEncryptionKey: u.logKey,
		RestApiOverrides: u.props.RestApiOverrides,
	}
	if len(protected(routes)) > 0 {
		u.authorizer = u.newAuthorizer(routes)
		props.Authorizer, props.PathAuthorizer = u.authorizer.Authorizer(), u.authorizer.PathAuthorizer()
	}
	api := NewRegionalApi(u, jsii.String("Api"), props)
	if !u.props.ownHandler() {
		pointToUploads(api.RestApi())
	}
	return api
}

func (u *regionUnit) newAuthorizer(routes []Route) TokenAuthorizer {
	return NewTokenAuthorizer(u, jsii.String("Authorizer"), &TokenAuthorizerProps{
		Issuer:           u.auth,
		Routes:           routes,
		ResultsCacheTtl:  u.props.AuthorizerResultsCacheTtl,
		LogEncryptionKey: u.logKey,
	})
}

// pointToUploads tells callers whose object is too large for Lambda what to do;
// API Gateway refuses it before the object API could.
func pointToUploads(api awsapigateway.RestApi) {
	addGatewayResponse(api, "TooLarge", awsapigateway.ResponseType_REQUEST_TOO_LARGE(), gatewayAnswer{
		detail: "the body is too large to pass through the API; for objects ask for an upload URL with POST /uploads/{key}, and its size in X-Upload-Content-Length",
	})
}

func (u *regionUnit) healthRequest() *HealthRequest {
	if u.props.HealthDepth != HealthApi {
		return nil
	}
	return &HealthRequest{Api: u.api, Path: u.props.healthPath(), Client: u.props.HealthClient}
}

func (u *regionUnit) newHealth() HealthEndpoint {
	health := NewHealthEndpoint(u, jsii.String("Health"), &HealthEndpointProps{
		Pair:              u.pair,
		Depth:             u.props.HealthDepth,
		Bucket:            u.bucket,
		Issuer:            u.auth,
		Request:           u.healthRequest(),
		Tables:            u.healthTables(),
		Probes:            u.props.HealthProbes,
		PreferredNetworks: u.props.HealthPreferredNetworks,
		// The API has set the account's role already.
		AccountRole:      jsii.Bool(false),
		LogEncryptionKey: u.logKey,
	})
	if account := u.api.RestApi().CloudWatchAccount(); account != nil && orTrue(u.props.AccountRole) {
		nodeOf(stageOf(health.RestApi())).AddDependency(account)
	}
	return health
}
