package stacks

import (
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
	awscdk.NewStack_Override(s, scope, &name, stackProps(c, name, c.GlobalRegion, "Wires the two Regions of the pair "+c.Name))
	for _, region := range []RegionStack{primary, secondary} {
		s.AddStackDependency(region, jsii.String("names, keys and issuers of both Regions must exist before they are wired"))
	}
	logKey := awskms.NewKey(s, jsii.String("LogKey"), &awskms.KeyProps{
		Description:       jsii.String("Encrypts the log groups of " + name),
		EnableKeyRotation: jsii.Bool(true),
		RemovalPolicy:     removalPolicy(c.Removal),
	})
	regionpair.GrantLogs(logKey)
	functions := &regionpair.GoFunctionProps{
		Architecture:     architecture(c.Architecture),
		LogRetention:     retentionDays[c.Logs.RetentionDays],
		LogEncryptionKey: logKey,
		RemovalPolicy:    removalPolicy(c.Removal),
	}
	regionpair.NewBucketReplicationPair(s, jsii.String("Replication"), &regionpair.BucketReplicationPairProps{
		Primary:   primary.Unit().Bucket(),
		Secondary: secondary.Unit().Bucket(),
		Function:  functions,
	})
	regionpair.NewTrustedIssuers(s, jsii.String("Issuers"), &regionpair.TrustedIssuersProps{
		Primary:   primary.Unit().Auth(),
		Secondary: secondary.Unit().Auth(),
		Function:  functions,
	})
	regionpair.NewSecretReplicas(s, jsii.String("SecretReplicas"), &regionpair.SecretReplicasProps{
		Primary: primary.Unit(), Secondary: secondary.Unit(), Function: functions,
	})
	s.dns = regionpair.NewFailoverDns(s, jsii.String("Dns"), dnsProps(s, c, primary, secondary))
	s.addOperations(c, primary, secondary)
	output(s, "Url", "https://"+c.DomainName, "The API, in whichever Region answers")
	output(s, "TokenUrl", "https://"+c.DomainName+"/oauth2/token", "Where machine clients get their tokens")
	return s
}

// addOperations adds what watches the pair as a whole.
func (s *globalStack) addOperations(c config.Config, primary, secondary RegionStack) {
	var alarms []awscloudwatch.Alarm
	if *c.Alarms.Enabled {
		props := alarmTopicProps(c)
		// A Region of the pair may be the global one, too, and has its own topic.
		props.TopicName = jsii.String(c.Name + "-global-alarms")
		topic := regionpair.NewAlarmTopic(s, jsii.String("AlarmTopic"), props)
		alarms = regionpair.NewPairAlarms(s, jsii.String("Alarms"), pairAlarmsProps(c, s.dns, topic)).Alarms()
		s.addChat(c, primary.AlarmTopic(), secondary.AlarmTopic(), topic)
	}
	if *c.Dashboard {
		regionpair.NewPairDashboard(s, jsii.String("Dashboard"), &regionpair.PairDashboardProps{
			PairName: &c.Name, Primary: primary.Unit(), Secondary: secondary.Unit(), Dns: s.dns, Alarms: alarms,
		})
	}
}

// addChat tells one Slack channel the alarms of all three stacks.
func (s *globalStack) addChat(c config.Config, topics ...regionpair.AlarmTopic) {
	slack := c.Alarms.Slack
	if slack == (config.Slack{}) {
		return
	}
	regionpair.NewAlarmChat(s, jsii.String("AlarmChat"), &regionpair.AlarmChatProps{
		PairName: &c.Name, SlackWorkspaceId: &slack.WorkspaceID, SlackChannelId: &slack.ChannelID, Topics: topics,
	})
}

func dnsProps(scope constructs.Construct, c config.Config, primary, secondary RegionStack) *regionpair.FailoverDnsProps {
	props := &regionpair.FailoverDnsProps{
		HostedZone:       hostedZone(scope, c),
		DomainName:       &c.DomainName,
		Primary:          primary.Unit(),
		Secondary:        secondary.Unit(),
		Routing:          regionpair.RoutingPolicy(c.Routing.Policy),
		Records:          regionpair.RecordKind(c.Routing.Records),
		PrimaryWeight:    optionalNumber(c.Routing.PrimaryWeight),
		SecondaryWeight:  optionalNumber(c.Routing.SecondaryWeight),
		DualStack:        &c.DualStack,
		RequestInterval:  awscdk.Duration_Seconds(jsii.Number(c.Health.IntervalSeconds)),
		FailureThreshold: jsii.Number(c.Health.FailureThreshold),
		MeasureLatency:   &c.Health.MeasureLatency,
	}
	if len(c.Health.CheckerRegions) > 0 {
		props.CheckerRegions = jsii.Strings(c.Health.CheckerRegions...)
	}
	if c.Routing.TTLSeconds != 0 {
		props.Ttl = awscdk.Duration_Seconds(jsii.Number(c.Routing.TTLSeconds))
	}
	return props
}
