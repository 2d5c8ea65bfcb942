package regionpair

// RegionRole says which of the two Regions a unit is.
type RegionRole string

const (
	// RolePrimary serves all traffic while it is healthy and owns the
	// credentials of the machine clients.
	RolePrimary RegionRole = "primary"
	// RoleSecondary is the standby: it serves when the primary does not, and
	// holds the switch that takes traffic over by hand.
	RoleSecondary RegionRole = "secondary"
)

// Roles are both, the primary first.
func Roles() []RegionRole { return []RegionRole{RolePrimary, RoleSecondary} }

// Peer is the role of the other Region.
func (r RegionRole) Peer() RegionRole {
	if r == RolePrimary {
		return RoleSecondary
	}
	return RolePrimary
}

// regionPrefix starts the ids of what a construct defines for each Region.
func regionPrefix(role RegionRole) string {
	return map[RegionRole]string{RolePrimary: "Primary", RoleSecondary: "Secondary"}[role]
}
