package stacks_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/config"
	"github.com/regionpair/regionpair/regionpairtest"
)

// synchronously makes a configuration one with synchronous objects, a health check
// through the API, and a guard that watches the traffic.
func synchronously(c *config.Config) {
	c.Storage.Durability, c.Storage.WitnessRegion = config.DurabilitySync, "eu-west-2"
	c.Health.Depth, c.Health.Client = config.HealthAPI, "partner"
	c.Health.GrayFailure = config.GrayFailure{Enabled: true, ErrorPercent: 10, P99Milliseconds: 2000, MinRequests: 500}
}

// synchronousOnce shares one synthesis among the tests.
func synchronousOnce(t *testing.T) pair {
	t.Helper()
	synthesized.Lock()
	defer synthesized.Unlock()
	p, done := synthesized.pairs["synchronous"]
	if !done {
		p = synth(t, load(t, "minimal", synchronously))
		synthesized.pairs["synchronous"] = p
	}
	return p
}

// What synchronous objects change, as a whole.
func TestSynchronousObjectsInTheTemplates(t *testing.T) {
	minimal, synchronous := synthOnce(t, "minimal"), synchronousOnce(t)
	snapshots := filepath.Join("testdata", "snapshots")
	for name, template := range minimal.all() {
		regionpairtest.MatchFile(t, filepath.Join(snapshots, "sync-"+name+".diff"), regionpairtest.Difference(template.Document, synchronous.all()[name].Document))
	}
	regionpairtest.MatchFile(t, filepath.Join(snapshots, "sync-data.json"), synchronous.data.Text())
}

// TestWhoMayUseSynchronousObjects lists every statement of the functions that keep
// them and of the health function, in the primary Region.
func TestWhoMayUseSynchronousObjects(t *testing.T) {
	lines := []string{}
	for _, statement := range regionpairtest.Statements(synchronousOnce(t).primary.Document) {
		text := explain(t, statement)
		for _, function := range []string{"UnitHandler", "UnitRepair", "UnitCollector", "UnitHealth"} {
			if strings.Contains(text, function) {
				lines = append(lines, text)
			}
		}
	}
	regionpairtest.MatchFile(t, "testdata/permissions-sync.txt", strings.Join(lines, "\n")+"\n")
}

// A blob never changes, and only the collector of its own Region deletes it.
func TestNobodyDeletesContentsOfThePeer(t *testing.T) {
	for policy, statements := range statements(t, synchronousOnce(t).primary) {
		for _, s := range statements {
			if !assert.ObjectsAreEqual([]string{"s3:DeleteObject"}, list(s.Action)) {
				continue
			}
			require.Contains(t, policy, "UnitCollector")
			assert.NotContains(t, strings.Join(list(s.Resource), " "), "eu-central-1")
		}
	}
}

// The rule copies what the guard writes: contents are stored in both Regions by
// the object API.
func TestContentsAreNotReplicatedAgain(t *testing.T) {
	for _, rule := range synchronousOnce(t).global.of("Custom::BucketReplication") {
		assert.Equal(t, ".regionpair/guard", rule.Properties["Prefix"])
	}
	for _, rule := range synthOnce(t, "minimal").global.of("Custom::BucketReplication") {
		assert.NotContains(t, rule.Properties, "Prefix")
	}
}
