package operate

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/internal/contract"
)

// Only the standby has a guard, and so a health function that wakes it.
func TestVariablesMayDifferWhereAFunctionWakesTheGuard(t *testing.T) {
	inventory := func(ofStandby ...string) Inventory {
		of := func(names ...string) map[string]got[function] {
			environment := map[string]string{}
			for _, name := range names {
				environment[name] = "value"
			}
			return map[string]got[function]{"health": {value: function{environment: environment}}}
		}
		i := Inventory{primary: place{RegionObservation: RegionObservation{Region: "eu-west-1", HasFacts: true}}, standby: place{RegionObservation: RegionObservation{Region: "eu-central-1", HasFacts: true}}}
		i.primary.functions, i.standby.functions = of("HEALTH_DEPTH"), of(append(ofStandby, "HEALTH_DEPTH")...)
		return i
	}
	problems, err := sameFunctions(environmentNames)(inventory(contract.WakeFunction, contract.WakeParameter))
	require.NoError(t, err)
	assert.Empty(t, problems)
	problems, err = sameFunctions(environmentNames)(inventory("BUCKET_NAME"))
	require.NoError(t, err)
	assert.Equal(t, []string{"health: HEALTH_DEPTH in eu-west-1, BUCKET_NAME HEALTH_DEPTH in eu-central-1"}, problems)
}
