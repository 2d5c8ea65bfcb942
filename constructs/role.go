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

func (r RegionRole) peer() RegionRole {
	if r == RolePrimary {
		return RoleSecondary
	}
	return RolePrimary
}

// regionPrefix starts the ids of what a construct defines for each Region.
func regionPrefix(role RegionRole) string {
	return map[RegionRole]string{RolePrimary: "Primary", RoleSecondary: "Secondary"}[role]
}

// mustBeOnePair refuses units that do not belong together.
func mustBeOnePair(construct string, primary, secondary RegionUnit) {
	one, other := primary.unit().props, secondary.unit().props
	switch {
	case *one.PairName != *other.PairName:
		misuse("%s needs two units of one pair, got '%s' and '%s'", construct, *one.PairName, *other.PairName)
	case *one.PeerRegion != *secondary.Region() || *other.PeerRegion != *primary.Region():
		misuse("%s needs two units that are each other's peer, got one in '%s' with 'PeerRegion' '%s' and one in '%s' with '%s'",
			construct, *primary.Region(), *one.PeerRegion, *secondary.Region(), *other.PeerRegion)
	}
}
