package stacks

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"github.com/regionpair/regionpair/config"
	regionpair "github.com/regionpair/regionpair/constructs"
)

func alarmTopicProps(c config.Config) *regionpair.AlarmTopicProps {
	props := &regionpair.AlarmTopicProps{PairName: &c.Name}
	if len(c.Alarms.Email) > 0 {
		props.Emails = jsii.Strings(c.Alarms.Email...)
	}
	return props
}

func regionalAlarmsProps(c config.Config, role config.RegionRole, unit regionpair.RegionUnit, topic regionpair.AlarmTopic) *regionpair.RegionalAlarmsProps {
	tuned := func(alarm string) *regionpair.AlarmTuning { return alarmTuning(c, alarm) }
	return &regionpair.RegionalAlarmsProps{
		PairName:                &c.Name,
		Unit:                    unit,
		Topic:                   topic.Topic(),
		PeerBucketName:          jsii.String(c.BucketName(c.Region(role.Peer()))),
		EssentialOnly:           jsii.Bool(c.Alarms.Set == config.AlarmsEssential),
		ServerErrors:            tuned("server-errors"),
		Latency:                 tuned("latency"),
		Throttles:               tuned("throttles"),
		Denials:                 tuned("denials"),
		AuthorizerFailures:      tuned("authorizer-failures"),
		FunctionErrors:          tuned("function-errors"),
		FunctionThrottles:       tuned("function-throttles"),
		ReservedConcurrency:     tuned("function-concurrency"),
		AccountConcurrency:      tuned("account-concurrency"),
		ReplicationLatency:      tuned("replication-latency"),
		ReplicationBacklog:      tuned("replication-backlog"),
		ReplicationFailures:     tuned("replication-failures"),
		TableReplicationLatency: tuned("table-replication-latency"),
		TableThrottles:          tuned("table-throttles"),
		CertificateExpiry:       tuned("certificate-expiry"),
		Degraded:                tuned("degraded"),
		TokenFailures:           tuned("token-failures"),
		TokenCacheHits:          tuned("token-cache-hits"),
	}
}

func pairAlarmsProps(c config.Config, dns regionpair.FailoverDns, topic regionpair.AlarmTopic) *regionpair.PairAlarmsProps {
	return &regionpair.PairAlarmsProps{
		PairName:          &c.Name,
		Dns:               dns,
		Topic:             topic.Topic(),
		PrimaryEndpoint:   alarmTuning(c, "primary-endpoint"),
		SecondaryEndpoint: alarmTuning(c, "secondary-endpoint"),
		Serving:           alarmTuning(c, "serves"),
		Takeover:          alarmTuning(c, "takeover"),
	}
}

// alarmTuning is nil for an alarm that stays as it is.
func alarmTuning(c config.Config, alarm string) *regionpair.AlarmTuning {
	t, given := c.Alarms.Tuning[alarm]
	if !given {
		return nil
	}
	tuning := &regionpair.AlarmTuning{
		Threshold:         ifGiven(t.Threshold),
		EvaluationPeriods: ifGiven(t.EvaluationPeriods),
		DatapointsToAlarm: ifGiven(t.DatapointsToAlarm),
		Disabled:          jsii.Bool(t.Enabled != nil && !*t.Enabled),
	}
	if t.PeriodMinutes != 0 {
		tuning.Period = awscdk.Duration_Minutes(jsii.Number(t.PeriodMinutes))
	}
	return tuning
}
