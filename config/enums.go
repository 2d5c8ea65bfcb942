package config

import (
	"reflect"

	"github.com/regionpair/regionpair/internal/rule"
)

// Removal is what happens to stateful resources when their stack is deleted.
type Removal string

// The removal policies.
const (
	// RemovalRetain keeps the resource and its data, and protects it against deletion.
	RemovalRetain Removal = "retain"
	// RemovalDestroy deletes the resource and its data.
	RemovalDestroy Removal = "destroy"
)

// Architecture is the processor architecture of the functions, in Lambda's spelling.
type Architecture string

// The architectures.
const (
	// ArchitectureARM64 is AWS Graviton.
	ArchitectureARM64 Architecture = "arm64"
	// ArchitectureX8664 is 64-bit x86.
	ArchitectureX8664 Architecture = "x86_64"
)

// HealthDepth is what the health endpoint looks at before it answers.
type HealthDepth string

// The depths of the health check.
const (
	// HealthStatic says that the API and the function answer.
	HealthStatic HealthDepth = "static"
	// HealthDependencies also probes bucket, key, token issuer and parameters.
	HealthDependencies HealthDepth = "dependencies"
	// HealthAPI also sends the requests of a client through the API's own front door.
	HealthAPI HealthDepth = "api"
)

// RoutingPolicy is how Route 53 distributes clients over the Regions.
type RoutingPolicy string

// The routing policies.
const (
	// RoutingFailover sends every client to the primary while it is healthy.
	RoutingFailover RoutingPolicy = "failover"
	// RoutingLatency sends each client to the Region that is nearest in latency.
	RoutingLatency RoutingPolicy = "latency"
	// RoutingWeighted distributes clients by the Regions' weights.
	RoutingWeighted RoutingPolicy = "weighted"
)

// RegionRole is the part that a Region plays in the pair.
type RegionRole string

// The two roles.
const (
	// Primary is the Region that serves while it is healthy.
	Primary RegionRole = "primary"
	// Secondary is the standby Region.
	Secondary RegionRole = "secondary"
)

// Peer returns the other role.
func (r RegionRole) Peer() RegionRole {
	if r == Primary {
		return Secondary
	}
	return Primary
}

// AlarmNames returns the names of the alarms that [Alarms.Tuning] changes.
func AlarmNames() []string {
	field, _ := reflect.TypeFor[Alarms]().FieldByName("Tuning")
	return rule.Of(field).KeyEnum
}

// Posture is a set of defaults: how soon a failed Region is noticed, and what noticing costs.
type Posture string

// The postures.
const (
	// PostureStandard notices a crash within 35 s.
	PostureStandard Posture = "standard"
	// PostureFast notices it within 25 s.
	PostureFast Posture = "fast"
	// PostureEconomy notices it within 65 s, and costs least.
	PostureEconomy Posture = "economy"
)

// RecordKind is which records point the domain name at the Regions.
type RecordKind string

// The kinds of records.
const (
	// RecordsCNAME are CNAME records with a TTL of their own.
	RecordsCNAME RecordKind = "cname"
	// RecordsAlias are alias records, whose TTL AWS fixes.
	RecordsAlias RecordKind = "alias"
)

// AlarmSet is which alarms there are.
type AlarmSet string

// The sets of alarms.
const (
	// AlarmsAll are all alarms.
	AlarmsAll AlarmSet = "all"
	// AlarmsEssential are those of which each tells that clients suffer, that data is at risk or that a failover would fail.
	AlarmsEssential AlarmSet = "essential"
)

// TableConsistency is what a write to one replica of a table means for the other.
type TableConsistency string

// The consistencies.
const (
	// TableEventual replicates within about a second; the last writer wins.
	TableEventual TableConsistency = "eventual"
	// TableStrong acknowledges a write when another Region has it.
	TableStrong TableConsistency = "strong"
)

// ObjectDurability is when the bundled objects function acknowledges a write.
type ObjectDurability string

// The durabilities.
const (
	// DurabilityAsync acknowledges a write that its own Region has.
	DurabilityAsync ObjectDurability = "async"
	// DurabilitySync acknowledges a write that both Regions have.
	DurabilitySync ObjectDurability = "sync"
)

// PeerDownMode is what happens to a write that only one Region's bucket takes.
type PeerDownMode string

// The modes.
const (
	// PeerDownAccept acknowledges it and says so.
	PeerDownAccept PeerDownMode = "accept"
	// PeerDownRefuse refuses it.
	PeerDownRefuse PeerDownMode = "refuse"
)

// TableStream is what a stream of changes holds of each.
type TableStream string

// The contents of streams.
const (
	// StreamKeysOnly is the key of the item.
	StreamKeysOnly TableStream = "keys-only"
	// StreamNewImage is the item after the change.
	StreamNewImage TableStream = "new-image"
	// StreamOldImage is the item before the change.
	StreamOldImage TableStream = "old-image"
	// StreamBothImages is the item before and after the change.
	StreamBothImages TableStream = "new-and-old-images"
)

// AttributeType is the type of an attribute in a key.
type AttributeType string

// The types.
const (
	// AttributeString is a text.
	AttributeString AttributeType = "string"
	// AttributeNumber is a number.
	AttributeNumber AttributeType = "number"
	// AttributeBinary is a sequence of bytes.
	AttributeBinary AttributeType = "binary"
)

// TableBilling is how a table's reads and writes are paid for.
type TableBilling string

// The ways.
const (
	// BillingOnDemand is by request.
	BillingOnDemand TableBilling = "on-demand"
	// BillingProvisioned is for capacity that scales by itself.
	BillingProvisioned TableBilling = "provisioned"
)

// FailbackMode is who lets a primary that has failed serve again.
type FailbackMode string

// The modes of failback.
const (
	// FailbackAuto leaves it to Route 53.
	FailbackAuto FailbackMode = "auto"
	// FailbackGuarded waits until the primary is fit.
	FailbackGuarded FailbackMode = "guarded"
	// FailbackManual waits for a person.
	FailbackManual FailbackMode = "manual"
)
