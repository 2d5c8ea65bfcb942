package stacks_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/config"
	"github.com/regionpair/regionpair/regionpairtest"
)

func swapped(c *config.Config) {
	c.PrimaryRegion, c.SecondaryRegion, c.Swapped = c.SecondaryRegion, c.PrimaryRegion, !c.Swapped
}

// stack is what CloudFormation knows a stack by.
func stackOf(c config.Config, role config.RegionRole) string {
	return c.StackName(role) + " in " + c.Region(role)
}

// held are the stateful resources of each Region's stack.
func held(c config.Config, p pair) map[string][]string {
	stacks := map[string][]string{}
	for role, t := range map[config.RegionRole]template{config.Primary: p.primary, config.Secondary: p.secondary} {
		document := t.Document
		document.Stack = ""
		for line := range strings.Lines(regionpairtest.Stateful(document)) {
			// The guard of the failback is in the standby, and keeps nothing but logs.
			if !strings.Contains(line, "UnitGuardFunctionLogs") {
				stacks[stackOf(c, role)] = append(stacks[stackOf(c, role)], line)
			}
		}
	}
	return stacks
}

// TestSwappedRolesKeepWhatStacksHold is what makes docs/runbooks/replace-a-region.md
// possible: both stacks are updated in place, and nothing that holds state moves.
func TestSwappedRolesKeepWhatStacksHold(t *testing.T) {
	for _, environment := range []string{"minimal", "tables"} {
		before, after := load(t, environment), load(t, environment, swapped)
		require.Equal(t, stackOf(before, config.Primary), stackOf(after, config.Secondary))
		was, is := synthOnce(t, environment), synth(t, after)
		assert.Equal(t, held(before, was), held(after, is), environment)

		// The Region that has the secrets goes on replicating them to the other.
		for id, secret := range was.primary.of("AWS::SecretsManager::Secret") {
			assert.Equal(t, secret.Properties["ReplicaRegions"], is.secondary.Resources[id].Properties["ReplicaRegions"], id)
		}
		for id, resource := range was.global.of("Custom::SecretReplicas") {
			moved := is.global.Resources[id].Properties
			assert.Equal(t, resource.Properties["Region"], moved["Region"])
			assert.Equal(t, resource.Properties["ReplicaRegion"], moved["ReplicaRegion"])
		}

		// Records and checks are those of the other Region, under their old ids.
		assert.ElementsMatch(t, slices.Collect(maps.Keys(was.global.of("AWS::Route53::RecordSet"))), slices.Collect(maps.Keys(is.global.of("AWS::Route53::RecordSet"))))
		for id, check := range was.global.of("AWS::Route53::HealthCheck") {
			if check.Properties["HealthCheckConfig"].(map[string]any)["Type"] != "CALCULATED" {
				assert.NotEqual(t, check.Properties, is.global.Resources[id].Properties, id)
			}
		}
	}
}

func TestSwappedRolesKeepTables(t *testing.T) {
	was, is := synthOnce(t, "tables"), synth(t, load(t, "tables", swapped))
	require.NotEmpty(t, was.data.of("AWS::DynamoDB::GlobalTable"))
	for id, table := range was.data.of("AWS::DynamoDB::GlobalTable") {
		// Each replica keeps its key, as it is told by the stack that has it.
		assert.Equal(t, table.Properties, is.data.Resources[id].Properties, id)
	}
}

func TestRolesThatAreSwappedBackAreAsTheyWere(t *testing.T) {
	assert.Equal(t, load(t, "minimal"), load(t, "minimal", swapped, swapped))
}

// TestAThirdRegionLeavesTheOtherAlone holds for either Region of the pair.
func TestAThirdRegionLeavesTheOtherAlone(t *testing.T) {
	before := load(t, "minimal")
	was := synthOnce(t, "minimal")
	for role, replace := range map[config.RegionRole]func(*config.Config){
		config.Primary:   func(c *config.Config) { c.PrimaryRegion = "eu-west-3" },
		config.Secondary: func(c *config.Config) { c.SecondaryRegion = "eu-west-3" },
	} {
		after := load(t, "minimal", replace)
		is := synth(t, after)
		stays := stackOf(before, config.Secondary)
		if role == config.Secondary {
			stays = stackOf(before, config.Primary)
		}
		assert.Equal(t, held(before, was)[stays], held(after, is)[stays], "replaced: %s", role)
		assert.NotContains(t, held(after, is), stackOf(before, role))

		// What the world knows by its name is not that of the Region which went.
		gone, comes := was.all()[string(role)], is.all()[string(role)]
		for _, name := range []struct{ resource, property string }{{"AWS::S3::Bucket", "BucketName"}, {"AWS::Cognito::UserPoolDomain", "Domain"}} {
			assert.NotEqual(t, gone.only(t, name.resource).Properties[name.property], comes.only(t, name.resource).Properties[name.property])
		}
	}
}
