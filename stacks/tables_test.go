package stacks_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/config"
	"github.com/regionpair/regionpair/regionpairtest"
)

// TestWhoMayUseTables lists every statement about tables and their keys, of a
// pair whose health looks at its dependencies.
func TestWhoMayUseTables(t *testing.T) {
	lines := []string{}
	for _, statement := range regionpairtest.Statements(documents(t, "tables")...) {
		if strings.Contains(statement.String(), "dynamodb") {
			lines = append(lines, explain(t, statement))
		}
	}
	regionpairtest.MatchFile(t, "testdata/permissions-tables.txt", strings.Join(lines, "\n")+"\n")
}

func TestEachRegionUsesItsOwnReplicasOnly(t *testing.T) {
	p, c := synthOnce(t, "tables"), load(t, "tables")
	for own, regional := range map[string]template{c.PrimaryRegion: p.primary, c.SecondaryRegion: p.secondary} {
		text := regional.Text()
		require.Contains(t, text, "arn:aws:dynamodb:"+own+":111122223333:table/shop-orders")
		for _, other := range []string{c.PrimaryRegion, c.SecondaryRegion} {
			assert.Equal(t, other == own, strings.Contains(text, ":dynamodb:"+other+":"), "%s speaks of tables in %s", own, other)
		}
		assert.NotContains(t, text, c.DataStackName(), "a Region needs nothing of the data stack")
	}
}

func TestTheHandlerFindsItsTablesByName(t *testing.T) {
	for name, regional := range map[string]template{"primary": synthOnce(t, "tables").primary, "secondary": synthOnce(t, "tables").secondary} {
		variables := environmentOf(t, regional, "UnitHandler")
		assert.Equal(t, "shop-orders", variables["TABLE_ORDERS"], name)
		assert.Equal(t, "shop-stock", variables["TABLE_STOCK"], name)
		assert.Equal(t, "shop-audit-log", variables["TABLE_AUDIT_LOG"], name)
	}
}

// Lambda allows 4 KB of environment variables, and the health function has to know
// the keys of all tables.
func TestAsManyTablesAsThereMayBeCanBeSynthesized(t *testing.T) {
	p := synth(t, load(t, "minimal", func(c *config.Config) {
		c.Tables = map[string]config.Table{}
		for i := range 50 {
			c.Tables[fmt.Sprintf("customers-order-%02d", i)] = config.Table{PartitionKey: "customer", SortKey: "number"}
		}
	}))
	assert.Len(t, p.data.of("AWS::DynamoDB::GlobalTable"), 50)
}

func environmentOf(t *testing.T, of template, prefix string) map[string]any {
	t.Helper()
	for id, function := range of.of("AWS::Lambda::Function") {
		if strings.HasPrefix(id, prefix) {
			return function.Properties["Environment"].(map[string]any)["Variables"].(map[string]any)
		}
	}
	require.Fail(t, "no function "+prefix)
	return nil
}

func TestTablesAreKeptRestorableAndEncryptedWithTheKeysOfTheirRegions(t *testing.T) {
	tables := synthOnce(t, "tables").data.of("AWS::DynamoDB::GlobalTable")
	require.Len(t, tables, 3)
	for id, table := range tables {
		assert.Equal(t, "Retain", table.DeletionPolicy, id)
		replicas := table.Properties["Replicas"].([]any)
		require.Len(t, replicas, 2, id)
		for _, r := range replicas {
			replica := r.(map[string]any)
			assert.Equal(t, true, replica["DeletionProtectionEnabled"], id)
			assert.Equal(t, map[string]any{"PointInTimeRecoveryEnabled": true, "RecoveryPeriodInDays": 35.0}, replica["PointInTimeRecoverySpecification"], id)
			key := replica["SSESpecification"].(map[string]any)["KMSMasterKeyId"].(map[string]any)["Fn::GetStackOutput"].(map[string]any)
			assert.Equal(t, replica["Region"], key["Region"], id)
		}
	}
}

// Only tables that replicate after the write can be late.
func TestOnlyEventualTablesAreWatchedForReplication(t *testing.T) {
	watched := []string{}
	for _, alarm := range synthOnce(t, "tables").secondary.of("AWS::CloudWatch::Alarm") {
		if alarm.Properties["Namespace"] == "AWS/DynamoDB" {
			watched = append(watched, alarm.Properties["AlarmName"].(string))
			assert.Contains(t, alarm.Properties["Dimensions"], map[string]any{"Name": "ReceivingRegion", "Value": "eu-west-1"})
		}
	}
	assert.ElementsMatch(t, []string{"shop-secondary-replication-latency-table-audit-log", "shop-secondary-replication-latency-table-orders"}, watched)
	dashboard, _ := json.Marshal(synthOnce(t, "tables").global.of("AWS::CloudWatch::Dashboard"))
	assert.Contains(t, string(dashboard), "Tables behind by (ms)")
	assert.NotContains(t, string(dashboard), "shop-stock")
}

func TestThereIsNoDataStackWithoutTables(t *testing.T) {
	assert.Empty(t, synthOnce(t, "minimal").data.Resources)
	c := load(t, "minimal")
	assert.Equal(t, "orders-data", c.DataStackName())
	assert.NotContains(t, synthOnce(t, "minimal").metadata, c.DataStackName())
}

// The data stack is in the order after both Regions, and not before the global
// stack, which can wire a pair while the primary is down.
func TestNothingWaitsForTheDataStack(t *testing.T) {
	manifest := synthOnce(t, "tables").metadata
	c := load(t, "tables")
	for _, role := range []config.RegionRole{config.Primary, config.Secondary} {
		assert.Contains(t, manifest, c.StackName(role))
	}
	assert.NotContains(t, synthOnce(t, "tables").global.Text(), c.DataStackName())
}
