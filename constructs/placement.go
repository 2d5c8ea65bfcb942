package regionpair

import (
	"github.com/aws/constructs-go/constructs/v10"
)

// member is what belongs to one Region of a pair.
type member interface {
	constructs.Construct
	Pair() *Pair
}

// placed refuses what belongs to another pair or is in the wrong Region of this
// one.
func (c *check) placed(pair *Pair, role RegionRole, m member) {
	if own := m.Pair(); !own.equals(pair) {
		c.refuse(true, "'%s' must belong to the pair %s, got one of %s", regionPrefix(role), pair, own)
		return
	}
	if region := regionOf(m); !isToken(region) {
		c.refuse(region != pair.Region(role), "'%s' must be in the %s Region '%s', got '%s'", regionPrefix(role), role, pair.Region(role), region)
	}
}

func (p *Pair) equals(other *Pair) bool {
	one, two := p.props, other.props
	return one.Name == two.Name && one.Account == two.Account && one.PrimaryRegion == two.PrimaryRegion && one.SecondaryRegion == two.SecondaryRegion && one.Swapped == two.Swapped
}

// String is the pair's name with its Regions.
func (p *Pair) String() string {
	return "'" + p.Name() + "' (" + p.Region(RolePrimary) + ", " + p.Region(RoleSecondary) + ")"
}
