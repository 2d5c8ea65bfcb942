package regionpair_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/assertions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscognito"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/jsii-runtime-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	regionpair "github.com/regionpair/regionpair/constructs"
)

func TestAPairOwnsEveryName(t *testing.T) {
	pair := newPair()
	for want, name := range map[string]string{
		"orders-primary": pair.StackName(regionpair.RolePrimary), "orders-global": pair.GlobalStackName(),
		"orders-objects-111122223333-eu-central-1": pair.BucketName("objects", regionpair.RoleSecondary),
		"orders-111122223333-eu-west-1":            pair.CognitoDomainPrefix(regionpair.RolePrimary),
		"orders.partner":                           pair.ClientId("partner"), "orders/clients/partner": pair.ClientSecretName("partner"),
		"orders/app/key": pair.AppSecretName("key"), "/orders/app/key": pair.AppParameterName("key"),
		"/orders/failover/switch": pair.SwitchParameter(), "/orders/issuers/own": pair.IssuerParameter(), "/orders/issuers/peer": pair.PeerIssuerParameter(),
		"orders-secondary-errors-token":  pair.AlarmName(regionpair.RoleSecondary, regionpair.AlarmFunctionErrors.Of("token")),
		"orders-global-primary-takeover": pair.GlobalAlarmName(regionpair.AlarmTakeover.Of("primary")),
		"us-east-1":                      pair.GlobalRegion(), "'orders' (eu-west-1, eu-central-1)": pair.String(),
	} {
		assert.Equal(t, want, name)
	}
	props := pair.StackProps(regionpair.RoleSecondary)
	assert.Equal(t, []string{"orders-secondary", testAccount, peerRegion}, []string{*props.StackName, *props.Env.Account, *props.Env.Region})
	assert.True(t, *props.TerminationProtection)
}

func TestAPairFailsWithEverythingThatIsWrongAtOnce(t *testing.T) {
	reason := refusal(func() {
		regionpair.NewPair(&regionpair.PairProps{Name: "my-aws-pair", Account: "12", PrimaryRegion: "eu-wset-1", DomainName: "API.example.com"})
	})
	lines := strings.Split(reason, "\n")
	require.Len(t, lines, 5, reason)
	for i, want := range []string{"contains \"aws\"", "'Account' must have 12 digits, got '12'", "'PrimaryRegion' must be an AWS Region", "needs 'SecondaryRegion'", "'DomainName' must be a host name"} {
		assert.Contains(t, lines[i], "regionpair: Pair ")
		assert.Contains(t, lines[i], want)
	}
	assert.Contains(t, refusal(func() { newPair(func(p *regionpair.PairProps) { p.SecondaryRegion = testRegion }) }), "needs two Regions, got 'eu-west-1' for both")
	assert.Contains(t, refusal(func() { newPair(func(p *regionpair.PairProps) { p.GlobalRegion = "cn-north-1" }) }), "'GlobalRegion' must be an AWS Region of the commercial partition")
	assert.Contains(t, refusal(func() { regionpair.NewPair(nil) }), "Pair needs 'Name'")
}

func TestConstructsFailWithEverythingThatIsWrongAtOnce(t *testing.T) {
	reason := refusal(func() {
		operatedUnit(t, newStack(t), func(p *regionpair.RegionUnitProps) {
			p.Burst, p.HealthDepth, p.HandlerEntry = 10, "deep", "nowhere"
			p.Clients[0].Scopes = []string{"objects/admin"}
		})
	})
	for _, want := range []string{"'Burst' needs", "got 'deep'", "got 'nowhere'", "needs 'Routes'", "got 'objects/admin'"} {
		assert.Contains(t, reason, want)
	}
}

// Architecture and the life of logs are said once, for both Regions and for what
// wires them.
func TestAPairSaysWhatIsTheSameEverywhere(t *testing.T) {
	pair := newPair(func(p *regionpair.PairProps) {
		p.Architecture, p.Tracing, p.RemovalPolicy = awslambda.Architecture_X86_64(), jsii.Bool(false), awscdk.RemovalPolicy_DESTROY
	})
	app := newApp(t)
	primary := operatedUnit(t, newStackIn(app, "Primary", testRegion), func(p *regionpair.RegionUnitProps) { p.Pair = pair })
	global := newStackIn(app, "Global", "us-east-1")
	regionpair.NewPairing(global, jsii.String("Pairing"), &regionpair.PairingProps{Pair: pair})
	for _, template := range []assertions.Template{templateOf(primary), templateOf(global)} {
		for id, properties := range propertiesIn(template, "AWS::Lambda::Function") {
			if properties["Runtime"] == "provided.al2023" {
				assert.Equal(t, []any{"x86_64"}, properties["Architectures"], id)
				assert.NotContains(t, properties, "TracingConfig", id)
			}
		}
		template.AllResources(jsii.String("AWS::Logs::LogGroup"), map[string]any{"DeletionPolicy": "Delete"})
	}
}

func TestFailsWithTwoUnitsOfOneRegionInAStack(t *testing.T) {
	stack := newStack(t)
	operatedUnit(t, stack)
	zone := operatedUnitZone(stack)
	assert.Equal(t, "regionpair: Test/Second/Api cannot be in the stack 'Test', which has the output 'RegionalDomainName' of Test/Unit/Api: define one Region of one pair in each stack", refusal(func() {
		regionpair.NewRegionUnit(stack, jsii.String("Second"), &regionpair.RegionUnitProps{Pair: newPair(), HostedZone: zone})
	}))
}

func TestFailsWithBucketsOrIssuersInEachOthersPlaces(t *testing.T) {
	p := newWiredPair(t, "us-east-1", regionpair.RoutingFailover)
	pairing := newPairing(p)
	swapped := "'Primary' must be in the primary Region 'eu-west-1', got 'eu-central-1'"
	assert.Contains(t, refusal(func() {
		regionpair.NewBucketReplicationPair(p.global, jsii.String("R"), &regionpair.BucketReplicationPairProps{
			Pairing: pairing, Primary: p.secondary.Bucket(), Secondary: p.primary.Bucket(),
		})
	}), swapped)
	assert.Contains(t, refusal(func() {
		regionpair.NewTrustedIssuers(p.global, jsii.String("I"), &regionpair.TrustedIssuersProps{
			Pairing: pairing, Primary: p.secondary.Auth(), Secondary: p.primary.Auth(),
		})
	}), swapped)
	other := regionpair.NewReplicatedBucket(awscdk.Stack_Of(p.secondary), jsii.String("Other"), &regionpair.ReplicatedBucketProps{Pair: p.secondary.Pair(), Purpose: "other"})
	assert.Contains(t, refusal(func() {
		regionpair.NewBucketReplicationPair(p.global, jsii.String("R2"), &regionpair.BucketReplicationPairProps{Pairing: pairing, Primary: p.primary.Bucket(), Secondary: other})
	}), "needs two buckets that are each other's peer")
	stranger := regionpair.NewPairing(p.global, jsii.String("Stranger"), &regionpair.PairingProps{Pair: newPair(func(p *regionpair.PairProps) { p.Name = "payments" })})
	assert.Contains(t, refusal(func() {
		regionpair.NewSecretReplicas(p.global, jsii.String("S"), &regionpair.SecretReplicasProps{Pairing: stranger, Secrets: p.primary.ClientSecrets()})
	}), "must belong to the pair 'payments' (eu-west-1, eu-central-1), got one of 'orders' (eu-west-1, eu-central-1)")
}

func TestABucketThatExistsIsReplicatedAndGranted(t *testing.T) {
	app := newApp(t)
	bucket := func(stack awscdk.Stack, own, peer string) regionpair.ReplicatedBucket {
		return regionpair.ReplicatedBucketFromAttributes(stack, jsii.String("Existing"), &regionpair.ReplicatedBucketAttributes{
			Pair: newPair(), BucketName: own, PeerBucketName: peer,
			Key: awskms.Key_FromKeyArn(stack, jsii.String("Key"), jsii.String("arn:aws:kms:"+*stack.Region()+":111122223333:key/"+own)),
		})
	}
	here := newStackIn(app, "Here", testRegion)
	primary := bucket(here, "mine-west", "mine-central")
	secondary := bucket(newStackIn(app, "There", peerRegion), "mine-central", "mine-west")
	handler := newHandler(here)
	primary.GrantRead(handler)
	primary.GrantWrite(handler)
	global := newStackIn(app, "Global", "us-east-1")
	regionpair.NewBucketReplicationPair(global, jsii.String("R"), &regionpair.BucketReplicationPairProps{
		Pairing: regionpair.NewPairing(global, jsii.String("P"), &regionpair.PairingProps{Pair: newPair()}), Primary: primary, Secondary: secondary,
	})
	templateOf(global).HasResourceProperties(jsii.String("Custom::BucketReplication"), map[string]any{
		"Bucket": "mine-west", "DestinationKmsKeyArn": "arn:aws:kms:eu-central-1:111122223333:key/mine-central",
	})
	policies := text(t, *templateOf(here).FindResources(jsii.String("AWS::IAM::Policy"), nil))
	for _, action := range []string{"s3:GetObject*", "s3:PutObject", "s3:DeleteObject*", "kms:Decrypt", "kms:GenerateDataKey*"} {
		assert.Contains(t, policies, action)
	}
	assert.Equal(t, map[string]any{"SourceBucket": "mine-central", "DestinationBucket": "mine-west", "RuleId": "regionpair"}, *primary.MetricReplicationLatency(nil).Dimensions())
	assert.Equal(t, map[string]any{"SourceBucket": "mine-west", "DestinationBucket": "mine-central", "RuleId": "regionpair"}, *primary.MetricReplicationFailed(nil).Dimensions())
	assert.Equal(t, "OperationsPendingReplication", *primary.MetricReplicationPending(nil).MetricName())
	for want, change := range map[string]func(*regionpair.ReplicatedBucketAttributes){
		"needs 'Key'": func(a *regionpair.ReplicatedBucketAttributes) { a.Key = nil }, "needs 'PeerBucketName'": func(a *regionpair.ReplicatedBucketAttributes) { a.PeerBucketName = "" },
		"needs two names, got 'mine-west' for both": func(a *regionpair.ReplicatedBucketAttributes) { a.PeerBucketName = "mine-west" },
	} {
		attributes := regionpair.ReplicatedBucketAttributes{Pair: newPair(), BucketName: "mine-west", PeerBucketName: "mine-central", Key: primary.Key()}
		change(&attributes)
		require.ErrorContains(t, attributes.Validate(), want)
	}
}

// A user pool of one's own issues the tokens, with or without our clients in it.
func TestAUserPoolThatExistsIssuesTheTokens(t *testing.T) {
	stack := newStack(t)
	pool := awscognito.UserPool_FromUserPoolId(stack, jsii.String("Pool"), jsii.String("eu-west-1_abc"))
	issuer := regionpair.TokenIssuerFromUserPool(stack, jsii.String("Mine"), &regionpair.UserPoolIssuerAttributes{Pair: newPair(), UserPool: pool, TokenUrl: ownTokenURL})
	authorizer := regionpair.NewTokenAuthorizer(stack, jsii.String("Authorizer"), &regionpair.TokenAuthorizerProps{
		Issuer: issuer, Routes: []regionpair.Route{route("GET", "/orders", "objects/read")},
	})
	assert.Equal(t, "Invocations", *authorizer.MetricDecisions(nil).MetricName())
	regionpair.NewRegionalApi(stack, jsii.String("Api"), &regionpair.RegionalApiProps{
		Pair: newPair(), HostedZone: operatedUnitZone(stack), Handler: newHandler(stack), Authorizer: authorizer.Authorizer(),
		Routes: []regionpair.Route{route("GET", "/orders", "objects/read")},
	})
	template := templateOf(stack)
	template.ResourceCountIs(jsii.String("AWS::Cognito::UserPool"), jsii.Number(0))
	assert.Contains(t, text(t, propertiesIn(template, "AWS::SSM::Parameter")), "/eu-west-1_abc/.well-known/jwks.json")
	template.HasResourceProperties(jsii.String("AWS::Lambda::Function"), map[string]any{
		"Environment": map[string]any{"Variables": map[string]any{"ISSUER_PARAMETERS": "/orders/issuers/own,/orders/issuers/peer"}},
	})

	unitStack := newStack(t)
	unit := operatedUnit(t, unitStack, func(p *regionpair.RegionUnitProps) {
		p.UserPool, p.TokenUrl = awscognito.UserPool_FromUserPoolId(unitStack, jsii.String("Pool"), jsii.String("eu-west-1_abc")), ownTokenURL
	})
	own := templateOf(unit)
	own.ResourceCountIs(jsii.String("AWS::Cognito::UserPool"), jsii.Number(0))
	own.ResourceCountIs(jsii.String("AWS::Cognito::UserPoolDomain"), jsii.Number(0))
	own.HasResourceProperties(jsii.String("AWS::Cognito::UserPoolClient"), map[string]any{"UserPoolId": "eu-west-1_abc"})
	assert.Equal(t, ownTokenURL, unit.Auth().TokenUrl())
	assert.Contains(t, refusal(func() {
		newAuth(t, func(p *regionpair.MachineAuthProps) { p.TokenUrl = ownTokenURL })
	}), "'TokenUrl' is that of a 'UserPool' of your own")
}

func TestMetricsHaveTheirDimensions(t *testing.T) {
	p := newWiredPair(t, "us-east-1", regionpair.RoutingFailover)
	token, health := p.primary.Token(), p.primary.Health()
	assert.Equal(t, "TokenFailures", *token.MetricFailures(nil).MetricName())
	assert.Equal(t, "CognitoFailures", *token.MetricCognitoFailures(nil).MetricName())
	assert.Equal(t, "TokenCacheHits", *token.MetricCacheHits(nil).MetricName())
	assert.Equal(t, "TokenCacheMisses", *token.MetricCacheMisses(nil).MetricName())
	assert.Equal(t, "Degraded", *health.MetricDegraded(nil).MetricName())
	assert.Equal(t, "1 - FILL(unhealthy, 0)", *health.MetricHealthy(nil).Expression())
	assert.Equal(t, "HealthCheckStatus", *p.dns.MetricHealthy(regionpair.RoleSecondary, nil).MetricName())
	assert.Equal(t, "Duration", *p.primary.Authorizer().MetricDuration(nil).MetricName())
}

// CDK's function that empties a bucket is one for the whole stack.
func TestTheFunctionThatEmptiesBucketsHasALogWithAnEnd(t *testing.T) {
	stack := newStack(t)
	pair := newPair(func(p *regionpair.PairProps) { p.RemovalPolicy = awscdk.RemovalPolicy_DESTROY })
	for _, purpose := range []string{"reports", "invoices"} {
		regionpair.NewReplicatedBucket(stack, &purpose, &regionpair.ReplicatedBucketProps{Pair: pair, Purpose: purpose})
	}
	template := templateOf(stack)
	template.ResourceCountIs(jsii.String("AWS::Logs::LogGroup"), jsii.Number(1))
	template.HasResourceProperties(jsii.String("AWS::Logs::LogGroup"), map[string]any{"RetentionInDays": 90})
	template.HasResourceProperties(jsii.String("AWS::Lambda::Function"), map[string]any{
		"Runtime":       assertions.Match_StringLikeRegexp(jsii.String("nodejs.*")),
		"LoggingConfig": map[string]any{"LogGroup": map[string]any{"Ref": assertions.Match_StringLikeRegexp(jsii.String("AutoDeleteLogs"))}},
	})
}

// Operators find these by name, whatever the app and its constructs are called.
func TestConstructsGiveTheOutputsThatOperatorsNeed(t *testing.T) {
	outputs := (*templateOf(operatedUnit(t, newStack(t))).ToJSON())["Outputs"].(map[string]any)
	for _, name := range []string{"HealthUrl", "SwitchParameter", "BucketName", "RegionalDomainName"} {
		assert.Contains(t, outputs, name)
	}
}
