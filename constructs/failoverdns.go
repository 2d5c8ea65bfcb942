package regionpair

import (
	"fmt"
	"iter"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsroute53"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/internal/limits"
)

// RoutingPolicy says how Route 53 chooses between the two Regions.
type RoutingPolicy string

const (
	// RoutingFailover sends everyone to the primary while it is healthy.
	RoutingFailover RoutingPolicy = "failover"
	// RoutingLatency sends everyone to the nearer healthy Region.
	RoutingLatency RoutingPolicy = "latency"
	// RoutingWeighted splits by weight among the healthy Regions.
	RoutingWeighted RoutingPolicy = "weighted"
)

// RecordKind says which records point a name at the Regions.
type RecordKind string

const (
	// RecordsCname lets resolvers keep an answer for as long as the TTL says.
	// DNS allows it at any name but the hosted zone's own.
	RecordsCname RecordKind = "cname"
	// RecordsAlias works at the hosted zone's own name, too, and its queries are
	// free. AWS decides how long an answer is kept: 60 s, as it documents for
	// load balancers.
	RecordsAlias RecordKind = "alias"
)

// FailoverDnsProps configures a [FailoverDns].
type FailoverDnsProps struct {
	// HostedZone of DomainName.
	// Required.
	HostedZone awsroute53.IHostedZone
	// DomainName that the records answer for.
	// Required.
	DomainName *string
	// Primary and Secondary Region: units of a pair, or other targets.
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
	PrimaryWeight, SecondaryWeight *float64
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
	DualStack *bool
	// RequestInterval of each checker.
	// Default: 10 seconds, 30 with PostureEconomy. Allowed: 10 or 30 seconds.
	RequestInterval awscdk.Duration
	// FailureThreshold is the number of answers in a row that change a
	// checker's mind, in both directions.
	// Default: 3, and 2 with PostureFast and PostureEconomy. Allowed: 1 to 10.
	FailureThreshold *float64
	// CheckerRegions from which Route 53 asks.
	// Default: all eight; us-east-1, eu-west-1 and ap-southeast-1 with
	// PostureEconomy. Allowed: at least three of them.
	CheckerRegions *[]*string
	// MeasureLatency records how long the checkers wait.
	// Default: false.
	MeasureLatency *bool
}

// FailoverDns points one name at two Regions: records, and the health checks
// that decide between them.
//
// With failover routing the primary's check is calculated from two: its health
// endpoint answers, and the standby's switch is off. The switch is read in the
// standby, inverted, so that a failover by hand needs neither the failed Region
// nor Route 53's control plane. The secondary record has no check: a red one
// would send callers back to the dead primary.
//
// Beside the name, the TXT record "_regionpair.<name>" says where both Regions
// are: package client repeats a request that meets a fault in the other one.
type FailoverDns interface {
	constructs.Construct
	// EndpointCheck is the check on a Region's health endpoint.
	EndpointCheck(role RegionRole) awsroute53.IHealthCheck
	// RecordCheck decides about a Region's record; nil when nothing does.
	RecordCheck(role RegionRole) awsroute53.IHealthCheck
	// TakeoverCheck is unhealthy while the other Region's switch keeps clients
	// from the Region; nil when the Region's record has no check.
	TakeoverCheck(role RegionRole) awsroute53.IHealthCheck
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

// NewFailoverDns defines health checks and records.
func NewFailoverDns(scope constructs.Construct, id *string, props *FailoverDnsProps) FailoverDns {
	mustBeCompleteDns(props)
	d := &failoverDns{
		props: props, defaults: props.Posture.values("FailoverDns"),
		endpointChecks: map[RegionRole]awsroute53.IHealthCheck{},
		recordChecks:   map[RegionRole]awsroute53.IHealthCheck{},
		takeoverChecks: map[RegionRole]awsroute53.IHealthCheck{},
	}
	constructs.NewConstruct_Override(d, scope, id)

	for role, target := range d.targets() {
		d.endpointChecks[role] = d.newEndpointCheck("Endpoint", role, target.HealthCheckPath(), false)
	}
	d.newRecordCheck(RolePrimary)
	if d.policy() != RoutingFailover {
		d.newRecordCheck(RoleSecondary)
	}
	for role := range d.targets() {
		for _, recordType := range d.recordTypes() {
			d.newRecord(role, recordType)
		}
		d.newDirectoryRecord(role)
	}
	return d
}

// targets in the order in which they are defined.
func (d *failoverDns) targets() iter.Seq2[RegionRole, FailoverTarget] {
	return func(yield func(RegionRole, FailoverTarget) bool) {
		_ = yield(RolePrimary, d.props.Primary) && yield(RoleSecondary, d.props.Secondary)
	}
}

func (d *failoverDns) target(role RegionRole) FailoverTarget {
	if role == RolePrimary {
		return d.props.Primary
	}
	return d.props.Secondary
}

func mustBeCompleteDns(props *FailoverDnsProps) {
	required("FailoverDns", "HostedZone", props == nil || props.HostedZone == nil)
	required("FailoverDns", "DomainName", props.DomainName == nil)
	required("FailoverDns", "Primary", props.Primary == nil)
	required("FailoverDns", "Secondary", props.Secondary == nil)
	if props.RequestInterval != nil {
		if interval := *props.RequestInterval.ToSeconds(nil); interval != 10 && interval != 30 {
			misuse("FailoverDns 'RequestInterval' must be 10 or 30 seconds, got %v", interval)
		}
	}
	if threshold := *orNumber(props.FailureThreshold, 3); threshold < 1 || threshold > 10 {
		misuse("FailoverDns 'FailureThreshold' must be from 1 to 10, got %v", threshold)
	}
	mustBeInZone("FailoverDns", props.DomainName, props.HostedZone)
	props.mustRouteSoundly()
	props.mustHaveSoundRecords()
	props.mustHaveTwoRegions()
}

// mustHaveTwoRegions checks what targets know of each other.
func (p *FailoverDnsProps) mustHaveTwoRegions() {
	primary, isUnit := p.Primary.(RegionUnit)
	secondary, isUnitToo := p.Secondary.(RegionUnit)
	if isUnit && isUnitToo {
		mustBeOnePair("FailoverDns", primary, secondary)
	}
	for role, target := range map[RegionRole]FailoverTarget{RolePrimary: p.Primary, RoleSecondary: p.Secondary} {
		unit, isUnit := target.(RegionUnit)
		if !isUnit {
			continue
		}
		if unit.Role() != role {
			misuse("FailoverDns needs units with the roles 'primary' and 'secondary' in these places, got '%s' as the %s", unit.Role(), role)
		}
		if name := unit.unit().props.DomainName; *name != *p.DomainName {
			misuse("FailoverDns 'DomainName' must be that of the units, '%s', got '%s'", *name, *p.DomainName)
		}
	}
	if one, other := p.Primary.Region(), p.Secondary.Region(); *one == *other && !*awscdk.Token_IsUnresolved(one) {
		misuse("FailoverDns needs targets in two Regions, got '%s' twice", *one)
	}
}

func (p *FailoverDnsProps) mustHaveSoundRecords() {
	atApex := *p.DomainName == *p.HostedZone.ZoneName()
	switch p.Records {
	case "", RecordsCname, RecordsAlias:
	default:
		misuse("FailoverDns 'Records' must be 'cname' or 'alias', got '%s'", p.Records)
	}
	if p.Records == RecordsCname && atApex {
		misuse("FailoverDns 'Records' must be 'alias' for '%s', the hosted zone's own name: DNS allows no CNAME there", *p.DomainName)
	}
	if p.records() == RecordsAlias {
		if p.Ttl != nil {
			misuse("FailoverDns 'Ttl' has no meaning for alias records: AWS decides how long resolvers keep them")
		}
		for name, target := range map[string]FailoverTarget{"Primary": p.Primary, "Secondary": p.Secondary} {
			required("FailoverDns with alias records", name+"' with 'RegionalHostedZoneId", target.RegionalHostedZoneId() == nil)
		}
		return
	}
	if p.Ttl != nil {
		if ttl := *p.Ttl.ToSeconds(nil); ttl < 1 || ttl > 300 {
			misuse("FailoverDns 'Ttl' must be 1 second to 5 minutes, got %v seconds", ttl)
		}
	}
}

// records are aliases where DNS allows nothing else.
func (p *FailoverDnsProps) records() RecordKind {
	if p.Records == "" && *p.DomainName == *p.HostedZone.ZoneName() {
		return RecordsAlias
	}
	if p.Records == "" {
		return RecordsCname
	}
	return p.Records
}

// mustRouteSoundly checks what only some policies know, and what Route 53 limits.
func (p *FailoverDnsProps) mustRouteSoundly() {
	weights := map[string]*float64{"PrimaryWeight": p.PrimaryWeight, "SecondaryWeight": p.SecondaryWeight}
	for name, weight := range weights {
		switch {
		case weight == nil:
		case p.Routing != RoutingWeighted:
			misuse("FailoverDns '%s' has no meaning without 'Routing' RoutingWeighted", name)
		case *weight < 0 || *weight > 255 || *weight != math.Trunc(*weight):
			misuse("FailoverDns '%s' must be a whole number from 0 to 255, got %v", name, *weight)
		}
	}
	if p.Routing == RoutingWeighted && *orNumber(p.PrimaryWeight, 1) == 0 && *orNumber(p.SecondaryWeight, 1) == 0 {
		misuse("FailoverDns needs a weight above 0 in one Region, got 0 for both")
	}
	if p.CheckerRegions == nil {
		return
	}
	if found := len(*p.CheckerRegions); found < limits.MinCheckerRegions {
		misuse("FailoverDns 'CheckerRegions' must be at least %d Regions, got %d", limits.MinCheckerRegions, found)
	}
	for _, region := range *p.CheckerRegions {
		if !slices.Contains(limits.CheckerRegions(), *region) {
			misuse("FailoverDns 'CheckerRegions' must be among %v, got '%s'", limits.CheckerRegions(), *region)
		}
	}
}

func (d *failoverDns) policy() RoutingPolicy {
	switch d.props.Routing {
	case "":
		return RoutingFailover
	case RoutingFailover, RoutingLatency, RoutingWeighted:
		return d.props.Routing
	}
	misuse("FailoverDns 'Routing' must be 'failover', 'latency' or 'weighted', got '%s'", d.props.Routing)
	return ""
}

// newRecordCheck is healthy while the Region can serve and nobody asked its
// peer to take over.
func (d *failoverDns) newRecordCheck(role RegionRole) {
	peer := role.peer()
	d.takeoverChecks[role] = d.newEndpointCheck("NoTakeover", peer, d.target(peer).SwitchCheckPath(), true)
	d.recordChecks[role] = d.newCheck("Check", role, "serves", &awsroute53.CfnHealthCheck_HealthCheckConfigProperty{
		Type:              jsii.String("CALCULATED"),
		ChildHealthChecks: &[]*string{d.endpointChecks[role].HealthCheckId(), d.takeoverChecks[role].HealthCheckId()},
		HealthThreshold:   jsii.Number(2),
	})
}

func (d *failoverDns) newEndpointCheck(name string, role RegionRole, path *string, inverted bool) awsroute53.IHealthCheck {
	config := &awsroute53.CfnHealthCheck_HealthCheckConfigProperty{
		Type:                     jsii.String("HTTPS"),
		FullyQualifiedDomainName: d.target(role).HealthDomainName(),
		Port:                     jsii.Number(443),
		ResourcePath:             path,
		EnableSni:                jsii.Bool(true),
		RequestInterval:          d.interval(),
		FailureThreshold:         orNumber(d.props.FailureThreshold, float64(d.defaults.Threshold)),
		MeasureLatency:           jsii.Bool(isTrue(d.props.MeasureLatency)),
		Regions:                  d.checkerRegions(),
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
			Value: jsii.String(*d.props.DomainName + " " + string(role) + " " + purpose),
		}},
	})
	return awsroute53.HealthCheck_FromHealthCheckId(d, jsii.String(id+"Ref"), check.AttrHealthCheckId())
}

func (d *failoverDns) interval() *float64 {
	if d.props.RequestInterval != nil {
		return d.props.RequestInterval.ToSeconds(nil)
	}
	return jsii.Number(d.defaults.Interval)
}

func (d *failoverDns) checkerRegions() *[]*string {
	if d.props.CheckerRegions != nil || d.defaults.CheckerRegions == nil {
		return d.props.CheckerRegions
	}
	return jsii.Strings(d.defaults.CheckerRegions...)
}

// recordTypes: the target of a CNAME has addresses of both kinds when its API
// does, so that one record is enough.
func (d *failoverDns) recordTypes() []string {
	switch {
	case d.props.records() == RecordsCname:
		return []string{"CNAME"}
	case isTrue(d.props.DualStack):
		return []string{"A", "AAAA"}
	}
	return []string{"A"}
}

func (d *failoverDns) newRecord(role RegionRole, recordType string) {
	target := d.target(role)
	props := d.routed(role, *d.props.DomainName, recordType)
	if recordType == "CNAME" {
		props.ResourceRecords = &[]*string{target.RegionalDomainName()}
		props.Ttl = jsii.String(strconv.FormatFloat(d.ttl(), 'f', 0, 64))
	} else {
		props.AliasTarget = &awsroute53.CfnRecordSet_AliasTargetProperty{
			DnsName:      target.RegionalDomainName(),
			HostedZoneId: target.RegionalHostedZoneId(),
			// Route 53 refuses failover alias records without it.
			EvaluateTargetHealth: jsii.Bool(true),
		}
	}
	awsroute53.NewCfnRecordSet(d, jsii.String(regionPrefix(role)+"Record"+recordType), props)
}

// newDirectoryRecord tells clients that can repeat a request where the Regions
// are, and which of them serves. It follows the checks of the name itself.
func (d *failoverDns) newDirectoryRecord(role RegionRole) {
	props := d.routed(role, contract.DirectoryRecord(*d.props.DomainName), "TXT")
	// Texts of their own: each may have 255 bytes.
	props.ResourceRecords = &[]*string{jsii.String(fmt.Sprintf(`"%s serving=%s" " peer=%s"`,
		contract.DirectoryVersion, *d.target(role).RegionalDomainName(), *d.target(role.peer()).RegionalDomainName()))}
	props.Ttl = jsii.String(strconv.FormatFloat(d.ttl(), 'f', 0, 64))
	awsroute53.NewCfnRecordSet(d, jsii.String(regionPrefix(role)+"Directory"), props)
}

// routed are the properties that decide when a record is the answer.
func (d *failoverDns) routed(role RegionRole, name, recordType string) *awsroute53.CfnRecordSetProps {
	props := &awsroute53.CfnRecordSetProps{
		Name:          &name,
		Type:          &recordType,
		HostedZoneId:  d.props.HostedZone.HostedZoneId(),
		SetIdentifier: jsii.String(string(role)),
	}
	if check := d.recordChecks[role]; check != nil {
		props.HealthCheckId = check.HealthCheckId()
	}
	switch d.policy() {
	case RoutingFailover:
		props.Failover = jsii.String(strings.ToUpper(string(role)))
	case RoutingLatency:
		props.Region = d.target(role).Region()
	case RoutingWeighted:
		props.Weight = orNumber(map[RegionRole]*float64{RolePrimary: d.props.PrimaryWeight, RoleSecondary: d.props.SecondaryWeight}[role], 1)
	}
	return props
}

func (d *failoverDns) ttl() float64 {
	if d.props.Ttl != nil {
		return *d.props.Ttl.ToSeconds(nil)
	}
	return float64(d.defaults.TTL)
}
