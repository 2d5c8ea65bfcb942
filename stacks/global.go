package stacks

import (
	"maps"
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/regionpair/regionpair/config"
	regionpair "github.com/regionpair/regionpair/constructs"
)

// GlobalStack wires two Regions: DNS, replication, trust. It comes last.
type GlobalStack interface {
	awscdk.Stack
	// Dns points the domain name at the Regions.
	Dns() regionpair.FailoverDns
}

type globalStack struct {
	awscdk.Stack
	dns regionpair.FailoverDns
}

func (s *globalStack) Dns() regionpair.FailoverDns { return s.dns }

// NewGlobalStack defines the stack that wires the two Regions.
func NewGlobalStack(scope constructs.Construct, c config.Config, primary, secondary RegionStack) GlobalStack {
	s := &globalStack{}
	name := c.GlobalStackName()
	pair := primary.Unit().Pair()
	awscdk.NewStack_Override(s, scope, &name, stackProps(c, pair.GlobalStackProps()))
	for _, region := range []RegionStack{primary, secondary} {
		s.AddStackDependency(region, jsii.String("names, keys and issuers of both Regions must exist before they are wired"))
	}
	logKey := awskms.NewKey(s, jsii.String("LogKey"), &awskms.KeyProps{
		Description:       jsii.String("Encrypts the log groups of " + name),
		EnableKeyRotation: jsii.Bool(true),
		RemovalPolicy:     removalPolicy(c.Removal),
	})
	regionpair.GrantLogs(logKey)
	pairing := regionpair.NewPairing(s, jsii.String("RegionpairPairing"), &regionpair.PairingProps{Pair: pair, LogEncryptionKey: logKey})
	replication := &regionpair.BucketReplicationPairProps{Pairing: pairing, Primary: primary.Unit().Bucket(), Secondary: secondary.Unit().Bucket()}
	if c.Storage.Durability == config.DurabilitySync {
		replication.Prefix = regionpair.GuardPrefix
	}
	regionpair.NewBucketReplicationPair(s, jsii.String("Replication"), replication)
	regionpair.NewTrustedIssuers(s, jsii.String("Issuers"), &regionpair.TrustedIssuersProps{
		Pairing: pairing, Primary: primary.Unit().Auth(), Secondary: secondary.Unit().Auth(),
	})
	regionpair.NewSecretReplicas(s, jsii.String("SecretReplicas"), &regionpair.SecretReplicasProps{
		Pairing: pairing, Secrets: owner(primary, secondary).Unit().ClientSecrets(), AppSecrets: slices.Sorted(maps.Keys(c.Secrets)),
	})
	s.dns = regionpair.NewFailoverDns(s, jsii.String("Dns"), dnsProps(s, c, primary, secondary))
	s.addOperations(c, logKey, primary, secondary)
	output(s, "Url", "https://"+c.DomainName, "The API, in whichever Region answers")
	output(s, "TokenUrl", "https://"+c.DomainName+"/oauth2/token", "Where machine clients get their tokens")
	return s
}

// owner is the stack with the secrets that the other Region gets copies of.
func owner(primary, secondary RegionStack) RegionStack {
	if primary.Unit().Pair().Owner() == regionpair.RoleSecondary {
		return secondary
	}
	return primary
}

// addOperations adds what watches the pair as a whole.
func (s *globalStack) addOperations(c config.Config, key awskms.IKey, primary, secondary RegionStack) {
	var alarms []awscloudwatch.Alarm
	if *c.Alarms.Enabled {
		topic := regionpair.NewAlarmTopic(s, jsii.String("AlarmTopic"), &regionpair.AlarmTopicProps{
			Pair: s.dns.Pair(), Emails: c.Alarms.Email, EncryptionKey: key,
			// A Region of the pair may be the global one, too, and has its own topic.
			TopicName: c.Name + "-global-alarms",
		})
		alarms = regionpair.NewPairAlarms(s, jsii.String("Alarms"), &regionpair.PairAlarmsProps{
			Dns: s.dns, Topic: topic.Topic(), Tuning: tuning(c, regionpair.PairAlarmKinds()),
		}).Alarms()
		s.addChat(c, primary.AlarmTopic(), secondary.AlarmTopic(), topic)
	}
	if *c.Dashboard {
		regionpair.NewPairDashboard(s, jsii.String("Dashboard"), &regionpair.PairDashboardProps{
			Primary: primary.Unit().Watched(), Secondary: secondary.Unit().Watched(), Dns: s.dns, Alarms: alarms,
		})
	}
}

// addChat tells one Slack channel the alarms of all three stacks.
func (s *globalStack) addChat(c config.Config, topics ...regionpair.AlarmTopic) {
	slack := c.Alarms.Slack
	if slack == (config.Slack{}) {
		return
	}
	props := &regionpair.AlarmChatProps{Pair: s.dns.Pair(), SlackWorkspaceId: slack.WorkspaceID, SlackChannelId: slack.ChannelID}
	for _, topic := range topics {
		props.Topics = append(props.Topics, topic.Topic())
	}
	regionpair.NewAlarmChat(s, jsii.String("AlarmChat"), props)
}

func dnsProps(scope constructs.Construct, c config.Config, primary, secondary RegionStack) *regionpair.FailoverDnsProps {
	props := &regionpair.FailoverDnsProps{
		Pair:             primary.Unit().Pair(),
		HostedZone:       hostedZone(scope, c),
		Primary:          primary.Unit(),
		Secondary:        secondary.Unit(),
		Routing:          c.Routing.Policy,
		Records:          c.Routing.Records,
		PrimaryWeight:    c.Routing.PrimaryWeight,
		SecondaryWeight:  c.Routing.SecondaryWeight,
		DualStack:        c.DualStack,
		RequestInterval:  awscdk.Duration_Seconds(jsii.Number(c.Health.IntervalSeconds)),
		FailureThreshold: c.Health.FailureThreshold,
		CheckerRegions:   c.Health.CheckerRegions,
		MeasureLatency:   c.Health.MeasureLatency,
	}
	if c.Routing.TTLSeconds != 0 {
		props.Ttl = awscdk.Duration_Seconds(jsii.Number(c.Routing.TTLSeconds))
	}
	return props
}
