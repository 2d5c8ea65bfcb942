package regionpair

import (
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsroute53"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/constructs-go/constructs/v10"
)

// PairAlarmsProps configures [PairAlarms].
type PairAlarmsProps struct {
	// Dns whose health checks are watched.
	// Required.
	Dns FailoverDns
	// Topic that gets notified, in the same Region; see [AlarmTopic].
	// Required.
	Topic awssns.ITopic
	// Tuning of alarms by their kind; see [PairAlarmKinds].
	// Default: none.
	Tuning map[AlarmKind]AlarmTuning
}

// Validate returns everything that is wrong at once.
func (p *PairAlarmsProps) Validate() error {
	p = orNew(p)
	c := checking("PairAlarms")
	c.requires("Dns", p.Dns)
	c.requires("Topic", p.Topic)
	c.tuning(p.Tuning, PairAlarmKinds())
	return c.err()
}

// PairAlarms watches what decides between the two Regions. Route 53 publishes
// the state of health checks in one Region of the world only, wherever the
// Regions of the pair are, so these alarms and their topic live there. The
// topic is also told when the metrics stop: then nobody knows.
type PairAlarms interface {
	constructs.Construct
	// Alarms that were defined.
	Alarms() []awscloudwatch.Alarm
}

type pairAlarms struct {
	constructs.Construct
	props  *PairAlarmsProps
	alarms []awscloudwatch.Alarm
}

func (p *pairAlarms) Alarms() []awscloudwatch.Alarm { return p.alarms }

// NewPairAlarms defines an alarm for each health check of the pair.
func NewPairAlarms(scope constructs.Construct, id *string, props *PairAlarmsProps) PairAlarms {
	mustBeValid(props.Validate())
	mustHaveHealthMetrics("PairAlarms", scope)
	mustBeInRegionOf("PairAlarms", scope, "Topic", *props.Topic.Env().Region)
	p := &pairAlarms{props: props}
	newConstruct(p, scope, id)

	p.alarms = createAlarms(p, props.Topic, props.Tuning, false, append(p.endpointAlarms(), p.recordAlarms()...))
	return p
}

// mustHaveHealthMetrics refuses alarms that would wait for ever for their
// metric.
func mustHaveHealthMetrics(construct string, scope constructs.Construct) {
	region := regionOf(scope)
	if isToken(region) {
		misuse("%s needs a stack with an explicit Region in 'Env': Route 53 publishes health metrics in one Region only", construct)
	}
	if home := healthMetricsRegion(region); home != region {
		misuse("%s needs a stack in '%s', where Route 53 publishes health metrics, got '%s'", construct, home, region)
	}
}

// healthMetricsRegion is where Route 53 publishes its metrics, by partition.
func healthMetricsRegion(region string) string {
	switch {
	case strings.HasPrefix(region, "us-gov-"):
		return "us-gov-west-1"
	case strings.HasPrefix(region, "cn-"):
		return "cn-northwest-1"
	}
	return "us-east-1"
}

func (p *pairAlarms) alarm(id string, kind, name AlarmKind, description string, check awsroute53.IHealthCheck) alarmSpec {
	return alarmSpec{
		id: id, name: p.props.Dns.Pair().GlobalAlarmName(name), kind: kind, description: description,
		metric: healthMetric(check).over,
		below:  true, threshold: 1,
		// Without data nobody knows, which is neither an alarm nor fine.
		missing: awscloudwatch.TreatMissingData_MISSING, tellsSilence: true,
	}
}

// healthMetric is 1 while the check is healthy, otherwise 0.
func healthMetric(check awsroute53.IHealthCheck) metricOf {
	return metricOf{
		namespace: "AWS/Route53", name: "HealthCheckStatus", statistic: "Minimum",
		dimensions: map[string]*string{"HealthCheckId": once(check, "healthCheckId", check.HealthCheckId)},
	}
}

func (p *pairAlarms) endpointAlarms() []alarmSpec {
	return []alarmSpec{
		p.alarm("PrimaryEndpoint", AlarmPrimaryEndpoint, AlarmPrimaryEndpoint,
			"The primary Region does not answer its health check: clients are sent to the other one. Look at /health of the primary, and at how far the data is behind.",
			p.props.Dns.EndpointCheck(RolePrimary)),
		p.alarm("SecondaryEndpoint", AlarmSecondaryEndpoint, AlarmSecondaryEndpoint,
			"The secondary Region does not answer its health check: a failover would lead nowhere. Look at /health of the secondary.",
			p.props.Dns.EndpointCheck(RoleSecondary)),
	}
}

// recordAlarms watch each record that a switch and an endpoint decide about: with
// failover routing the primary's only. A standby that accepts no connection fails
// its endpoint's check before, which has an alarm.
func (p *pairAlarms) recordAlarms() []alarmSpec {
	specs := []alarmSpec{}
	for _, role := range Roles() {
		takeover := p.props.Dns.TakeoverCheck(role)
		if takeover == nil {
			continue
		}
		prefix := regionPrefix(role)
		specs = append(specs,
			p.alarm(prefix+"Serves", AlarmServes, AlarmServes.Of(string(role)),
				"The "+string(role)+" Region is unhealthy, or the switch of the other Region is on: Route 53 keeps clients away from it while the other Region's record is healthy.",
				p.props.Dns.RecordCheck(role)),
			p.alarm(prefix+"Takeover", AlarmTakeover, AlarmTakeover.Of(string(role)),
				"The switch that takes clients from the "+string(role)+" Region is on. "+turnsItOff(role),
				takeover))
	}
	return specs
}

// turnsItOff says who turns the switch off that takes clients from a Region. A person
// who writes the parameter of the standby would release the guard, and leave a fence
// closed.
func turnsItOff(role RegionRole) string {
	if role == RolePrimary {
		return "'guard': leave it, it ends by itself, see the alarm '" + string(AlarmKeptOut) + "'. 'on': 'regionpair failback' when the failover is over."
	}
	return "It is the primary's, which only people turn: whoever has turned it on turns it off when the failover is over."
}
