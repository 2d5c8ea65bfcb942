package regionpair_test

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscognito"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsroute53"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/jsii-runtime-go"

	regionpair "github.com/regionpair/regionpair/constructs"
)

var (
	app      awscdk.App
	stack    awscdk.Stack
	zone     awsroute53.IHostedZone
	function awslambda.IFunction
	pair     *regionpair.Pair
	first    regionpair.RegionUnit
	second   regionpair.RegionUnit
	dns      regionpair.FailoverDns
	pairing  regionpair.Pairing
	topic    awssns.ITopic
	pool     awscognito.IUserPool
	domain   awsapigateway.IDomainName
	key      awskms.IKey
)

// What two Regions agree on is said once.
func ExampleNewPair() {
	pair = regionpair.NewPair(&regionpair.PairProps{
		Name: "orders", Account: "111122223333", PrimaryRegion: "eu-west-1", SecondaryRegion: "eu-central-1", DomainName: "api.example.com",
	})
	for _, role := range regionpair.Roles() {
		stack = awscdk.NewStack(app, new(pair.StackName(role)), pair.StackProps(role))
	}
}

// One Region of a pair, with the bundled object API behind it.
func ExampleNewRegionUnit() {
	unit := regionpair.NewRegionUnit(stack, jsii.String("Unit"), &regionpair.RegionUnitProps{
		Pair:       pair,
		HostedZone: zone,
		Clients:    []regionpair.MachineClient{{Name: "partner", Scopes: []string{"objects/read"}}},
	})
	unit.AddParameter("currency", "EUR", nil)
}

// The stack that is deployed after both Regions has one function that wires them.
func ExampleNewPairing() {
	pairing = regionpair.NewPairing(stack, jsii.String("Pairing"), &regionpair.PairingProps{Pair: pair})
}

func ExampleNewBucketReplicationPair() {
	regionpair.NewBucketReplicationPair(stack, jsii.String("Replication"), &regionpair.BucketReplicationPairProps{
		Pairing: pairing, Primary: first.Bucket(), Secondary: second.Bucket(),
	})
}

func ExampleNewTrustedIssuers() {
	regionpair.NewTrustedIssuers(stack, jsii.String("Issuers"), &regionpair.TrustedIssuersProps{
		Pairing: pairing, Primary: first.Auth(), Secondary: second.Auth(),
	})
}

func ExampleNewSecretReplicas() {
	regionpair.NewSecretReplicas(stack, jsii.String("SecretReplicas"), &regionpair.SecretReplicasProps{
		Pairing: pairing, Secrets: first.ClientSecrets(),
	})
}

func ExampleNewFailoverDns() {
	regionpair.NewFailoverDns(stack, jsii.String("Dns"), &regionpair.FailoverDnsProps{
		Pair: pair, HostedZone: zone, Primary: first, Secondary: second, Posture: regionpair.PostureFast,
	})
}

// An API that exists already, with a health endpoint beside it.
func ExampleFailoverTargetFromApi() {
	health := regionpair.NewHealthEndpoint(stack, jsii.String("Health"), &regionpair.HealthEndpointProps{Pair: pair})
	target := regionpair.FailoverTargetFromApi(domain, health)
	regionpair.NewFailoverDns(stack, jsii.String("Dns"), &regionpair.FailoverDnsProps{
		Pair: pair, HostedZone: zone, Primary: target, Secondary: second,
	})
}

// A Region that was deployed by other means.
func ExampleFailoverTargetFromAttributes() {
	regionpair.FailoverTargetFromAttributes(&regionpair.FailoverTargetAttributes{
		Region:             "eu-west-1",
		RegionalDomainName: "d-1a2b3c.execute-api.eu-west-1.amazonaws.com",
		HealthDomainName:   "health.eu-west-1.example.com",
		HealthCheckPath:    "/health",
		SwitchCheckPath:    "/switch",
	})
}

// A check of one's own: a Region whose ledger cannot be reached is unhealthy.
func ExampleNewHealthEndpoint() {
	health := regionpair.NewHealthEndpoint(stack, jsii.String("Health"), &regionpair.HealthEndpointProps{
		Pair: pair, Bucket: first.Bucket(), Issuer: first.Auth(),
	})
	health.AddProbe("ledger", function)
}

// A primary that failed is kept out until it is fit again.
func ExampleNewFailbackGuard() {
	regionpair.NewFailbackGuard(stack, jsii.String("Guard"), &regionpair.FailbackGuardProps{
		Health: second.Health(), Bucket: second.Bucket(), Mode: regionpair.FailbackGuarded,
	})
}

func ExampleNewMachineAuth() {
	regionpair.NewMachineAuth(stack, jsii.String("Auth"), &regionpair.MachineAuthProps{
		Pair:           pair,
		ResourceServer: "orders",
		Scopes:         map[string]string{"read": "Read orders"},
		Clients:        []regionpair.MachineClient{{Name: "partner", Scopes: []string{"orders/read"}}},
	})
}

func ExampleNewClientSecrets() {
	regionpair.NewClientSecrets(stack, jsii.String("Clients"), &regionpair.ClientSecretsProps{
		Pair:    pair,
		Clients: []regionpair.MachineClient{{Name: "partner", Scopes: []string{"orders/read"}, RotationInterval: awscdk.Duration_Days(jsii.Number(30))}},
	})
}

func ExampleNewTokenEndpoint() {
	tokens := regionpair.NewTokenEndpoint(stack, jsii.String("Token"), &regionpair.TokenEndpointProps{Auth: first.Auth()})
	tokens.MetricFailures(nil).CreateAlarm(stack, jsii.String("Failures"), nil)
}

// A user pool of one's own, whose tokens both Regions accept.
func ExampleTokenIssuerFromUserPool() {
	issuer := regionpair.TokenIssuerFromUserPool(stack, jsii.String("Issuer"), &regionpair.UserPoolIssuerAttributes{
		Pair: pair, UserPool: pool, TokenUrl: "https://orders.auth.eu-west-1.amazoncognito.com/oauth2/token",
	})
	regionpair.NewKeyRenewal(stack, jsii.String("KeyRenewal"), &regionpair.KeyRenewalProps{Issuer: issuer})
}

func ExampleNewTokenAuthorizer() {
	routes := []regionpair.Route{{Method: "GET", Path: "/orders/{id}", Scopes: []string{"orders/read"}}}
	authorizer := regionpair.NewTokenAuthorizer(stack, jsii.String("Authorizer"), &regionpair.TokenAuthorizerProps{Issuer: first.Auth(), Routes: routes})
	regionpair.NewRegionalApi(stack, jsii.String("Api"), &regionpair.RegionalApiProps{
		Pair: pair, HostedZone: zone, Handler: function, Routes: routes, Authorizer: authorizer.Authorizer(),
	})
}

func ExampleNewKeyRenewal() {
	regionpair.NewKeyRenewal(stack, jsii.String("KeyRenewal"), &regionpair.KeyRenewalProps{Issuer: first.Auth()})
}

// A function of one's own, as the pair's functions are.
func ExampleNewGoFunction() {
	report := regionpair.NewGoFunction(stack, jsii.String("Report"), &regionpair.GoFunctionProps{
		Pair: pair, Entry: "report", Environment: map[string]string{"BUCKET": first.Bucket().BucketName()},
	})
	first.Bucket().GrantRead(report.Function())
}

func ExampleNewStaticEgress() {
	egress := regionpair.NewStaticEgress(stack, jsii.String("Egress"), &regionpair.StaticEgressProps{Pair: pair})
	regionpair.NewGoFunction(stack, jsii.String("Caller"), &regionpair.GoFunctionProps{Pair: pair, Entry: "caller", Overrides: egress.Place(nil)})
}

func ExampleNewWebAcl() {
	regionpair.NewWebAcl(stack, jsii.String("Waf"), &regionpair.WebAclProps{
		Pair: pair, Stage: first.Api().RestApi().DeploymentStage(), RateLimit: 5000,
	})
}

func ExampleNewAlarmTopic() {
	topic = regionpair.NewAlarmTopic(stack, jsii.String("AlarmTopic"), &regionpair.AlarmTopicProps{
		Pair: pair, Emails: []string{"on-call@example.com"},
	}).Topic()
}

func ExampleNewAlarmChat() {
	regionpair.NewAlarmChat(stack, jsii.String("AlarmChat"), &regionpair.AlarmChatProps{
		Pair: pair, SlackWorkspaceId: "T0123456789", SlackChannelId: "C0123456789", Topics: []awssns.ITopic{topic},
	})
}

func ExampleNewRegionalAlarms() {
	regionpair.NewRegionalAlarms(stack, jsii.String("Alarms"), &regionpair.RegionalAlarmsProps{
		Watched: first.Watched(), Topic: topic,
		Tuning: map[regionpair.AlarmKind]regionpair.AlarmTuning{
			regionpair.AlarmLatency:        {Threshold: jsii.Number(800)},
			regionpair.AlarmTokenCacheHits: {Disabled: true},
		},
	})
}

func ExampleNewPairAlarms() {
	regionpair.NewPairAlarms(stack, jsii.String("Alarms"), &regionpair.PairAlarmsProps{Dns: dns, Topic: topic})
}

func ExampleNewPairDashboard() {
	regionpair.NewPairDashboard(stack, jsii.String("Dashboard"), &regionpair.PairDashboardProps{
		Primary: first.Watched(), Secondary: second.Watched(), Dns: dns,
	})
}

func ExampleNewLogQueries() {
	regionpair.NewLogQueries(stack, jsii.String("Queries"), &regionpair.LogQueriesProps{Watched: first.Watched(), SlowMilliseconds: 500})
}

// A bucket that exists already.
func ExampleReplicatedBucketFromAttributes() {
	regionpair.ReplicatedBucketFromAttributes(stack, jsii.String("Carts"), &regionpair.ReplicatedBucketAttributes{
		Pair: pair, BucketName: "shop-carts-eu-west-1", PeerBucketName: "shop-carts-eu-central-1", Key: key,
	})
}

// Each Region's stack has a replica; one stack, deployed after both, has the table.
func ExampleNewTableReplica() {
	regionpair.NewTableReplica(stack, jsii.String("Orders"), &regionpair.TableReplicaProps{
		Pair: pair, TableName: pair.TableName("orders"),
		PartitionKey: &awsdynamodb.Attribute{Name: jsii.String("id"), Type: awsdynamodb.AttributeType_STRING},
	})
}

func ExampleNewReplicatedTable() {
	regionpair.NewReplicatedTable(stack, jsii.String("Orders"), &regionpair.ReplicatedTableProps{
		Primary: first.Table("orders"), Secondary: second.Table("orders"),
	})
}

// The index of two units with DurabilitySync, in a stack that is deployed after
// both.
func ExampleNewObjectIndex() {
	regionpair.NewObjectIndex(stack, jsii.String("ObjectIndex"), &regionpair.ObjectIndexProps{
		Primary: first, Secondary: second, WitnessRegion: "eu-west-2",
	})
}

// A regional API alone, with a public route and limits of its own.
func ExampleNewRegionalApi() {
	regionpair.NewRegionalApi(stack, jsii.String("Api"), &regionpair.RegionalApiProps{
		Pair:           pair,
		HostedZone:     zone,
		Handler:        function,
		ResourcePolicy: regionpair.NetworkPolicy([]string{"203.0.113.0/24"}),
		Routes:         []regionpair.Route{{Method: "GET", Path: "/status", Public: true, RatePerSecond: 5}},
	})
}

// Two buckets that replicate into each other need nothing else of the pair.
func ExampleNewReplicatedBucket() {
	reports := regionpair.NewReplicatedBucket(stack, jsii.String("Reports"), &regionpair.ReplicatedBucketProps{Pair: pair, Purpose: "reports"})
	reports.GrantRead(function)
}
