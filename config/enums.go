package config

import (
	"reflect"

	"github.com/regionpair/regionpair/internal/contract"
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
type HealthDepth = contract.HealthDepth

// The depths of the health check.
const (
	// HealthStatic says that the API and the function answer.
	HealthStatic HealthDepth = contract.HealthStatic
	// HealthDependencies also probes bucket, key, token issuer and parameters.
	HealthDependencies HealthDepth = contract.HealthDependencies
	// HealthAPI also sends the requests of a client through the API's own front door.
	HealthAPI HealthDepth = contract.HealthAPI
)

// RoutingPolicy is how Route 53 distributes clients over the Regions.
type RoutingPolicy = contract.RoutingPolicy

// The routing policies.
const (
	// RoutingFailover sends every client to the primary while it is healthy.
	RoutingFailover RoutingPolicy = contract.RoutingFailover
	// RoutingLatency sends each client to the Region that is nearest in latency.
	RoutingLatency RoutingPolicy = contract.RoutingLatency
	// RoutingWeighted distributes clients by the Regions' weights.
	RoutingWeighted RoutingPolicy = contract.RoutingWeighted
)

// RegionRole is the part that a Region plays in the pair. Its method Peer returns the other role.
type RegionRole = contract.RegionRole

// The two roles.
const (
	// Primary is the Region that serves while it is healthy.
	Primary RegionRole = contract.RolePrimary
	// Secondary is the standby Region.
	Secondary RegionRole = contract.RoleSecondary
)

// AlarmNames returns the names of the alarms that [Alarms.Tuning] changes.
func AlarmNames() []string {
	field, _ := reflect.TypeFor[Alarms]().FieldByName("Tuning")
	return rule.Of(field).KeyEnum
}

// Posture is a set of defaults: how soon a failed Region is noticed, and what noticing costs.
type Posture = contract.Posture

// The postures.
const (
	// PostureStandard notices a crash within 35 s.
	PostureStandard Posture = contract.PostureStandard
	// PostureFast notices it within 25 s.
	PostureFast Posture = contract.PostureFast
	// PostureEconomy notices it within 65 s, and costs least.
	PostureEconomy Posture = contract.PostureEconomy
)

// RecordKind is which records point the domain name at the Regions.
type RecordKind = contract.RecordKind

// The kinds of records.
const (
	// RecordsCNAME are CNAME records with a TTL of their own.
	RecordsCNAME RecordKind = contract.RecordsCNAME
	// RecordsAlias are alias records, whose TTL AWS fixes.
	RecordsAlias RecordKind = contract.RecordsAlias
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
type TableConsistency = contract.TableConsistency

// The consistencies.
const (
	// TableEventual replicates within about a second; the last writer wins.
	TableEventual TableConsistency = contract.TableEventual
	// TableStrong acknowledges a write when another Region has it.
	TableStrong TableConsistency = contract.TableStrong
)

// ObjectDurability is when the bundled objects function acknowledges a write.
type ObjectDurability = contract.ObjectDurability

// The durabilities.
const (
	// DurabilityAsync acknowledges a write that its own Region has.
	DurabilityAsync ObjectDurability = contract.DurabilityAsync
	// DurabilitySync acknowledges a write that both Regions have.
	DurabilitySync ObjectDurability = contract.DurabilitySync
)

// PeerDownMode is what happens to a write that only one Region's bucket takes.
type PeerDownMode = contract.PeerDownMode

// The modes.
const (
	// PeerDownAccept acknowledges it and says so.
	PeerDownAccept PeerDownMode = contract.PeerDownAccept
	// PeerDownRefuse refuses it.
	PeerDownRefuse PeerDownMode = contract.PeerDownRefuse
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
type FailbackMode = contract.FailbackMode

// The modes of failback.
const (
	// FailbackAuto leaves it to Route 53.
	FailbackAuto FailbackMode = contract.FailbackAuto
	// FailbackGuarded waits until the primary is fit.
	FailbackGuarded FailbackMode = contract.FailbackGuarded
	// FailbackManual waits for a person.
	FailbackManual FailbackMode = contract.FailbackManual
)
