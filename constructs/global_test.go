package regionpair_test

import (
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscognito"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsroute53"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/stretchr/testify/assert"

	regionpair "github.com/regionpair/regionpair/constructs"
)

func operatedUnitZone(stack awscdk.Stack) awsroute53.IHostedZone {
	return awsroute53.HostedZone_FromHostedZoneAttributes(stack, jsii.String("OwnZone"), &awsroute53.HostedZoneAttributes{
		HostedZoneId: jsii.String("Z0123456789ABCDEFGHIJ"), ZoneName: jsii.String("example.com"),
	})
}

func TestFailoverDnsRefusesWhatRoute53Would(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*regionpair.FailoverDnsProps)
		want   string
	}{
		"interval":      {func(p *regionpair.FailoverDnsProps) { p.RequestInterval = awscdk.Duration_Seconds(jsii.Number(20)) }, "must be 10 or 30 seconds, got 20 seconds"},
		"threshold":     {func(p *regionpair.FailoverDnsProps) { p.FailureThreshold = 11 }, "must be from 1 to 10, got 11"},
		"routing":       {func(p *regionpair.FailoverDnsProps) { p.Routing = "random" }, "got 'random'"},
		"swapped roles": {func(p *regionpair.FailoverDnsProps) { p.Primary, p.Secondary = p.Secondary, p.Primary }, "'Primary' must be in the primary Region 'eu-west-1', got 'eu-central-1'"},
		"no zone":       {func(p *regionpair.FailoverDnsProps) { p.HostedZone = nil }, "needs 'HostedZone'"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newWiredPair(t, "us-east-1", regionpair.RoutingFailover)
			props := &regionpair.FailoverDnsProps{
				HostedZone: operatedUnitZone(p.global), Pair: p.primary.Pair(), Primary: p.primary, Secondary: p.secondary,
			}
			test.change(props)
			defer func() {
				reason, _ := recover().(string)
				assert.Contains(t, reason, test.want)
			}()
			regionpair.NewFailoverDns(p.global, jsii.String("Refused"), props)
			assert.Fail(t, "accepted")
		})
	}
}

func newPairing(p wiredPair) regionpair.Pairing {
	return regionpair.NewPairing(p.global, jsii.String("Pairing"), &regionpair.PairingProps{Pair: p.primary.Pair()})
}

func TestWiringSharesOneFunctionAndBehavesLikeConstructs(t *testing.T) {
	p := newWiredPair(t, "us-east-1", regionpair.RoutingFailover)
	pairing := newPairing(p)
	replication := regionpair.NewBucketReplicationPair(p.global, jsii.String("Replication"), &regionpair.BucketReplicationPairProps{
		Pairing: pairing, Primary: p.primary.Bucket(), Secondary: p.secondary.Bucket(),
	})
	issuers := regionpair.NewTrustedIssuers(p.global, jsii.String("Issuers"), &regionpair.TrustedIssuersProps{
		Pairing: pairing, Primary: p.primary.Auth(), Secondary: p.secondary.Auth(),
	})
	mustBehaveLikeAConstruct(t, replication)
	template := templateOf(p.global)
	template.ResourceCountIs(jsii.String("AWS::Lambda::Function"), jsii.Number(1))
	template.ResourceCountIs(jsii.String("Custom::BucketReplication"), jsii.Number(2))
	template.ResourceCountIs(jsii.String("Custom::TrustedIssuer"), jsii.Number(2))
	template.HasResourceProperties(jsii.String("AWS::Lambda::Function"), map[string]any{"Timeout": 900})
	assert.Len(t, issuers.Parameters(), 2)
}

// An export or a custom resource that reads one would tie the deployments of the
// two Regions to each other; importers cannot be asked to know of a flag.
func TestRegionsAreReferredToWeaklyWhateverTheAppSays(t *testing.T) {
	app := awscdk.NewApp(&awscdk.AppProps{
		Outdir:  jsii.String(t.TempDir()),
		Context: &map[string]any{"aws:cdk:bundling-stacks": []string{}, "@aws-cdk/core:defaultCrossStackReferences": "strong"},
	})
	p := wirePair(t, app, "us-east-1", regionpair.RoutingLatency)
	pairing := newPairing(p)
	regionpair.NewBucketReplicationPair(p.global, jsii.String("Replication"), &regionpair.BucketReplicationPairProps{
		Pairing: pairing, Primary: p.primary.Bucket(), Secondary: p.secondary.Bucket(),
	})
	regionpair.NewTrustedIssuers(p.global, jsii.String("Issuers"), &regionpair.TrustedIssuersProps{
		Pairing: pairing, Primary: p.primary.Auth(), Secondary: p.secondary.Auth(),
	})
	regionpair.NewPairDashboard(p.global, jsii.String("Dashboard"), &regionpair.PairDashboardProps{
		Primary: p.primary.Watched(), Secondary: p.secondary.Watched(), Dns: p.dns,
	})
	topic := regionpair.NewAlarmTopic(awscdk.Stack_Of(p.primary), jsii.String("Topic"), &regionpair.AlarmTopicProps{Pair: newPair()})
	regionpair.NewAlarmChat(p.global, jsii.String("Chat"), &regionpair.AlarmChatProps{
		Pair: newPair(), SlackWorkspaceId: "T1", SlackChannelId: "C1", Topics: []awssns.ITopic{topic.Topic()},
	})
	app.Synth(nil)
	mustReferWeakly(t, p.global, p.primary, p.secondary)
}

func mustReferWeakly(t *testing.T, global constructs.Construct, regions ...constructs.Construct) {
	t.Helper()
	for _, scope := range append(regions, global) {
		template := text(t, *templateOf(scope).ToJSON())
		assert.NotContains(t, template, "CrossRegionExport")
		assert.NotContains(t, template, "Fn::ImportValue")
		assert.NotContains(t, template, `"Export"`)
	}
	assert.Contains(t, text(t, *templateOf(global).ToJSON()), "Fn::GetStackOutput")
}

func TestUserPoolsOfTheAppAreReferredToWeakly(t *testing.T) {
	app := awscdk.NewApp(&awscdk.AppProps{Outdir: jsii.String(t.TempDir())})
	primary, secondary, global := newStackIn(app, "Primary", testRegion), newStackIn(app, "Secondary", peerRegion), newStackIn(app, "Global", "us-east-1")
	regionpair.NewTrustedIssuers(global, jsii.String("Issuers"), &regionpair.TrustedIssuersProps{
		Pairing: regionpair.NewPairing(global, jsii.String("Pairing"), &regionpair.PairingProps{Pair: newPair()}),
		Primary: regionpair.NewMachineAuth(primary, jsii.String("Auth"), &regionpair.MachineAuthProps{
			Pair: newPair(), UserPool: awscognito.NewUserPool(primary, jsii.String("Mine"), nil), TokenUrl: ownTokenURL,
		}),
		Secondary: regionpair.TokenIssuerFromUserPool(secondary, jsii.String("Issuer"), &regionpair.UserPoolIssuerAttributes{
			Pair: newPair(), UserPool: awscognito.NewUserPool(secondary, jsii.String("Mine"), nil), TokenUrl: ownTokenURL,
		}),
	})
	mustReferWeakly(t, global, primary, secondary)
}

func TestNestedStacksAreReferredToWeakly(t *testing.T) {
	app := awscdk.NewApp(&awscdk.AppProps{Outdir: jsii.String(t.TempDir())})
	primary, secondary, global := newStackIn(app, "Primary", testRegion), newStackIn(app, "Secondary", peerRegion), newStackIn(app, "Global", "us-east-1")
	regionpair.NewTrustedIssuers(global, jsii.String("Issuers"), &regionpair.TrustedIssuersProps{
		Pairing:   regionpair.NewPairing(global, jsii.String("Pairing"), &regionpair.PairingProps{Pair: newPair()}),
		Primary:   newAuthIn(awscdk.NewNestedStack(awscdk.NewNestedStack(primary, jsii.String("Outer"), nil), jsii.String("Inner"), nil)),
		Secondary: newAuthIn(secondary),
	})
	mustReferWeakly(t, global, primary, secondary)
}

func TestRecordsAndEndpointsAlwaysHaveACheck(t *testing.T) {
	failover := newWiredPair(t, "us-east-1", regionpair.RoutingFailover).dns
	latency := newWiredPair(t, "us-east-1", regionpair.RoutingLatency).dns
	for _, role := range []regionpair.RegionRole{regionpair.RolePrimary, regionpair.RoleSecondary} {
		for _, dns := range []regionpair.FailoverDns{failover, latency} {
			assert.NotNil(t, dns.EndpointCheck(role))
			assert.NotNil(t, dns.RecordCheck(role))
		}
		assert.NotNil(t, latency.TakeoverCheck(role))
	}
	assert.Nil(t, failover.TakeoverCheck(regionpair.RoleSecondary))
}

func TestPairingCanBeUsedAsScopeTaggedAndDependedOn(t *testing.T) {
	mustBehaveLikeAConstruct(t, newPairing(wiredPair{primary: operatedUnit(t, newStack(t)), global: newStackIn(newApp(t), "Global", "us-east-1")}))
}
