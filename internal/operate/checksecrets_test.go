package operate

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Replicas are mended from the Region that owns the secrets, whatever its role.
func TestReplicasAreMendedFromTheirOwner(t *testing.T) {
	for owner, copied := range map[string]string{"eu-west-1": "eu-central-1", "eu-central-1": "eu-west-1"} {
		o := normal(t)
		for n := range o.Regions {
			o.Regions[n].HasFacts = true
			o.Regions[n].Facts.Clients = []string{"partner"}
		}
		i := Inventory{Observation: o}
		for n, into := range []*place{&i.primary, &i.standby} {
			into.RegionObservation = o.Regions[n]
			found := secret{current: "1"}
			if into.Region == owner {
				found.replicas = map[string]string{copied: "Failed"}
			} else {
				found.primary = owner
			}
			into.secrets = map[string]got[secret]{"partner": {value: found}}
		}
		checks := Examine(i, Selection{Only: []string{"SECRET-02"}}).Checks
		require.Len(t, checks, 1)
		assert.Equal(t, []string{"the replica of partner in " + copied + " is Failed"}, checks[0].Found)
		assert.Contains(t, checks[0].Fix, "--region "+owner+" ")
		assert.Contains(t, checks[0].Fix, "Region="+copied+" ")
	}
}
