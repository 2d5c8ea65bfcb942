package operate

import (
	"errors"
	"fmt"
	"time"

	"github.com/regionpair/regionpair/config"
	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/internal/failover"
	"github.com/regionpair/regionpair/internal/limits"
)

// Pair names what is operated.
type Pair struct {
	// Name of the pair, the first part of the names of everything it owns.
	Name string `json:"name"`
	// Primary and Standby are Regions.
	Primary string `json:"primary"`
	Standby string `json:"standby"`
	// Domain is the one name of the API.
	Domain string `json:"domain"`
	// Bound is how long a switch may take until the last client has moved.
	Bound time.Duration `json:"-"`
}

// switchAge is how long the health function may give out an old position of
// the switch.
const switchAge = 5 * time.Second

// NewPair names a pair without its configuration, with the bound of the
// posture "standard".
func NewPair(name, primary, standby, domain string) (Pair, error) {
	p := Pair{Name: name, Primary: primary, Standby: standby, Domain: domain}
	var problems []error
	for flag, value := range map[string]string{"--pair": name, "--primary": primary, "--standby": standby, "--domain": domain} {
		if value == "" {
			problems = append(problems, fmt.Errorf("%s is missing", flag))
		}
	}
	for flag, region := range map[string]string{"--primary": primary, "--standby": standby} {
		if region != "" && !knownRegion(region) {
			problems = append(problems, fmt.Errorf("%s must be an AWS Region such as eu-west-1, got %q", flag, region))
		}
	}
	if primary != "" && primary == standby {
		problems = append(problems, fmt.Errorf("--primary and --standby must be two Regions, got %q twice", primary))
	}
	values, _ := limits.Posture(contract.PostureStandard)
	p.Bound = boundOf(values.Interval, values.Threshold, values.TTL)
	return p, errors.Join(problems...)
}

// FromConfig names the pair of a configuration.
func FromConfig(c config.Config) Pair {
	ttl := c.Routing.TTLSeconds
	if c.Routing.Records == config.RecordsAlias {
		ttl = int(failover.AliasTTL.Seconds())
	}
	return Pair{
		Name: c.Name, Primary: c.PrimaryRegion, Standby: c.SecondaryRegion, Domain: c.DomainName,
		Bound: boundOf(c.Health.IntervalSeconds, c.Health.FailureThreshold, ttl),
	}
}

func boundOf(interval, threshold, ttl int) time.Duration {
	seconds := func(n int) time.Duration { return time.Duration(n) * time.Second }
	check := failover.Check{Interval: seconds(interval), Threshold: threshold}
	return switchAge + failover.Bound(check, 0, failover.DefaultAggregation, seconds(ttl))
}

// Roles of the Regions.
const (
	RolePrimary = "primary"
	RoleStandby = "standby"
)

// peer is the other Region.
func (p Pair) peer(region string) string {
	if region == p.Primary {
		return p.Standby
	}
	return p.Primary
}

func (p Pair) role(region string) string {
	if region == p.Primary {
		return RolePrimary
	}
	return RoleStandby
}

// regions in the order in which they are shown.
func (p Pair) regions() [2]string { return [2]string{p.Primary, p.Standby} }

func knownRegion(name string) bool {
	_, known := limits.LookupRegion(name)
	return known
}
