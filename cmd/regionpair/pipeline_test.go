package main_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
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

// TestThePipelineDeploysTheTables runs the workflow's step with a CDK CLI that only
// notes what it is told: a stack with tables is deployed after the primary has been
// tried, alone, and a pair without tables has no such stack.
func TestThePipelineDeploysTheTables(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../examples/pipeline/.github/workflows/region.yml")
	require.NoError(t, err)
	before, step, found := strings.Cut(string(text), "- name: Deploy the tables")
	require.True(t, found)
	assert.Contains(t, before, "./verify.sh", "the primary is tried first")
	_, rest, _ := strings.Cut(step, "\n")
	condition, script, found := strings.Cut(rest, "run: |\n")
	require.True(t, found)
	assert.Equal(t, "if: ${{ inputs.role == 'primary' && inputs.ref != 'deployed' }}", strings.TrimSpace(condition))

	for name, test := range map[string]struct {
		stacks, want string
	}{
		"with tables":           {"orders-primary\norders-secondary\norders-data\norders-global", "deploy --exclusively --require-approval never orders-data\n"},
		"without":               {"orders-primary\norders-secondary\norders-global", ""},
		"another pair's tables": {"orders-primary\nreorders-data\norders-data-2", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			told := filepath.Join(folder, "told")
			cli := "#!/bin/sh\n[ \"$2\" = list ] && exec printf '%s\\n' \"$STACKS\"\nshift; echo \"$@\" >>\"$TOLD\"\n"
			require.NoError(t, os.WriteFile(filepath.Join(folder, "npx"), []byte(cli), 0o700))
			command := exec.CommandContext(t.Context(), "bash", "-e", "-c", script)
			command.Env = append(os.Environ(), "PATH="+folder+":"+os.Getenv("PATH"), "PAIR=orders", "STACKS="+test.stacks, "TOLD="+told)
			output, err := command.CombinedOutput()
			require.NoError(t, err, string(output))
			got, err := os.ReadFile(told)
			if test.want == "" {
				assert.ErrorIs(t, err, os.ErrNotExist, "%s", got)
				return
			}
			assert.Equal(t, test.want, string(got))
		})
	}
}
