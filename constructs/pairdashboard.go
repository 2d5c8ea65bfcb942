package regionpair

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsroute53"
	"github.com/aws/aws-cdk-go/awscdk/v2/interfaces/interfacesawscloudwatch"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/regionpair/regionpair/internal/contract"
)

// PairDashboardProps configures a [PairDashboard].
type PairDashboardProps struct {
	// Primary and Secondary are what there is to show; see [RegionUnit.Watched].
	// Required.
	Primary, Secondary *Watched
	// Dns with the health checks, in the dashboard's own stack.
	// Required.
	Dns FailoverDns
	// DashboardName is unique in the account. Allowed: letters, digits, - and _.
	// Default: the pair's name.
	DashboardName string
	// Alarms whose state is shown, of the dashboard's own stack; see
	// [PairAlarms].
	// Default: none.
	Alarms []awscloudwatch.Alarm
}

// Validate returns everything that is wrong at once.
func (p *PairDashboardProps) Validate() error {
	p = orNew(p)
	c := checking("PairDashboard")
	watched := c.requires("Dns", p.Dns)
	for role, region := range map[RegionRole]*Watched{RolePrimary: p.Primary, RoleSecondary: p.Secondary} {
		if c.watched(regionPrefix(role), region) && watched {
			c.refuse(region.Pair.Name() != p.Dns.Pair().Name(), "'%s' must be of the pair '%s', got '%s'", regionPrefix(role), p.Dns.Pair().Name(), region.Pair.Name())
			c.refuse(region.Role != role, "'%s' must have the role '%s', got '%s'", regionPrefix(role), role, region.Role)
		}
	}
	c.refuse(p.DashboardName != "" && !topicName.MatchString(p.DashboardName), "'DashboardName' must be 1 to 255 letters, digits, hyphens and underscores, got '%s'", p.DashboardName)
	return c.err()
}

// PairDashboard answers on one page: which Region serves, is the other one
// ready, how far behind is the data. It shows metrics of both Regions by names
// that are known without asking them, so that it can be deployed and read while
// one of them is down.
type PairDashboard interface {
	constructs.Construct
	// Dashboard is the CloudWatch dashboard.
	Dashboard() awscloudwatch.Dashboard
}

type pairDashboard struct {
	constructs.Construct
	props     *PairDashboardProps
	dashboard awscloudwatch.Dashboard
	// period of every metric.
	period awscdk.Duration
}

func (d *pairDashboard) Dashboard() awscloudwatch.Dashboard { return d.dashboard }

// NewPairDashboard defines the dashboard.
func NewPairDashboard(scope constructs.Construct, id *string, props *PairDashboardProps) PairDashboard {
	mustBeValid(props.Validate())
	pair := props.Dns.Pair()
	d := &pairDashboard{props: props, period: awscdk.Duration_Minutes(jsii.Number(1))}
	newConstruct(d, scope, id)

	d.dashboard = awscloudwatch.NewDashboard(d, jsii.String("Dashboard"), &awscloudwatch.DashboardProps{
		DashboardName:   new(cmp.Or(props.DashboardName, pair.Name())),
		DefaultInterval: awscdk.Duration_Hours(jsii.Number(3)),
		// A failover is over in minutes: longer periods would hide it.
		PeriodOverride: awscloudwatch.PeriodOverride_INHERIT,
	})
	d.heading(fmt.Sprintf("# %s\nprimary **%s**, secondary **%s**", pair.Name(), pair.Region(RolePrimary), pair.Region(RoleSecondary)))
	d.whichServes()
	d.isTheOtherReady()
	d.howFarBehind()
	d.howWell()
	return d
}

func (d *pairDashboard) heading(markdown string) {
	d.dashboard.AddWidgets(awscloudwatch.NewTextWidget(&awscloudwatch.TextWidgetProps{
		Markdown: &markdown, Width: jsii.Number(24), Height: jsii.Number(2), Background: awscloudwatch.TextWidgetBackground_TRANSPARENT,
	}))
}

// healthRegion is where the metrics of health checks are, whatever Region the
// dashboard is in.
func (d *pairDashboard) healthRegion() string {
	return healthMetricsRegion(d.props.Dns.Pair().Region(RolePrimary))
}

func (d *pairDashboard) health(label, name, statistic string, check awsroute53.IHealthCheck) awscloudwatch.IMetric {
	metric := healthMetric(check)
	metric.name, metric.statistic, metric.label, metric.region = name, statistic, label, d.healthRegion()
	return metric.over(d.period)
}

func (d *pairDashboard) whichServes() {
	rule := "## Which Region serves?\n1 is healthy. Clients get the primary while `primary serves` is 1; `no takeover` is 0 while the switch is on."
	statuses := []awscloudwatch.IMetric{}
	for _, role := range Roles() {
		takeover, serves := d.props.Dns.TakeoverCheck(role), string(role)+" serves"
		if takeover == nil {
			serves = string(role) + " accepts connections"
			rule += " While `" + serves + "` is 0, they get the other Region, whatever its state."
		}
		statuses = append(statuses, d.health(serves, "HealthCheckStatus", "Minimum", d.props.Dns.RecordCheck(role)))
		if takeover != nil {
			statuses = append(statuses, d.health("no takeover from "+string(role), "HealthCheckStatus", "Minimum", takeover))
		}
		statuses = append(statuses, d.health(string(role)+" answers", "HealthCheckStatus", "Minimum", d.props.Dns.EndpointCheck(role)))
	}
	d.heading(rule)
	d.row(
		awscloudwatch.NewSingleValueWidget(&awscloudwatch.SingleValueWidgetProps{
			Title: jsii.String("Health checks now"), Metrics: &statuses, Region: new(d.healthRegion()), Width: jsii.Number(12), Height: jsii.Number(6),
		}),
		d.graph("Requests per minute", 12, d.byRegion(func(w *Watched) metricOf { return w.apiMetric("Count", "Sum") })),
	)
	d.keptOut()
}

// keptOut shows what the guard of the failback does.
func (d *pairDashboard) keptOut() {
	if d.props.Secondary.Guard == nil {
		return
	}
	metrics := []awscloudwatch.IMetric{}
	for _, shown := range []struct{ name, label string }{
		{contract.MetricKeptOut, "primary kept out"}, {contract.MetricWaitsForPerson, "fit, and waits for a person"},
	} {
		metric := pairMetric(d.props.Secondary.Pair, shown.name, "Maximum")
		metric.label, metric.region = shown.label, d.props.Secondary.region()
		metrics = append(metrics, metric.over(d.period))
	}
	d.dashboard.AddWidgets(d.graph("The guard of the failback (1 is yes)", 24, metrics))
}

func (d *pairDashboard) isTheOtherReady() {
	d.heading("## Is the other Region ready?\nRoute 53's checkers ask both Regions all the time, also the one that does not serve.")
	checkers := []awscloudwatch.IMetric{}
	for _, role := range Roles() {
		checkers = append(checkers, d.health(string(role), "HealthCheckPercentageHealthy", "Average", d.props.Dns.EndpointCheck(role)))
	}
	healthAPI := func(name, statistic string) []awscloudwatch.IMetric {
		return d.byRegion(func(w *Watched) metricOf { return w.healthAPIMetric(name, statistic) })
	}
	d.row(
		d.graph("Checkers that see it healthy (min 18 %)", 8, checkers),
		d.graph("Unhealthy answers of health endpoints", 8, healthAPI("5XXError", "Sum")),
		d.graph("Slowest health answers (max 2000 ms)", 8, healthAPI("Latency", "Maximum")),
	)
	d.alarmStates()
}

func (d *pairDashboard) alarmStates() {
	if len(d.props.Alarms) == 0 {
		return
	}
	alarms := make([]interfacesawscloudwatch.IAlarmRef, 0, len(d.props.Alarms))
	for _, alarm := range d.props.Alarms {
		alarms = append(alarms, alarm)
	}
	d.dashboard.AddWidgets(awscloudwatch.NewAlarmStatusWidget(&awscloudwatch.AlarmStatusWidgetProps{
		Title: jsii.String("Alarms of the pair"), Alarms: &alarms, Width: jsii.Number(24), Height: jsii.Number(3),
	}))
}

// howFarBehind shows what waits in the Region it goes to, and what failed in
// the Region it comes from: S3 publishes them there.
func (d *pairDashboard) howFarBehind() {
	buckets := d.bucketsBehind()
	tables := d.graph("Tables behind by (ms)", 24, d.tablesBehind())
	if buckets == nil && tables == nil {
		return
	}
	d.heading("## How far behind is the data?\nWhat a failover now would lose until the other Region is back.")
	d.row(buckets...)
	d.row(tables)
	d.synchronousObjects()
}

func (d *pairDashboard) bucketsBehind() []awscloudwatch.IWidget {
	primary, secondary := d.props.Primary, d.props.Secondary
	if primary.Bucket == nil || secondary.Bucket == nil {
		return nil
	}
	inbound := func(name string) []awscloudwatch.IMetric {
		return []awscloudwatch.IMetric{
			d.replication(name, "Maximum", primary, secondary, secondary),
			d.replication(name, "Maximum", secondary, primary, primary),
		}
	}
	return []awscloudwatch.IWidget{
		d.graph("Behind by (s)", 8, inbound("ReplicationLatency")),
		d.graph("Operations on their way", 8, inbound("OperationsPendingReplication")),
		d.graph("Operations that S3 gave up", 8, []awscloudwatch.IMetric{
			d.replication("OperationsFailedReplication", "Sum", primary, secondary, primary),
			d.replication("OperationsFailedReplication", "Sum", secondary, primary, secondary),
		}),
	}
}

func (d *pairDashboard) replication(name, statistic string, from, to, published *Watched) awscloudwatch.IMetric {
	metric := replicationMetric(name, statistic, from.Bucket.BucketName(), to.Bucket.BucketName())
	metric.region = published.region()
	metric.label = from.region() + " to " + to.region()
	return metric.over(d.period)
}

func (d *pairDashboard) howWell() {
	if d.props.Primary.RestApi == nil && d.props.Secondary.RestApi == nil {
		return
	}
	d.heading("## How well does it serve?")
	api := func(name, statistic string) []awscloudwatch.IMetric {
		return d.byRegion(func(w *Watched) metricOf { return w.apiMetric(name, statistic) })
	}
	d.row(
		d.graph("Server errors (share of requests)", 8, api("5XXError", "Average")),
		d.graph("Refused requests (share of requests)", 8, api("4XXError", "Average")),
		d.graph("Latency, 99th percentile (ms)", 8, api("Latency", "p99")),
	)
}

// byRegion is the same metric of both Regions, where they have it.
func (d *pairDashboard) byRegion(metric func(*Watched) metricOf) []awscloudwatch.IMetric {
	metrics := []awscloudwatch.IMetric{}
	for _, w := range []*Watched{d.props.Primary, d.props.Secondary} {
		m := metric(w)
		if m.name == "" {
			continue
		}
		m.region, m.label = w.region(), string(w.Role)+" "+w.region()
		metrics = append(metrics, m.over(d.period))
	}
	return metrics
}

// row adds the widgets that show something.
func (d *pairDashboard) row(widgets ...awscloudwatch.IWidget) {
	shown := slices.DeleteFunc(widgets, func(w awscloudwatch.IWidget) bool { return w == nil })
	if len(shown) > 0 {
		d.dashboard.AddWidgets(shown...)
	}
}

// graph shows metrics; it is nil when there are none.
func (d *pairDashboard) graph(title string, width float64, metrics []awscloudwatch.IMetric) awscloudwatch.IWidget {
	if len(metrics) == 0 {
		return nil
	}
	return awscloudwatch.NewGraphWidget(&awscloudwatch.GraphWidgetProps{
		Title: &title, Left: &metrics, Width: &width, Height: jsii.Number(6),
		LeftYAxis: &awscloudwatch.YAxisProps{Min: jsii.Number(0), ShowUnits: jsii.Bool(false)},
		Period:    d.period,
	})
}
