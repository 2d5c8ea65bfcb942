package regionpair

import (
	"math"
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsroute53"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

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

// FailoverDnsProps configures a [FailoverDns].
type FailoverDnsProps struct {
	// HostedZone of DomainName.
	// Required.
	HostedZone awsroute53.IHostedZone
	// DomainName that the records answer for.
	// Required.
	DomainName *string
	// Primary Region's unit.
	// Required.
	Primary RegionUnit
	// Secondary Region's unit.
	// Required.
	Secondary RegionUnit
	// Routing policy.
	// Default: RoutingFailover.
	Routing RoutingPolicy
	// PrimaryWeight and SecondaryWeight for RoutingWeighted.
	// Default: 1 each. Allowed: 0 to 255.
	PrimaryWeight, SecondaryWeight *float64
	// DualStack adds AAAA records.
	// Default: false.
	DualStack *bool
	// RequestInterval of each checker.
	// Default: 10 seconds. Allowed: 10 or 30 seconds.
	RequestInterval awscdk.Duration
	// FailureThreshold is the number of answers in a row that change a
	// checker's mind, in both directions.
	// Default: 3. Allowed: 1 to 10.
	FailureThreshold *float64
	// CheckerRegions from which Route 53 asks.
	// Default: all eight. Allowed: at least three of them.
	CheckerRegions *[]*string
	// MeasureLatency records how long the checkers wait.
	// Default: false.
	MeasureLatency *bool
}

// FailoverDns points one name at two Regions: alias records, and the health
// checks that decide between them.
//
// With failover routing the primary's check is calculated from two: its health
// endpoint answers, and the standby's switch is off. The switch is read in the
// standby, inverted, so that a failover by hand needs neither the failed Region
// nor Route 53's control plane. The secondary record has no check: a red one
// would send callers back to the dead primary.
type FailoverDns interface {
	constructs.Construct
	// EndpointCheckId of the check on a Region's health endpoint.
	EndpointCheckId(role RegionRole) *string
	// RecordCheckId of the check on a Region's record; nil when it has none.
	RecordCheckId(role RegionRole) *string
}

type failoverDns struct {
	constructs.Construct
	props          *FailoverDnsProps
	endpointChecks map[RegionRole]*string
	recordChecks   map[RegionRole]*string
}

func (d *failoverDns) EndpointCheckId(role RegionRole) *string { return d.endpointChecks[role] }

func (d *failoverDns) RecordCheckId(role RegionRole) *string { return d.recordChecks[role] }

// NewFailoverDns defines health checks and records.
func NewFailoverDns(scope constructs.Construct, id *string, props *FailoverDnsProps) FailoverDns {
	mustBeCompleteDns(props)
	d := &failoverDns{props: props, endpointChecks: map[RegionRole]*string{}, recordChecks: map[RegionRole]*string{}}
	constructs.NewConstruct_Override(d, scope, id)

	for _, unit := range []RegionUnit{props.Primary, props.Secondary} {
		d.endpointChecks[unit.Role()] = d.newEndpointCheck("Endpoint", unit, unit.Health().CheckerHealthPath(), false)
	}
	d.recordChecks[RolePrimary] = d.newRecordCheck(props.Primary, props.Secondary)
	if d.policy() != RoutingFailover {
		d.recordChecks[RoleSecondary] = d.newRecordCheck(props.Secondary, props.Primary)
	}
	types := []string{"A"}
	if isTrue(props.DualStack) {
		types = append(types, "AAAA")
	}
	for _, unit := range []RegionUnit{props.Primary, props.Secondary} {
		for _, recordType := range types {
			d.newRecord(unit, recordType)
		}
	}
	return d
}

func mustBeCompleteDns(props *FailoverDnsProps) {
	required("FailoverDns", "HostedZone", props == nil || props.HostedZone == nil)
	required("FailoverDns", "DomainName", props.DomainName == nil)
	required("FailoverDns", "Primary", props.Primary == nil)
	required("FailoverDns", "Secondary", props.Secondary == nil)
	if props.Primary.Role() != RolePrimary || props.Secondary.Role() != RoleSecondary {
		misuse("FailoverDns needs units with the roles 'primary' and 'secondary', got '%s' and '%s'", props.Primary.Role(), props.Secondary.Role())
	}
	if interval := props.interval(); interval != 10 && interval != 30 {
		misuse("FailoverDns 'RequestInterval' must be 10 or 30 seconds, got %v", interval)
	}
	if threshold := *orNumber(props.FailureThreshold, 3); threshold < 1 || threshold > 10 {
		misuse("FailoverDns 'FailureThreshold' must be from 1 to 10, got %v", threshold)
	}
	mustBeInZone("FailoverDns", props.DomainName, props.HostedZone)
	props.mustRouteSoundly()
	mustBeOnePair("FailoverDns", props.Primary, props.Secondary)
	for _, unit := range []RegionUnit{props.Primary, props.Secondary} {
		if name := unit.(*regionUnit).props.DomainName; *name != *props.DomainName {
			misuse("FailoverDns 'DomainName' must be that of the units, '%s', got '%s'", *name, *props.DomainName)
		}
	}
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

func (p *FailoverDnsProps) interval() float64 {
	if p.RequestInterval == nil {
		return 10
	}
	return *p.RequestInterval.ToSeconds(nil)
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

// newRecordCheck is healthy while the unit can serve and nobody asked its peer
// to take over.
func (d *failoverDns) newRecordCheck(unit, peer RegionUnit) *string {
	noTakeover := d.newEndpointCheck("NoTakeover", peer, peer.Health().CheckerSwitchPath(), true)
	check := awsroute53.NewCfnHealthCheck(d, d.id(unit, "Check"), &awsroute53.CfnHealthCheckProps{
		HealthCheckConfig: &awsroute53.CfnHealthCheck_HealthCheckConfigProperty{
			Type:              jsii.String("CALCULATED"),
			ChildHealthChecks: &[]*string{d.endpointChecks[unit.Role()], noTakeover},
			HealthThreshold:   jsii.Number(2),
		},
		HealthCheckTags: d.nameTag(unit, "serves"),
	})
	return check.AttrHealthCheckId()
}

func (d *failoverDns) newEndpointCheck(name string, unit RegionUnit, path *string, inverted bool) *string {
	config := &awsroute53.CfnHealthCheck_HealthCheckConfigProperty{
		Type:                     jsii.String("HTTPS"),
		FullyQualifiedDomainName: unit.Health().DomainName(),
		Port:                     jsii.Number(443),
		ResourcePath:             path,
		EnableSni:                jsii.Bool(true),
		RequestInterval:          jsii.Number(d.props.interval()),
		FailureThreshold:         orNumber(d.props.FailureThreshold, 3),
		MeasureLatency:           jsii.Bool(isTrue(d.props.MeasureLatency)),
		Regions:                  d.props.CheckerRegions,
	}
	purpose := "endpoint"
	if inverted {
		config.Inverted = jsii.Bool(true)
		purpose = "switch (inverted)"
	}
	check := awsroute53.NewCfnHealthCheck(d, d.id(unit, name), &awsroute53.CfnHealthCheckProps{
		HealthCheckConfig: config,
		HealthCheckTags:   d.nameTag(unit, purpose),
	})
	return check.AttrHealthCheckId()
}

func (d *failoverDns) newRecord(unit RegionUnit, recordType string) {
	props := &awsroute53.CfnRecordSetProps{
		Name:          d.props.DomainName,
		Type:          jsii.String(recordType),
		HostedZoneId:  d.props.HostedZone.HostedZoneId(),
		SetIdentifier: jsii.String(string(unit.Role())),
		HealthCheckId: d.recordChecks[unit.Role()],
		AliasTarget: &awsroute53.CfnRecordSet_AliasTargetProperty{
			DnsName:      unit.Api().RegionalDomainName(),
			HostedZoneId: unit.Api().RegionalHostedZoneId(),
			// Route 53 refuses failover alias records without it.
			EvaluateTargetHealth: jsii.Bool(true),
		},
	}
	switch d.policy() {
	case RoutingFailover:
		props.Failover = jsii.String(map[RegionRole]string{RolePrimary: "PRIMARY", RoleSecondary: "SECONDARY"}[unit.Role()])
	case RoutingLatency:
		props.Region = unit.Region()
	case RoutingWeighted:
		props.Weight = orNumber(map[RegionRole]*float64{RolePrimary: d.props.PrimaryWeight, RoleSecondary: d.props.SecondaryWeight}[unit.Role()], 1)
	}
	awsroute53.NewCfnRecordSet(d, d.id(unit, "Record"+recordType), props)
}

func (d *failoverDns) id(unit RegionUnit, name string) *string {
	prefix := map[RegionRole]string{RolePrimary: "Primary", RoleSecondary: "Secondary"}[unit.Role()]
	return jsii.String(prefix + name)
}

func (d *failoverDns) nameTag(unit RegionUnit, purpose string) *[]*awsroute53.CfnHealthCheck_HealthCheckTagProperty {
	return &[]*awsroute53.CfnHealthCheck_HealthCheckTagProperty{{
		Key:   jsii.String("Name"),
		Value: jsii.String(*d.props.DomainName + " " + string(unit.Role()) + " " + purpose),
	}}
}
