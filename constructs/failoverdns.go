package regionpair

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsroute53"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/internal/limits"
)

// RoutingPolicy says how Route 53 chooses between the two Regions.
type RoutingPolicy = contract.RoutingPolicy

const (
	// RoutingFailover sends everyone to the primary while it is healthy.
	RoutingFailover RoutingPolicy = contract.RoutingFailover
	// RoutingLatency sends everyone to the nearer healthy Region.
	RoutingLatency RoutingPolicy = contract.RoutingLatency
	// RoutingWeighted splits by weight among the healthy Regions.
	RoutingWeighted RoutingPolicy = contract.RoutingWeighted
)

// RecordKind says which records point a name at the Regions.
type RecordKind = contract.RecordKind

const (
	// RecordsCname lets resolvers keep an answer for as long as the TTL says.
	// DNS allows it at any name but the hosted zone's own.
	RecordsCname RecordKind = contract.RecordsCNAME
	// RecordsAlias works at the hosted zone's own name, too, and its queries are
	// free. AWS decides how long an answer is kept: 60 s, as it documents for
	// load balancers.
	RecordsAlias RecordKind = contract.RecordsAlias
)

// FailoverDnsProps configures a [FailoverDns].
type FailoverDnsProps struct {
	// Pair whose DomainName the records answer for.
	// Required, with a DomainName.
	Pair *Pair
	// HostedZone of the pair's DomainName.
	// Required.
	HostedZone awsroute53.IHostedZone
	// Primary and Secondary target, each in its Region of the pair: units, or
	// other targets.
	// Required.
	Primary, Secondary FailoverTarget
	// Posture has the defaults of RequestInterval, FailureThreshold,
	// CheckerRegions and Ttl.
	// Default: PostureStandard.
	Posture Posture
	// Routing policy.
	// Default: RoutingFailover.
	Routing RoutingPolicy
	// PrimaryWeight and SecondaryWeight for RoutingWeighted.
	// Default: 1 each. Allowed: 0 to 255.
	PrimaryWeight, SecondaryWeight *int
	// Records that point at the Regions. One kind cannot become the other by a
	// deployment: Route 53 refuses the new records while the old ones exist, and
	// the deployment is rolled back.
	// Default: RecordsCname, and RecordsAlias at the hosted zone's own name.
	Records RecordKind
	// Ttl is how long resolvers keep an answer, with RecordsCname only.
	// Default: 10 seconds, 5 with PostureFast. Allowed: 1 second to 5 minutes.
	Ttl awscdk.Duration
	// DualStack adds AAAA records, which RecordsCname does not need.
	// Default: false.
	DualStack bool
	// RequestInterval of each checker, for the endpoints that decide about a
	// record. The switch is asked every 30 seconds where that is soon enough; with
	// RoutingFailover the secondary always is.
	// Default: 10 seconds, 30 with PostureEconomy. Allowed: 10 or 30 seconds.
	RequestInterval awscdk.Duration
	// FailureThreshold is the number of answers in a row that change a
	// checker's mind, in both directions.
	// Default: 3, and 2 with PostureFast and PostureEconomy. Allowed: 1 to 10.
	FailureThreshold int
	// CheckerRegions from which Route 53 asks.
	// Default: all eight; us-east-1, eu-west-1 and ap-southeast-1 with
	// PostureEconomy, and for the endpoint of the secondary with RoutingFailover,
	// whose check only feeds an alarm. Allowed: at least three of them.
	CheckerRegions []string
	// MeasureLatency records how long the checkers wait.
	// Default: false.
	MeasureLatency bool
}

// Validate returns everything that is wrong at once.
func (p *FailoverDnsProps) Validate() error {
	p = orNew(p)
	c := checking("FailoverDns")
	if c.requires("Pair", p.Pair) {
		c.refuse(p.Pair.DomainName() == "", "needs a Pair with a 'DomainName'")
		c.inZone(p.Pair.DomainName(), p.HostedZone)
	}
	c.requires("HostedZone", p.HostedZone)
	for role, target := range p.targets() {
		if c.requires(regionPrefix(role), target) && p.Pair != nil {
			c.targets(p.Pair, role, target)
		}
	}
	oneOf(c, "Posture", p.Posture, PostureStandard, PostureFast, PostureEconomy)
	oneOf(c, "Routing", p.Routing, RoutingFailover, RoutingLatency, RoutingWeighted)
	oneOf(c, "Records", p.Records, RecordsCname, RecordsAlias)
	if p.RequestInterval != nil {
		seconds, known := secondsOf(p.RequestInterval)
		c.refuse(known && seconds != 10 && seconds != 30, "'RequestInterval' must be 10 or 30 seconds, got %v", inWords(seconds))
	}
	within(c, "FailureThreshold", p.FailureThreshold, 1, 10, "")
	c.weights(p)
	c.checkerRegions(p.CheckerRegions)
	if p.Pair != nil && p.HostedZone != nil {
		c.records(p)
	}
	return c.err()
}

// targets refuses one that belongs to another pair or Region.
func (c *check) targets(pair *Pair, role RegionRole, target FailoverTarget) {
	if unit, isUnit := target.(RegionUnit); isUnit {
		c.placed(pair, role, unit)
		return
	}
	region := target.Region()
	c.refuse(!isToken(region) && region != pair.Region(role), "'%s' must be in the %s Region '%s', got '%s'", regionPrefix(role), role, pair.Region(role), region)
}

// weights refuses what only one policy knows, and what Route 53 limits.
func (c *check) weights(p *FailoverDnsProps) {
	heaviest := 0
	for _, weight := range []struct {
		property string
		value    *int
	}{{"PrimaryWeight", p.PrimaryWeight}, {"SecondaryWeight", p.SecondaryWeight}} {
		if weight.value == nil {
			heaviest = max(heaviest, 1)
			continue
		}
		heaviest = max(heaviest, *weight.value)
		c.refuse(p.Routing != RoutingWeighted, "'%s' has no meaning without 'Routing' RoutingWeighted", weight.property)
		c.refuse(*weight.value < 0 || *weight.value > 255, "'%s' must be from 0 to 255, got %v", weight.property, *weight.value)
	}
	c.refuse(heaviest == 0, "needs a weight above 0 in one Region, got 0 for both")
}

func (c *check) checkerRegions(regions []string) {
	c.refuse(len(regions) > 0 && len(regions) < limits.MinCheckerRegions, "'CheckerRegions' must be at least %d Regions, got %d", limits.MinCheckerRegions, len(regions))
	for i, region := range regions {
		c.refuse(!slices.Contains(limits.CheckerRegions(), region), "'CheckerRegions' must be among %v, got '%s'", limits.CheckerRegions(), region)
		c.refuse(slices.Contains(regions[:i], region), "'CheckerRegions' must differ, got '%s' twice", region)
	}
}

// records refuses what DNS or API Gateway does not know.
func (c *check) records(p *FailoverDnsProps) {
	c.refuse(p.Records == RecordsCname && p.atApex(), "'Records' must be 'alias' for '%s', the hosted zone's own name: DNS allows no CNAME there", p.Pair.DomainName())
	if p.records() == RecordsCname {
		c.lasts("Ttl", p.Ttl, 1, 300, "1 second to 5 minutes")
		c.whole("Ttl", p.Ttl, 1, "seconds")
		return
	}
	c.refuse(p.Ttl != nil, "'Ttl' has no meaning for alias records: AWS decides how long resolvers keep them")
	for role, target := range p.targets() {
		c.refuse(target != nil && target.RegionalHostedZoneId() == "", "with alias records needs '%s' with a 'RegionalHostedZoneId'", regionPrefix(role))
	}
}

// targets in the order in which they are defined.
func (p *FailoverDnsProps) targets() iter.Seq2[RegionRole, FailoverTarget] {
	return func(yield func(RegionRole, FailoverTarget) bool) {
		_ = yield(RolePrimary, p.Primary) && yield(RoleSecondary, p.Secondary)
	}
}

func (p *FailoverDnsProps) atApex() bool {
	name, _ := zoneNameOf(p.HostedZone)
	return p.Pair.DomainName() == strings.TrimSuffix(name, ".")
}

// records are aliases where DNS allows nothing else.
func (p *FailoverDnsProps) records() RecordKind {
	if p.Records == "" && p.atApex() {
		return RecordsAlias
	}
	return cmp.Or(p.Records, RecordsCname)
}

// FailoverDns points one name at two Regions: records, and the health checks
// that decide between them.
//
// With failover routing the primary's check is calculated from two: its health
// endpoint answers, and the standby's switch is off. The switch is read in the
// standby, inverted, so that a failover by hand needs neither the failed Region
// nor Route 53's control plane. The secondary record's check only connects to the
// standby: a standby that accepts no connection for two minutes is dead, and Route
// 53 answers with the primary, whatever its state. A standby that answers with
// errors counts as alive, so a flood on it or a broken deployment cannot send
// callers back to a dead primary.
//
// Beside the name, the TXT record "_regionpair.<name>" says where both Regions
// are: package client repeats a request that meets a fault in the other one.
type FailoverDns interface {
	constructs.Construct
	// Pair whose domain name it points at its Regions.
	Pair() *Pair
	// EndpointCheck is the check on a Region's health endpoint.
	EndpointCheck(role RegionRole) awsroute53.IHealthCheck
	// RecordCheck decides about a Region's record. With failover routing that of
	// the secondary is unhealthy when the Region has accepted no connection for two
	// minutes.
	RecordCheck(role RegionRole) awsroute53.IHealthCheck
	// TakeoverCheck is unhealthy while the other Region's switch keeps clients
	// from the Region; nil for the secondary with failover routing, which no switch
	// keeps clients from.
	TakeoverCheck(role RegionRole) awsroute53.IHealthCheck
	// MetricHealthy is 1 while Route 53 finds a Region's health endpoint healthy,
	// and 0 while it does not. Route 53 publishes it in us-east-1 only.
	// Default: minimum over a minute.
	MetricHealthy(role RegionRole, options *awscloudwatch.MetricOptions) awscloudwatch.Metric
}

type failoverDns struct {
	constructs.Construct
	props          *FailoverDnsProps
	defaults       limits.PostureValues
	endpointChecks map[RegionRole]awsroute53.IHealthCheck
	recordChecks   map[RegionRole]awsroute53.IHealthCheck
	takeoverChecks map[RegionRole]awsroute53.IHealthCheck
}

func (d *failoverDns) EndpointCheck(role RegionRole) awsroute53.IHealthCheck {
	return d.endpointChecks[role]
}

func (d *failoverDns) RecordCheck(role RegionRole) awsroute53.IHealthCheck {
	return d.recordChecks[role]
}

func (d *failoverDns) TakeoverCheck(role RegionRole) awsroute53.IHealthCheck {
	return d.takeoverChecks[role]
}

func (d *failoverDns) Pair() *Pair { return d.props.Pair }

func (d *failoverDns) MetricHealthy(role RegionRole, options *awscloudwatch.MetricOptions) awscloudwatch.Metric {
	return healthMetric(d.endpointChecks[role]).with(options, 1)
}

// NewFailoverDns defines health checks and records.
func NewFailoverDns(scope constructs.Construct, id *string, props *FailoverDnsProps) FailoverDns {
	mustBeValid(props.Validate())
	d := &failoverDns{
		props: props, defaults: postureValues(props.Posture),
		endpointChecks: map[RegionRole]awsroute53.IHealthCheck{},
		recordChecks:   map[RegionRole]awsroute53.IHealthCheck{},
		takeoverChecks: map[RegionRole]awsroute53.IHealthCheck{},
	}
	newConstruct(d, scope, id)

	for role, target := range props.targets() {
		timing := d.timing()
		if role == RoleSecondary && d.policy() == RoutingFailover {
			timing.interval = max(timing.interval, limits.SlowInterval)
			timing.regions = limits.FewCheckerRegions()
		}
		d.endpointChecks[role] = d.newEndpointCheck("Endpoint", role, target.HealthCheckPath(), timing, false)
	}
	d.newRecordCheck(RolePrimary)
	if d.policy() == RoutingFailover {
		d.recordChecks[RoleSecondary] = d.newReachableCheck(RoleSecondary)
	} else {
		d.newRecordCheck(RoleSecondary)
	}
	for role := range props.targets() {
		for _, recordType := range d.recordTypes() {
			d.newRecord(role, recordType)
		}
		d.newDirectoryRecord(role)
	}
	return d
}

func (d *failoverDns) target(role RegionRole) FailoverTarget {
	if role == RolePrimary {
		return d.props.Primary
	}
	return d.props.Secondary
}

func (d *failoverDns) policy() RoutingPolicy { return cmp.Or(d.props.Routing, RoutingFailover) }

// newRecordCheck is healthy while the Region can serve and nobody asked its
// peer to take over.
func (d *failoverDns) newRecordCheck(role RegionRole) {
	peer := role.Peer()
	d.takeoverChecks[role] = d.newEndpointCheck("NoTakeover", peer, d.target(peer).SwitchCheckPath(), d.timing().ofSwitch(), true)
	d.recordChecks[role] = d.newCheck("Check", role, "serves", &awsroute53.CfnHealthCheck_HealthCheckConfigProperty{
		Type:              jsii.String("CALCULATED"),
		ChildHealthChecks: &[]*string{healthCheckIDOf(d.endpointChecks[role]), healthCheckIDOf(d.takeoverChecks[role])},
		HealthThreshold:   jsii.Number(2),
	})
}

// newReachableCheck is healthy while the Region accepts connections, whatever it
// answers. Its timing is the same in every posture: see limits.StandbyThreshold.
func (d *failoverDns) newReachableCheck(role RegionRole) awsroute53.IHealthCheck {
	return d.newCheck("Reachable", role, "accepts connections", &awsroute53.CfnHealthCheck_HealthCheckConfigProperty{
		Type:                     jsii.String("TCP"),
		FullyQualifiedDomainName: new(d.target(role).HealthDomainName()),
		Port:                     jsii.Number(443),
		RequestInterval:          number(limits.StandbyInterval),
		FailureThreshold:         number(limits.StandbyThreshold),
		Regions:                  d.checkerRegions(nil),
	})
}

func (d *failoverDns) newEndpointCheck(name string, role RegionRole, path string, timing checkTiming, inverted bool) awsroute53.IHealthCheck {
	config := &awsroute53.CfnHealthCheck_HealthCheckConfigProperty{
		Type:                     jsii.String("HTTPS"),
		FullyQualifiedDomainName: new(d.target(role).HealthDomainName()),
		Port:                     jsii.Number(443),
		ResourcePath:             &path,
		EnableSni:                jsii.Bool(true),
		RequestInterval:          number(timing.interval),
		FailureThreshold:         number(timing.threshold),
		MeasureLatency:           &d.props.MeasureLatency,
		Regions:                  d.checkerRegions(timing.regions),
	}
	purpose := "endpoint"
	if inverted {
		config.Inverted = jsii.Bool(true)
		purpose = "switch (inverted)"
	}
	return d.newCheck(name, role, purpose, config)
}

func (d *failoverDns) newCheck(name string, role RegionRole, purpose string, config *awsroute53.CfnHealthCheck_HealthCheckConfigProperty) awsroute53.IHealthCheck {
	id := regionPrefix(role) + name
	check := awsroute53.NewCfnHealthCheck(d, &id, &awsroute53.CfnHealthCheckProps{
		HealthCheckConfig: config,
		HealthCheckTags: &[]*awsroute53.CfnHealthCheck_HealthCheckTagProperty{{
			Key:   jsii.String("Name"),
			Value: jsii.String(d.props.Pair.DomainName() + " " + string(role) + " " + purpose),
		}},
	})
	checkID := check.AttrHealthCheckId()
	reference := awsroute53.HealthCheck_FromHealthCheckId(d, jsii.String(id+"Ref"), checkID)
	once(reference, "healthCheckId", func() *string { return checkID })
	return reference
}

// checkTiming is how often a checker asks, in seconds, how many answers in a row
// change its mind, and from where it asks.
type checkTiming struct {
	interval, threshold int
	// regions of the checkers, unless the props say others.
	// Default: those of the posture.
	regions []string
}

// timing of the checks that decide about a Region's record. The one on the
// standby's endpoint feeds an alarm only: it is always slow, and asked from few Regions.
func (d *failoverDns) timing() checkTiming {
	timing := checkTiming{interval: d.defaults.Interval, threshold: cmp.Or(d.props.FailureThreshold, d.defaults.Threshold)}
	if d.props.RequestInterval != nil {
		timing.interval = int(*d.props.RequestInterval.ToSeconds(nil))
	}
	return timing
}

func (t checkTiming) ofSwitch() checkTiming {
	interval, threshold := limits.SwitchTiming(t.interval, t.threshold)
	return checkTiming{interval: interval, threshold: threshold}
}

// checkerRegions are those of the props, or else of the check, or of the posture.
func (d *failoverDns) checkerRegions(own []string) *[]*string {
	for _, regions := range [][]string{d.props.CheckerRegions, own} {
		if len(regions) > 0 {
			return list(regions)
		}
	}
	return list(d.defaults.CheckerRegions)
}

// recordTypes: the target of a CNAME has addresses of both kinds when its API
// does, so that one record is enough.
func (d *failoverDns) recordTypes() []string {
	switch {
	case d.props.records() == RecordsCname:
		return []string{"CNAME"}
	case d.props.DualStack:
		return []string{"A", "AAAA"}
	}
	return []string{"A"}
}

func (d *failoverDns) newRecord(role RegionRole, recordType string) {
	target := d.target(role)
	props := d.routed(role, d.props.Pair.DomainName(), recordType)
	if recordType == "CNAME" {
		props.ResourceRecords = jsii.Strings(target.RegionalDomainName())
		props.Ttl = jsii.String(strconv.FormatFloat(d.ttl(), 'f', 0, 64))
	} else {
		props.AliasTarget = &awsroute53.CfnRecordSet_AliasTargetProperty{
			DnsName:      new(target.RegionalDomainName()),
			HostedZoneId: new(target.RegionalHostedZoneId()),
			// Route 53 refuses failover alias records without it.
			EvaluateTargetHealth: jsii.Bool(true),
		}
	}
	awsroute53.NewCfnRecordSet(d, jsii.String(regionPrefix(role)+"Record"+recordType), props)
}

// newDirectoryRecord tells clients that can repeat a request where the Regions
// are, and which of them serves. It follows the checks of the name itself.
func (d *failoverDns) newDirectoryRecord(role RegionRole) {
	props := d.routed(role, contract.DirectoryRecord(d.props.Pair.DomainName()), "TXT")
	// Texts of their own: each may have 255 bytes.
	props.ResourceRecords = jsii.Strings(fmt.Sprintf(`"%s serving=%s" " peer=%s"`,
		contract.DirectoryVersion, d.target(role).RegionalDomainName(), d.target(role.Peer()).RegionalDomainName()))
	props.Ttl = jsii.String(strconv.FormatFloat(d.ttl(), 'f', 0, 64))
	awsroute53.NewCfnRecordSet(d, jsii.String(regionPrefix(role)+"Directory"), props)
}

// routed are the properties that decide when a record is the answer.
func (d *failoverDns) routed(role RegionRole, name, recordType string) *awsroute53.CfnRecordSetProps {
	props := &awsroute53.CfnRecordSetProps{
		Name:          &name,
		Type:          &recordType,
		HostedZoneId:  hostedZoneIDOf(d.props.HostedZone),
		SetIdentifier: jsii.String(string(role)),
	}
	if check := d.recordChecks[role]; check != nil {
		props.HealthCheckId = healthCheckIDOf(check)
	}
	switch d.policy() {
	case RoutingFailover:
		props.Failover = jsii.String(strings.ToUpper(string(role)))
	case RoutingLatency:
		props.Region = new(d.target(role).Region())
	case RoutingWeighted:
		props.Weight = number(d.weight(role))
	}
	return props
}

func (d *failoverDns) weight(role RegionRole) int {
	weight := d.props.PrimaryWeight
	if role == RoleSecondary {
		weight = d.props.SecondaryWeight
	}
	if weight == nil {
		return 1
	}
	return *weight
}

func (d *failoverDns) ttl() float64 {
	if d.props.Ttl != nil {
		return *d.props.Ttl.ToSeconds(nil)
	}
	return float64(d.defaults.TTL)
}
