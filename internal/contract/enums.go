package contract

// The enumerations below are written in a configuration, passed to constructs and
// read by functions, so that they are declared once, here. Packages config and
// constructs export them under the same names for their importers.

// RegionRole is the part that a Region plays in a pair.
type RegionRole string

// The roles.
const (
	RolePrimary   RegionRole = "primary"
	RoleSecondary RegionRole = "secondary"
)

// Peer is the role of the other Region.
func (r RegionRole) Peer() RegionRole {
	if r == RolePrimary {
		return RoleSecondary
	}
	return RolePrimary
}

// Posture is a set of defaults: how soon a failed Region is noticed, and what
// noticing costs.
type Posture string

// The postures.
const (
	PostureStandard Posture = "standard"
	PostureFast     Posture = "fast"
	PostureEconomy  Posture = "economy"
)

// RoutingPolicy is how Route 53 chooses between the two Regions.
type RoutingPolicy string

// The routing policies.
const (
	RoutingFailover RoutingPolicy = "failover"
	RoutingLatency  RoutingPolicy = "latency"
	RoutingWeighted RoutingPolicy = "weighted"
)

// RecordKind is which records point a name at the Regions.
type RecordKind string

// The kinds of records.
const (
	RecordsCNAME RecordKind = "cname"
	RecordsAlias RecordKind = "alias"
)

// HealthDepth is how much a health check looks at.
type HealthDepth string

// The depths.
const (
	HealthStatic       HealthDepth = "static"
	HealthDependencies HealthDepth = "dependencies"
	HealthAPI          HealthDepth = "api"
)

// FailbackMode is who lets a primary that has failed serve again.
type FailbackMode string

// The modes of failback.
const (
	FailbackAuto    FailbackMode = "auto"
	FailbackGuarded FailbackMode = "guarded"
	FailbackManual  FailbackMode = "manual"
)

// ObjectDurability is when the bundled object API acknowledges a write.
type ObjectDurability string

// The durabilities.
const (
	DurabilityAsync ObjectDurability = "async"
	DurabilitySync  ObjectDurability = "sync"
)

// PeerDownMode is what happens to a synchronous write that only one Region's bucket
// takes.
type PeerDownMode string

// The modes.
const (
	PeerDownAccept PeerDownMode = "accept"
	PeerDownRefuse PeerDownMode = "refuse"
)

// TableConsistency is what a write to one replica of a table means for the other.
type TableConsistency string

// The consistencies.
const (
	TableEventual TableConsistency = "eventual"
	TableStrong   TableConsistency = "strong"
)
