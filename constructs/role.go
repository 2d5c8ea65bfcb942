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

func (r RegionRole) mustBeValid() {
	if r != RolePrimary && r != RoleSecondary {
		misuse("'Role' must be RolePrimary or RoleSecondary, got '%s'", r)
	}
}
