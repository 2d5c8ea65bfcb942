package drill

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/internal/assembly"
)

// pairWith has the record of a standby, with a health check of a type.
func pairWith(failover, checkType string) *assembly.Assembly {
	resources := map[string]assembly.Resource{
		"Check": {Type: "AWS::Route53::HealthCheck", Properties: map[string]any{"HealthCheckConfig": map[string]any{"Type": checkType}}},
		"Record": {Type: "AWS::Route53::RecordSet", Properties: map[string]any{
			"Failover": failover, "HealthCheckId": map[string]any{"Fn::GetAtt": []any{"Check", "HealthCheckId"}},
		}},
	}
	return &assembly.Assembly{Stacks: []assembly.Stack{{}, {Template: assembly.Template{Resources: resources}}}}
}

func TestAPairWithoutAStandbyCannotLoseIt(t *testing.T) {
	assert.Contains(t, FaultsOf(pairWith("SECONDARY", "TCP")), StandbyDead)
	assert.NotContains(t, FaultsOf(pairWith("SECONDARY", "CALCULATED")), StandbyDead, "nobody notices")
	assert.NotContains(t, FaultsOf(pairWith("", "TCP")), StandbyDead, "both Regions serve")
	assert.Len(t, FaultsOf(&assembly.Assembly{}), len(FaultNames())-1)
	require.ErrorContains(t, CheckFaultsOf(pairWith("", "TCP"), []string{"crash", StandbyDead}), `this pair cannot have "standby-dead"`)
	require.NoError(t, CheckFaultsOf(pairWith("", "TCP"), []string{"crash", Flap}))
	require.NoError(t, CheckFaultsOf(pairWith("SECONDARY", "TCP"), FaultNames()))
}
