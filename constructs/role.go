package regionpair

import "github.com/regionpair/regionpair/internal/contract"

// RegionRole says which of the two Regions a unit is. Its method Peer is the role of
// the other Region.
type RegionRole = contract.RegionRole

const (
	// RolePrimary serves all traffic while it is healthy and owns the
	// credentials of the machine clients.
	RolePrimary RegionRole = contract.RolePrimary
	// RoleSecondary is the standby: it serves when the primary does not, and
	// holds the switch that takes traffic over by hand.
	RoleSecondary RegionRole = contract.RoleSecondary
)

// Roles are both, the primary first.
func Roles() []RegionRole { return []RegionRole{RolePrimary, RoleSecondary} }

// regionPrefix starts the ids of what a construct defines for each Region.
func regionPrefix(role RegionRole) string {
	return map[RegionRole]string{RolePrimary: "Primary", RoleSecondary: "Secondary"}[role]
}
