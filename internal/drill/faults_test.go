package drill

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/regionpair/regionpair/internal/localcloud"
	"github.com/regionpair/regionpair/internal/operate"
)

func TestEveryFaultOfTheLocalCloudCanBeDrilled(t *testing.T) {
	for i, fault := range localcloud.Faults {
		assert.Equal(t, string(fault), FaultNames()[i])
		assert.Equal(t, fault, FaultOf(string(fault)).injects)
	}
	for _, fault := range faults() {
		assert.NotEmpty(t, fault.What, fault.Name)
		assert.NotEqual(t, fault.injects == "", fault.begin == nil, "%s: it is injected, or begins in a way of its own", fault.Name)
	}
	assert.NotContains(t, FaultNames(), External, "no drill causes it")
	assert.NotContains(t, FaultNames(), FencedTakeover, "a deployed pair is fenced")
}

func TestFaultsOfALiveDrill(t *testing.T) {
	fence := &operate.Fencing{}
	assert.Equal(t, []string{Takeover}, liveFaults(LiveOptions{}))
	assert.Equal(t, []string{External}, liveFaults(LiveOptions{External: true}))
	assert.Equal(t, []string{FencedTakeover}, liveFaults(LiveOptions{Fence: fence}))
	assert.Equal(t, []string{FencedTakeover, string(localcloud.HealthOnly)}, liveFaults(LiveOptions{Fence: fence, BreakHealth: true}))
}
