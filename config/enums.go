package config

import (
	"reflect"

	"github.com/regionpair/regionpair/config/internal/rule"
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
