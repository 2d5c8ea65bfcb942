package regionpair_test

import (
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsroute53"
	"github.com/aws/jsii-runtime-go"
	"github.com/stretchr/testify/require"

	regionpair "github.com/regionpair/regionpair/constructs"
)

// wiredPair is a pair with its DNS, to watch from the global stack.
type wiredPair struct {
	primary, secondary regionpair.RegionUnit
	dns                regionpair.FailoverDns
	global             awscdk.Stack
}

func newWiredPair(t *testing.T, globalRegion string, routing regionpair.RoutingPolicy) wiredPair {
	t.Helper()
	return wirePair(t, newApp(t), globalRegion, routing)
}

func wirePair(t *testing.T, app awscdk.App, globalRegion string, routing regionpair.RoutingPolicy) wiredPair {
	t.Helper()
	p := wiredPair{global: newStackIn(app, "Global", globalRegion)}
	p.primary = operatedUnit(t, newStackIn(app, "Primary", testRegion))
	p.secondary = operatedUnit(t, newStackIn(app, "Secondary", peerRegion))
	p.dns = regionpair.NewFailoverDns(p.global, jsii.String("Dns"), &regionpair.FailoverDnsProps{
		HostedZone: awsroute53.HostedZone_FromHostedZoneAttributes(p.global, jsii.String("Zone"), &awsroute53.HostedZoneAttributes{
			HostedZoneId: jsii.String("Z0123456789ABCDEFGHIJ"), ZoneName: jsii.String("example.com"),
		}),
		Pair:      p.primary.Pair(),
		Primary:   p.primary,
		Secondary: p.secondary,
		Routing:   routing,
	})
	return p
}

func (p wiredPair) newAlarms(t *testing.T, change ...func(*regionpair.PairAlarmsProps)) regionpair.PairAlarms {
	t.Helper()
	props := &regionpair.PairAlarmsProps{Dns: p.dns, Topic: newTopic(t, p.global, nil).Topic()}
	for _, f := range change {
		f(props)
	}
	return regionpair.NewPairAlarms(p.global, jsii.String("Alarms"), props)
}

func TestPairAlarmsWatchEveryHealthCheckThatDecides(t *testing.T) {
	alarms := alarmsIn(templateOf(newWiredPair(t, "us-east-1", regionpair.RoutingFailover).newAlarms(t)))
	want := map[string]struct {
		check   string
		minutes float64
	}{
		"orders-global-primary-endpoint":   {"DnsPrimaryEndpoint", 1},
		"orders-global-secondary-endpoint": {"DnsSecondaryEndpoint", 3},
		"orders-global-primary-serves":     {"DnsPrimaryCheck", 1},
		"orders-global-primary-takeover":   {"DnsSecondaryNoTakeover", 3},
	}
	require.Len(t, alarms, len(want))
	for name, expected := range want {
		alarm := alarms[name]
		require.Equal(t, "AWS/Route53", alarm["Namespace"], name)
		require.Equal(t, "HealthCheckStatus", alarm["MetricName"], name)
		require.Contains(t, text(t, alarm["Dimensions"]), expected.check, name)
		require.EqualValues(t, 1, alarm["Threshold"], name)
		require.Equal(t, "LessThanThreshold", alarm["ComparisonOperator"], name)
		require.EqualValues(t, expected.minutes, alarm["EvaluationPeriods"], name)
		require.EqualValues(t, 60, alarm["Period"], name)
		require.Equal(t, "missing", alarm["TreatMissingData"], name)
		require.Equal(t, alarm["AlarmActions"], alarm["InsufficientDataActions"], name)
		require.Equal(t, alarm["AlarmActions"], alarm["OKActions"], name)
		require.Contains(t, text(t, alarm["AlarmActions"]), "AlertsTopic", name)
	}
}

func TestPairAlarmsWatchBothRegionsWhenBothServe(t *testing.T) {
	alarms := alarmsIn(templateOf(newWiredPair(t, "us-east-1", regionpair.RoutingLatency).newAlarms(t)))
	require.Len(t, alarms, 6)
	require.Contains(t, text(t, alarms["orders-global-secondary-serves"]["Dimensions"]), "DnsSecondaryCheck")
	require.Contains(t, text(t, alarms["orders-global-secondary-takeover"]["Dimensions"]), "DnsPrimaryNoTakeover")
}

// Whoever turns the switch off by hand while the guard has it on gives the clients back
// to a primary that nobody has looked at.
func TestAnAlarmOfTheSwitchDoesNotEndWhatTheGuardDoes(t *testing.T) {
	alarms := alarmsIn(templateOf(newWiredPair(t, "us-east-1", regionpair.RoutingLatency).newAlarms(t)))
	primary := text(t, alarms["orders-global-primary-takeover"]["AlarmDescription"])
	require.Contains(t, primary, "'guard': leave it, it ends by itself")
	require.Contains(t, primary, "'on': 'regionpair failback'")
	require.NotContains(t, text(t, alarms["orders-global-secondary-takeover"]["AlarmDescription"]), "regionpair failback", "it turns another switch")
}

func TestPairAlarmsCanBeTuned(t *testing.T) {
	alarms := alarmsIn(templateOf(newWiredPair(t, "us-east-1", regionpair.RoutingFailover).newAlarms(t, func(p *regionpair.PairAlarmsProps) {
		p.Tuning = map[regionpair.AlarmKind]regionpair.AlarmTuning{
			regionpair.AlarmSecondaryEndpoint: {EvaluationPeriods: 10}, regionpair.AlarmTakeover: {Disabled: true},
		}
	})))
	require.EqualValues(t, 10, alarms["orders-global-secondary-endpoint"]["EvaluationPeriods"])
	require.NotContains(t, alarms, "orders-global-primary-takeover")
}

func TestPairAlarmsFailWhereRoute53PublishesNothing(t *testing.T) {
	for _, c := range []struct{ region, home string }{
		{testRegion, "us-east-1"}, {"us-gov-east-1", "us-gov-west-1"}, {"cn-north-1", "cn-northwest-1"},
	} {
		p := newWiredPair(t, c.region, regionpair.RoutingFailover)
		require.PanicsWithValue(t, "regionpair: PairAlarms needs a stack in '"+c.home+"', where Route 53 publishes health metrics, got '"+c.region+"'", func() {
			p.newAlarms(t)
		})
	}
	p := newWiredPair(t, "us-east-1", regionpair.RoutingFailover)
	anywhere := awscdk.NewStack(newApp(t), jsii.String("Anywhere"), nil)
	require.PanicsWithValue(t, "regionpair: PairAlarms needs a stack with an explicit Region in 'Env': Route 53 publishes health metrics in one Region only", func() {
		regionpair.NewPairAlarms(anywhere, jsii.String("Alarms"), &regionpair.PairAlarmsProps{
			Dns: p.dns, Topic: newTopic(t, anywhere, nil).Topic(),
		})
	})
}

func TestPairAlarmsFailWithATopicOfAnotherRegion(t *testing.T) {
	p := newWiredPair(t, "us-east-1", regionpair.RoutingFailover)
	regional := newTopic(t, awscdk.Stack_Of(p.primary), nil)
	require.PanicsWithValue(t, "regionpair: PairAlarms 'Topic' must be in the stack's own Region 'us-east-1', got 'eu-west-1'", func() {
		p.newAlarms(t, func(props *regionpair.PairAlarmsProps) { props.Topic = regional.Topic() })
	})
}

func TestPairAlarmsCanBeUsedAsScopeTaggedAndDependedOn(t *testing.T) {
	mustBehaveLikeAConstruct(t, newWiredPair(t, "us-east-1", regionpair.RoutingFailover).newAlarms(t))
}
