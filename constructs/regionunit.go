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
	"github.com/aws/aws-cdk-go/awscdk/v2/awssecretsmanager"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsssm"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/regionpair/regionpair/internal/route"
)

// RegionUnitProps configures a [RegionUnit].
type RegionUnitProps struct {
	// PairName names the pair; parameters, secrets and client ids start with it.
	// Required.
	PairName *string
	// Role of this Region.
	// Required.
	Role RegionRole
	// PeerRegion is the other Region of the pair.
	// Required.
	PeerRegion *string
	// DomainName callers use, the same in both Regions.
	// Required.
	DomainName *string
	// HostedZone of DomainName.
	// Required, unless Certificate is given.
	HostedZone awsroute53.IHostedZone
	// Certificate for DomainName in this Region.
	// Default: issued by ACM and validated through HostedZone.
	Certificate awscertificatemanager.ICertificate
	// BucketName of this Region.
	// Default: "<pair>-objects-<account>-<region>".
	BucketName *string
	// NoncurrentVersionExpiration of replaced and deleted objects.
	// Default: 30 days.
	NoncurrentVersionExpiration awscdk.Duration
	// HandlerEntry is the folder of your own Go main package behind the API. It
	// finds the bucket's name in BUCKET_NAME and may list, read, write and
	// delete objects. The same goes for Tables.
	// Default: the bundled object API.
	HandlerEntry *string
	// Handler is a function of your own behind the API; any runtime. Grant it
	// what it needs, see [RegionUnit.Bucket] and [RegionUnit.Table].
	// Default: compiled from HandlerEntry. Exclusive with HandlerEntry.
	Handler awslambda.IFunction
	// HandlerOptions lays CDK's own options over those of the compiled function.
	// Default: nothing is overridden.
	HandlerOptions *awslambda.FunctionOptions
	// Routes of the API with a scope per method.
	// Default: the routes of the bundled object API; required with a handler
	// of your own.
	Routes []*Route
	// Tables by name: this Region's replicas of global tables, which
	// [ReplicatedTable] makes of two units. They are called "<pair>-<name>" and
	// share a key, unless their props say otherwise. A compiled handler finds the
	// full name in TABLE_<NAME>, such as TABLE_ORDERS, and may read and write
	// items; the health endpoint looks at each.
	// Default: none.
	Tables *map[string]*TableReplicaProps
	// ResourceServer is the part of a scope before the slash.
	// Default: "objects".
	ResourceServer *string
	// Scopes that exist, by name, with a description.
	// Default: "read" and "write".
	Scopes *map[string]*string
	// Clients that may call the API.
	// Default: none.
	Clients *[]*MachineClient
	// CognitoDomainPrefix is unique in the Region across all accounts.
	// Default: "<pair>-<account>-<region>".
	CognitoDomainPrefix *string
	// TokenValidity of access tokens.
	// Default: one hour.
	TokenValidity awscdk.Duration
	// HealthDepth of the Region's health check.
	// Default: HealthDependencies.
	HealthDepth HealthDepth
	// Architecture the functions are compiled for.
	// Default: arm64.
	Architecture awslambda.Architecture
	// RatePerSecond that each method takes.
	// Default: 500 requests a second. API Gateway applies it to every method on its own.
	RatePerSecond *float64
	// Burst of requests that each method takes at once.
	// Default: 1000 requests.
	Burst *float64
	// SecurityPolicy for TLS.
	// Default: TLS_1_2.
	SecurityPolicy *string
	// DualStack answers on IPv6, too.
	// Default: false.
	DualStack *bool
	// MutualTls makes clients present a certificate.
	// Default: no client certificate is asked for.
	MutualTls *awsapigateway.MTLSConfig
	// ApiPolicy says who may call the API at all; see [NetworkPolicy].
	// Default: everybody may.
	ApiPolicy awsiam.PolicyDocument
	// HealthProbes of one's own; see [HealthEndpointProps.Probes].
	// Default: none.
	HealthProbes *map[string]awslambda.IFunction
	// HealthPreferredNetworks are answered by the health endpoint whatever
	// others send; see [HealthEndpointProps.PreferredNetworks].
	// Default: every network is answered alike.
	HealthPreferredNetworks *[]*string
	// AccountRole lets API Gateway write logs in this account and Region.
	// Default: true.
	AccountRole *bool
	// Tracing with X-Ray.
	// Default: true.
	Tracing *bool
	// LogRetention of all log groups.
	// Default: one month.
	LogRetention awslogs.RetentionDays
	// RemovalPolicy of everything that holds state.
	// Default: kept, unless the deployment that creates it fails.
	RemovalPolicy awscdk.RemovalPolicy
}

// RegionUnit is everything one Region of the pair needs to serve alone. Two
// units know nothing of each other but names; the global stack wires them.
type RegionUnit interface {
	constructs.Construct
	FailoverTarget
	// Api callers reach through the shared domain name.
	Api() RegionalApi
	// Auth issues this Region's tokens.
	Auth() MachineAuth
	// Bucket holds the objects. Its grants cover the key as well.
	Bucket() ReplicatedBucket
	// Table is this Region's replica of one of the tables in the props.
	Table(name *string) TableReplica
	// Handler answers the API's routes.
	Handler() awslambda.IFunction
	// Health is what Route 53 asks.
	Health() HealthEndpoint
	// LogKey encrypts the log groups of the unit.
	LogKey() awskms.IKey
	// Role of this Region.
	Role() RegionRole
	// AddSecret "<pair>/app/<name>" for the handler, replicated from the primary.
	AddSecret(name *string, props *UnitSecretProps) awssecretsmanager.ISecret
	// AddParameter "/<pair>/app/<name>" for the handler.
	AddParameter(name, value *string, props *UnitParameterProps) awsssm.IStringParameter
	// unit keeps others from implementing the interface: constructs that take
	// two units compare what they were made of.
	unit() *regionUnit
}

type regionUnit struct {
	constructs.Construct
	props   *RegionUnitProps
	api     RegionalApi
	auth    MachineAuth
	bucket  ReplicatedBucket
	tables  map[string]TableReplica
	handler awslambda.IFunction
	health  HealthEndpoint
	logKey  awskms.Key
	region  *string
}

func (u *regionUnit) Api() RegionalApi { return u.api }

func (u *regionUnit) Auth() MachineAuth { return u.auth }

func (u *regionUnit) Bucket() ReplicatedBucket { return u.bucket }

func (u *regionUnit) Handler() awslambda.IFunction { return u.handler }

func (u *regionUnit) Health() HealthEndpoint { return u.health }

func (u *regionUnit) LogKey() awskms.IKey { return u.logKey }

func (u *regionUnit) Role() RegionRole { return u.props.Role }

func (u *regionUnit) unit() *regionUnit { return u }

func (u *regionUnit) RegionalDomainName() *string { return u.api.RegionalDomainName() }

func (u *regionUnit) RegionalHostedZoneId() *string { return u.api.RegionalHostedZoneId() }

func (u *regionUnit) HealthDomainName() *string { return u.health.DomainName() }

func (u *regionUnit) HealthCheckPath() *string { return u.health.CheckerHealthPath() }

func (u *regionUnit) SwitchCheckPath() *string { return u.health.CheckerSwitchPath() }

func (u *regionUnit) Region() *string { return u.region }

// NewRegionUnit defines one Region of a pair. Its stack needs an explicit
// account and Region.
func NewRegionUnit(scope constructs.Construct, id *string, props *RegionUnitProps) RegionUnit {
	mustBeCompleteUnit(scope, props)
	u := &regionUnit{props: props, region: awscdk.Stack_Of(scope).Region()}
	constructs.NewConstruct_Override(u, scope, id)

	u.logKey = awskms.NewKey(u, jsii.String("LogKey"), &awskms.KeyProps{
		Description:       jsii.String("Encrypts the log groups of " + *props.PairName),
		EnableKeyRotation: jsii.Bool(true),
		RemovalPolicy:     keepByDefault(props.RemovalPolicy),
	})
	GrantLogs(u.logKey)
	u.bucket = NewReplicatedBucket(u, jsii.String("Objects"), &ReplicatedBucketProps{
		BucketName:                  orString(props.BucketName, u.defaultName("-objects-")),
		NoncurrentVersionExpiration: props.NoncurrentVersionExpiration,
		RemovalPolicy:               props.RemovalPolicy,
	})
	u.limitAutoDeleteLog()
	u.tables = u.newTables()
	u.auth = u.newAuth()
	NewKeyRenewal(u, jsii.String("KeyRenewal"), &KeyRenewalProps{Auth: u.auth, Function: u.functionProps()})
	u.handler = u.newHandler()
	u.api = u.newApi()
	u.health = u.newHealth()
	u.describe()
	return u
}

func mustBeCompleteUnit(scope constructs.Construct, props *RegionUnitProps) {
	required("RegionUnit", "PairName", props == nil)
	mustBePairName("RegionUnit", props.PairName)
	required("RegionUnit", "DomainName", props.DomainName == nil)
	required("RegionUnit", "PeerRegion", props.PeerRegion == nil)
	mustBeRegion("RegionUnit", "PeerRegion", props.PeerRegion)
	props.Role.mustBeValid()
	stack := awscdk.Stack_Of(scope)
	if *awscdk.Token_IsUnresolved(stack.Region()) || *awscdk.Token_IsUnresolved(stack.Account()) {
		misuse("RegionUnit needs a stack with an explicit account and Region in 'Env': the peer computes names from them")
	}
	for _, prefix := range []string{"cn-", "us-gov-", "us-iso", "eusc-"} {
		if strings.HasPrefix(*stack.Region(), prefix) {
			misuse("RegionUnit needs a Region of the commercial partition, got '%s': Cognito's hosts and other names differ elsewhere", *stack.Region())
		}
	}
	if *props.PeerRegion == *stack.Region() {
		misuse("RegionUnit 'PeerRegion' must differ from the stack's own Region, got '%s' for both", *props.PeerRegion)
	}
	if props.Handler != nil && props.HandlerOptions != nil {
		misuse("RegionUnit 'HandlerOptions' are for the function that is compiled from 'HandlerEntry': set them on your own 'Handler'")
	}
	if props.Handler != nil && props.HandlerEntry != nil {
		misuse("RegionUnit takes 'Handler' or 'HandlerEntry', and not both")
	}
	if (props.Handler != nil || props.HandlerEntry != nil) && len(props.Routes) == 0 {
		misuse("RegionUnit with a handler of your own needs 'Routes'")
	}
	for _, r := range props.Routes {
		r.mustBeValid()
		if problem := route.CheckReserved(*r.Path); problem != nil {
			misuse("Route 'Path' '%s' %s", *r.Path, problem)
		}
	}
}

func (u *regionUnit) defaultName(infix string) string {
	stack := awscdk.Stack_Of(u)
	return *u.props.PairName + infix + *stack.Account() + "-" + *stack.Region()
}

func (u *regionUnit) resourceServer() string { return *orString(u.props.ResourceServer, "objects") }

func (u *regionUnit) newAuth() MachineAuth {
	scopes := u.props.Scopes
	if scopes == nil {
		scopes = &map[string]*string{
			"read":  jsii.String("Read and list objects"),
			"write": jsii.String("Write and delete objects"),
		}
	}
	if u.props.Role == RolePrimary {
		NewClientSecrets(u, jsii.String("Clients"), &ClientSecretsProps{
			PairName:      u.props.PairName,
			Clients:       u.props.Clients,
			ReplicaRegion: u.props.PeerRegion,
			RemovalPolicy: u.props.RemovalPolicy,
			Function:      u.functionProps(),
		})
	}
	return NewMachineAuth(u, jsii.String("Auth"), &MachineAuthProps{
		PairName:       u.props.PairName,
		DomainPrefix:   orString(u.props.CognitoDomainPrefix, u.defaultName("-")),
		ResourceServer: jsii.String(u.resourceServer()),
		Scopes:         scopes,
		Clients:        u.props.Clients,
		TokenValidity:  u.props.TokenValidity,
		RemovalPolicy:  u.props.RemovalPolicy,
	})
}

func (u *regionUnit) newHandler() awslambda.IFunction {
	if u.props.Handler != nil {
		return u.props.Handler
	}
	props := u.functionProps()
	environment := map[string]*string{"BUCKET_NAME": u.bucket.BucketName()}
	u.tableVariables(environment)
	props.Environment = &environment
	props.Overrides = override(awslambda.FunctionOptions{
		// More memory is more CPU: bodies of several megabytes are decoded here.
		MemorySize: jsii.Number(512),
		Tracing:    props.Overrides.Tracing,
	}, u.props.HandlerOptions)
	props.Entry = u.props.HandlerEntry
	if props.Entry == nil {
		props.Entry = supportFunction("objects")
	}
	handler := NewGoFunction(u, jsii.String("Handler"), props)
	u.grantObjects(handler)
	u.grantTables(handler.Function())
	return handler.Function()
}

// grantObjects allows what the object API does and no more: it never reads old
// versions or changes the bucket. A compiled handler of your own is told the
// bucket's name and may do the same.
func (u *regionUnit) grantObjects(handler GoFunction) {
	bucket := u.bucket.Bucket()
	allow(handler, []string{"s3:ListBucket"}, *bucket.BucketArn())
	allow(handler, []string{"s3:GetObject", "s3:PutObject", "s3:DeleteObject"}, *bucket.ArnForObjects(jsii.String("*")))
	allow(handler, []string{"kms:Decrypt", "kms:GenerateDataKey"}, *u.bucket.Key().KeyArn())
	suppress(handler.Function().Role().Node().FindChild(jsii.String("DefaultPolicy")), suppression{
		rule:   "AwsSolutions-IAM5",
		reason: "The handler serves every key of its own bucket, and every index of its own tables.",
	})
}

func (u *regionUnit) newApi() RegionalApi {
	tokens := NewTokenEndpoint(u, jsii.String("Token"), &TokenEndpointProps{
		PairName:   u.props.PairName,
		DomainName: u.props.DomainName,
		Auth:       u.auth,
		Function:   u.functionProps(),
	})
	routes := u.props.Routes
	if len(routes) == 0 {
		routes = ObjectRoutes(u.resourceServer())
	}
	routes = append(append([]*Route{}, routes...), tokens.Routes()...)
	authorizer := NewTokenAuthorizer(u, jsii.String("Authorizer"), &TokenAuthorizerProps{
		Auth:     u.auth,
		Routes:   routes,
		Function: u.functionProps(),
	})
	api := NewRegionalApi(u, jsii.String("Api"), &RegionalApiProps{
		DomainName:       u.props.DomainName,
		HostedZone:       u.props.HostedZone,
		Certificate:      u.props.Certificate,
		Handler:          u.handler,
		Routes:           routes,
		Authorizer:       authorizer.Authorizer(),
		PathAuthorizer:   authorizer.PathAuthorizer(),
		RatePerSecond:    u.props.RatePerSecond,
		Burst:            u.props.Burst,
		SecurityPolicy:   u.props.SecurityPolicy,
		DualStack:        u.props.DualStack,
		MutualTls:        u.props.MutualTls,
		ResourcePolicy:   u.props.ApiPolicy,
		AccountRole:      u.props.AccountRole,
		Tracing:          u.props.Tracing,
		LogRetention:     u.props.LogRetention,
		LogEncryptionKey: u.logKey,
		RemovalPolicy:    u.props.RemovalPolicy,
	})
	if u.props.Handler == nil && u.props.HandlerEntry == nil {
		pointToUploads(api.RestApi())
	}
	return api
}

// pointToUploads tells callers whose object is too large for Lambda what to do;
// API Gateway refuses it before the object API could.
func pointToUploads(api awsapigateway.RestApi) {
	addGatewayResponse(api, "TooLarge", awsapigateway.ResponseType_REQUEST_TOO_LARGE(),
		"the body is too large to pass through the API; for objects ask for an upload URL with POST /uploads/{key}")
}

func (u *regionUnit) newHealth() HealthEndpoint {
	health := NewHealthEndpoint(u, jsii.String("Health"), &HealthEndpointProps{
		PairName:          u.props.PairName,
		Depth:             u.props.HealthDepth,
		Bucket:            u.bucket,
		Tables:            &u.tables,
		Auth:              u.auth,
		Probes:            u.props.HealthProbes,
		PreferredNetworks: u.props.HealthPreferredNetworks,
		// The API has set the account's role already.
		AccountRole:      jsii.Bool(false),
		LogRetention:     u.props.LogRetention,
		LogEncryptionKey: u.logKey,
		RemovalPolicy:    u.props.RemovalPolicy,
		Function:         u.functionProps(),
	})
	if account := u.api.RestApi().CloudWatchAccount(); account != nil && orTrue(u.props.AccountRole) {
		health.RestApi().DeploymentStage().Node().AddDependency(account)
	}
	return health
}

func (u *regionUnit) functionProps() *GoFunctionProps {
	tracing := awslambda.Tracing_ACTIVE
	if !orTrue(u.props.Tracing) {
		tracing = awslambda.Tracing_DISABLED
	}
	return &GoFunctionProps{
		Architecture:     u.props.Architecture,
		LogRetention:     u.props.LogRetention,
		LogEncryptionKey: u.logKey,
		RemovalPolicy:    u.props.RemovalPolicy,
		Overrides:        &awslambda.FunctionOptions{Tracing: tracing},
	}
}
