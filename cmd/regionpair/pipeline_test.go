package main_test

import (
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestThePipelineTriesOneRegion runs the example's script against each Region of a
// pair, and against one that fails.
func TestThePipelineTriesOneRegion(t *testing.T) {
	t.Parallel()
	s := up(t)
	verify := func(door string) (string, error) {
		command := exec.CommandContext(t.Context(), "../../examples/pipeline/verify.sh", s.ready.DomainName, door, "/objects")
		command.Env = append(os.Environ(), "CURL_CA_BUNDLE="+s.ready.CAFile, "CLIENT_ID="+s.ready.ClientID, "CLIENT_SECRET="+s.ready.ClientSecret)
		output, err := command.CombinedOutput()
		return string(output), err
	}
	primary, standby := s.ready.Regions[0], s.ready.Regions[1]
	for _, region := range s.ready.Regions {
		output, err := verify(region.APIAddress)
		require.NoError(t, err, output)
		assert.Contains(t, output, "/objects in "+region.APIAddress+": 200")
	}
	s.tell("fault " + standby.Name + " http-5xx")
	_, err := verify(standby.APIAddress)
	require.Error(t, err, "the standby fails")
	output, err := verify(primary.APIAddress)
	require.NoError(t, err, output)
	s.quit()
}
