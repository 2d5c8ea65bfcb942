package regionpair

import (
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsroute53"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/constructs-go/constructs/v10"
)

// PairAlarmsProps configures [PairAlarms].
type PairAlarmsProps struct {
	// PairName starts the names of the alarms, "<pair>-global-<what>".
	// Required.
	PairName *string
	// Dns whose health checks are watched.
	// Required.
	Dns FailoverDns
	// Topic that is told, in the same Region; see [AlarmTopic].
	// Required.
	Topic awssns.ITopic
	// PrimaryEndpoint is the check on the primary's health endpoint.
	// Default: alarms on the first unhealthy minute, because clients are being
	// sent away now.
	PrimaryEndpoint *AlarmTuning
	// SecondaryEndpoint is the check on the standby's health endpoint. Nobody
	// notices otherwise that there is nothing to fail over to.
	// Default: unhealthy for 3 of 3 minutes, which outlasts a deployment.
	SecondaryEndpoint *AlarmTuning
	// Serving is the calculated check on a Region's record: clients get the
	// other Region while it is unhealthy.
	// Default: alarms on the first unhealthy minute. It may do so once when the
	// pair is new, because a new inverted check starts unhealthy.
	Serving *AlarmTuning
	// Takeover is the switch that requests a failover by hand. Forgotten in
	// that position it keeps clients from the healthy Region.
	// Default: on for 3 of 3 minutes, which outlasts the start of a new
	// inverted check.
	Takeover *AlarmTuning
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
	required("PairAlarms", "PairName", props == nil || props.PairName == nil)
	required("PairAlarms", "Dns", props.Dns == nil)
	required("PairAlarms", "Topic", props.Topic == nil)
	mustHaveHealthMetrics("PairAlarms", scope)
	mustBeInRegionOf("PairAlarms", scope, "Topic", props.Topic.Env().Region)
	p := &pairAlarms{props: props}
	constructs.NewConstruct_Override(p, scope, id)

	p.alarms = createAlarms(p, props.Topic, append(p.endpointAlarms(), p.recordAlarms()...))
	return p
}

// mustHaveHealthMetrics refuses alarms that would wait for ever for their
// metric.
func mustHaveHealthMetrics(construct string, scope constructs.Construct) {
	region := awscdk.Stack_Of(scope).Region()
	if *awscdk.Token_IsUnresolved(region) {
		misuse("%s needs a stack with an explicit Region in 'Env': Route 53 publishes health metrics in one Region only", construct)
	}
	if home := healthMetricsRegion(*region); home != *region {
		misuse("%s needs a stack in '%s', where Route 53 publishes health metrics, got '%s'", construct, home, *region)
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

func (p *pairAlarms) alarm(id, what, description string, check awsroute53.IHealthCheck, minutes float64, tuning *AlarmTuning) alarmSpec {
	return alarmSpec{
		id: id, name: *p.props.PairName + "-global-" + what, description: description, tuning: tuning,
		metric: healthMetric(check).over,
		below:  true, threshold: 1, minutes: 1, periods: minutes, datapoints: minutes,
		// Without data nobody knows, which is neither an alarm nor fine.
		missing: awscloudwatch.TreatMissingData_MISSING, tellsSilence: true,
	}
}

// healthMetric is 1 while the check is healthy, otherwise 0.
func healthMetric(check awsroute53.IHealthCheck) metricOf {
	return metricOf{
		namespace: "AWS/Route53", name: "HealthCheckStatus", statistic: "Minimum",
		dimensions: map[string]*string{"HealthCheckId": check.HealthCheckId()},
	}
}

func (p *pairAlarms) endpointAlarms() []alarmSpec {
	return []alarmSpec{
		p.alarm("PrimaryEndpoint", "primary-endpoint",
			"The primary Region does not answer its health check: clients are sent to the other one. Look at /health of the primary, and at how far the data is behind.",
			p.props.Dns.EndpointCheck(RolePrimary), 1, p.props.PrimaryEndpoint),
		p.alarm("SecondaryEndpoint", "secondary-endpoint",
			"The secondary Region does not answer its health check: a failover would lead nowhere. Look at /health of the secondary.",
			p.props.Dns.EndpointCheck(RoleSecondary), 3, p.props.SecondaryEndpoint),
	}
}

// recordAlarms watch each record that has a check: with failover routing the
// primary's only.
func (p *pairAlarms) recordAlarms() []alarmSpec {
	specs := []alarmSpec{}
	for _, role := range []RegionRole{RolePrimary, RoleSecondary} {
		check := p.props.Dns.RecordCheck(role)
		if check == nil {
			continue
		}
		prefix := regionPrefix(role)
		specs = append(specs, p.alarm(prefix+"Serves", string(role)+"-serves",
			"Route 53 keeps clients from the "+string(role)+" Region: it is unhealthy, or the switch of the other Region is on.",
			check, 1, p.props.Serving))
		if takeover := p.props.Dns.TakeoverCheck(role); takeover != nil {
			specs = append(specs, p.alarm(prefix+"Takeover", string(role)+"-takeover",
				"The switch that takes clients from the "+string(role)+" Region is on. Set it to 'off' when the failover is over.",
				takeover, 3, p.props.Takeover))
		}
	}
	return specs
}
