package regionpair_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/assertions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/jsii-runtime-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	regionpair "github.com/regionpair/regionpair/constructs"
)

func stringKey(name string) *awsdynamodb.Attribute {
	return &awsdynamodb.Attribute{Name: &name, Type: awsdynamodb.AttributeType_STRING}
}

// tableParts are what a table is made of, in stacks of their own.
type tableParts struct {
	app                awscdk.App
	primary, secondary regionpair.TableReplica
}

func newTableParts(t *testing.T, change ...func(*regionpair.TableReplicaProps)) tableParts {
	t.Helper()
	return newTablePartsIn(t, testRegion, peerRegion, change...)
}

func newTablePartsIn(t *testing.T, primary, secondary string, change ...func(*regionpair.TableReplicaProps)) tableParts {
	t.Helper()
	app, pair := newApp(t), newPair(func(p *regionpair.PairProps) { p.PrimaryRegion, p.SecondaryRegion = primary, secondary })
	replica := func(stack, region string) regionpair.TableReplica {
		props := &regionpair.TableReplicaProps{Pair: pair, TableName: "orders-orders", PartitionKey: stringKey("id")}
		for _, f := range change {
			f(props)
		}
		return regionpair.NewTableReplica(newStackIn(app, stack, region), jsii.String("Orders"), props)
	}
	return tableParts{app, replica("Primary", primary), replica("Secondary", secondary)}
}

func (p tableParts) table(change ...func(*regionpair.ReplicatedTableProps)) regionpair.ReplicatedTable {
	props := &regionpair.ReplicatedTableProps{Primary: p.primary, Secondary: p.secondary}
	for _, f := range change {
		f(props)
	}
	return regionpair.NewReplicatedTable(newStackIn(p.app, "Data", p.primary.Region()), jsii.String("Table"), props)
}

func strong(p *regionpair.TableReplicaProps) { p.Consistency = regionpair.TableStrong }

const globalTable = "AWS::DynamoDB::GlobalTable"

func TestTableHasAReplicaPerRegionEachWithItsOwnKey(t *testing.T) {
	templateOf(newTableParts(t).table()).HasResource(jsii.String(globalTable), map[string]any{
		"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain",
		"Properties": map[string]any{
			"TableName":              "orders-orders",
			"BillingMode":            "PAY_PER_REQUEST",
			"StreamSpecification":    map[string]any{"StreamViewType": "NEW_AND_OLD_IMAGES"},
			"SSESpecification":       map[string]any{"SSEEnabled": true, "SSEType": "KMS"},
			"MultiRegionConsistency": assertions.Match_Absent(),
			"Replicas": []any{
				replicaLike("Secondary", peerRegion), replicaLike("Primary", testRegion),
			},
		},
	})
}

func replicaLike(stack, region string) map[string]any {
	return map[string]any{
		"Region": region, "DeletionProtectionEnabled": true,
		"PointInTimeRecoverySpecification": map[string]any{"PointInTimeRecoveryEnabled": true, "RecoveryPeriodInDays": 35},
		"SSESpecification": map[string]any{"KMSMasterKeyId": map[string]any{"Fn::GetStackOutput": map[string]any{
			"StackName": stack, "Region": region, "OutputName": assertions.Match_AnyValue(),
		}}},
	}
}

func TestStrongTableHasAWitnessOrAThirdReplica(t *testing.T) {
	witnessed := newTableParts(t, strong).table(func(p *regionpair.ReplicatedTableProps) {
		p.WitnessRegion, p.Stream = "eu-west-2", awsdynamodb.StreamViewType_KEYS_ONLY
	})
	templateOf(witnessed).HasResourceProperties(jsii.String(globalTable), map[string]any{
		"MultiRegionConsistency": "STRONG",
		"GlobalTableWitnesses":   []any{map[string]any{"Region": "eu-west-2"}},
		"StreamSpecification":    map[string]any{"StreamViewType": "KEYS_ONLY"},
	})
	third := newTableParts(t, strong).table(func(p *regionpair.ReplicatedTableProps) {
		p.FurtherReplicas = map[string]string{"eu-west-3": "arn:aws:kms:eu-west-3:111122223333:key/third"}
	})
	templateOf(third).HasResourceProperties(jsii.String(globalTable), map[string]any{
		"GlobalTableWitnesses": assertions.Match_Absent(),
		"Replicas": assertions.Match_ArrayWith(&[]any{assertions.Match_ObjectLike(&map[string]any{
			"Region": "eu-west-3", "SSESpecification": map[string]any{"KMSMasterKeyId": "arn:aws:kms:eu-west-3:111122223333:key/third"},
		})}),
	})
}

func TestTableCanBeDestroyedOnRequest(t *testing.T) {
	app := newApp(t)
	pair := newPair(func(p *regionpair.PairProps) { p.RemovalPolicy = awscdk.RemovalPolicy_DESTROY })
	replica := func(stack, region string) regionpair.TableReplica {
		return regionpair.NewTableReplica(newStackIn(app, stack, region), jsii.String("Orders"), &regionpair.TableReplicaProps{
			Pair: pair, TableName: "orders-orders", PartitionKey: stringKey("id"),
		})
	}
	templateOf(tableParts{app, replica("Primary", testRegion), replica("Secondary", peerRegion)}.table()).HasResource(jsii.String(globalTable), map[string]any{
		"DeletionPolicy": "Delete",
		"Properties": map[string]any{"Replicas": assertions.Match_ArrayWith(&[]any{
			assertions.Match_ObjectLike(&map[string]any{"DeletionProtectionEnabled": false}),
		})},
	})
}

// replicaUnder is a replica with a key that exists already.
func replicaUnder(stack awscdk.Stack, arn string) regionpair.TableReplica {
	return regionpair.NewTableReplica(stack, jsii.String("Orders"), &regionpair.TableReplicaProps{
		Pair: newPair(), TableName: "orders-orders", PartitionKey: stringKey("id"),
		EncryptionKey: existingKey(stack, arn),
	})
}

const (
	ownTableKey  = "arn:aws:kms:eu-west-1:111122223333:key/own"
	peerTableKey = "arn:aws:kms:eu-central-1:111122223333:key/peer"
)

func TestKeysThatExistEncryptTheReplicas(t *testing.T) {
	app := newApp(t)
	own := newStackIn(app, "Primary", testRegion)
	parts := tableParts{app, replicaUnder(own, ownTableKey), replicaUnder(newStackIn(app, "Secondary", peerRegion), peerTableKey)}
	parts.primary.GrantReadWrite(newHandler(own))
	templateOf(parts.table()).HasResourceProperties(jsii.String(globalTable), map[string]any{"Replicas": []any{
		assertions.Match_ObjectLike(&map[string]any{"Region": peerRegion, "SSESpecification": map[string]any{"KMSMasterKeyId": peerTableKey}}),
		assertions.Match_ObjectLike(&map[string]any{"Region": testRegion, "SSESpecification": map[string]any{"KMSMasterKeyId": ownTableKey}}),
	}})
	template := templateOf(parts.primary)
	template.ResourceCountIs(jsii.String("AWS::KMS::Key"), jsii.Number(0))
	template.HasResourceProperties(jsii.String("AWS::IAM::Policy"), map[string]any{"PolicyDocument": map[string]any{"Statement": assertions.Match_ArrayWith(&[]any{
		assertions.Match_ObjectLike(&map[string]any{
			"Action": assertions.Match_ArrayWith(&[]any{"kms:Decrypt"}), "Resource": ownTableKey,
			"Condition": map[string]any{"StringEquals": map[string]any{"kms:ViaService": assertions.Match_AnyValue()}},
		}),
	})}})
}

// The stack of the table must not tie the stacks of the Regions, whoever made the key.
func TestAKeyOfTheStackIsReferredToWeakly(t *testing.T) {
	app := newApp(t)
	replica := func(name, region string) regionpair.TableReplica {
		stack := newStackIn(app, name, region)
		return regionpair.NewTableReplica(stack, jsii.String("Orders"), &regionpair.TableReplicaProps{
			Pair: newPair(), TableName: "orders-orders", PartitionKey: stringKey("id"), EncryptionKey: awskms.NewKey(stack, jsii.String("Mine"), nil),
		})
	}
	templateOf(tableParts{app, replica("Primary", testRegion), replica("Secondary", peerRegion)}.table()).HasResourceProperties(jsii.String(globalTable), map[string]any{
		"Replicas": []any{replicaLike("Secondary", peerRegion), replicaLike("Primary", testRegion)},
	})
}

func TestKeysOfElsewhereAreRefused(t *testing.T) {
	app := newApp(t)
	parts := tableParts{app, replicaUnder(newStackIn(app, "Primary", testRegion), peerTableKey),
		replicaUnder(newStackIn(app, "Secondary", peerRegion), "arn:aws:kms:eu-central-1:999999999999:key/peer")}
	reason := refusal(func() { parts.table() })
	assert.Contains(t, reason, "'Primary' needs a key of its Region 'eu-west-1', got one of 'eu-central-1'")
	assert.Contains(t, reason, "'Secondary' needs a key of its account '111122223333', got one of '999999999999'")
}

func TestTableRefusesWhatCannotWork(t *testing.T) {
	for name, test := range map[string]struct {
		replicas func(*regionpair.TableReplicaProps)
		change   func(*regionpair.ReplicatedTableProps)
		want     string
	}{
		"no primary": {nil, func(p *regionpair.ReplicatedTableProps) { p.Primary = nil }, "needs 'Primary'"},
		"one Region": {nil, func(p *regionpair.ReplicatedTableProps) { p.Secondary = p.Primary }, "'Secondary' must be in the secondary Region 'eu-central-1', got 'eu-west-1'"},
		"other Region": {nil, func(p *regionpair.ReplicatedTableProps) { p.Primary, p.Secondary = p.Secondary, p.Primary },
			"'Primary' must be in the primary Region 'eu-west-1', got 'eu-central-1'"},
		"witness of an eventual table": {nil, func(p *regionpair.ReplicatedTableProps) { p.WitnessRegion = "eu-west-2" }, "'WitnessRegion' is for tables with 'Consistency' 'strong'"},
		"stream of an eventual table":  {nil, func(p *regionpair.ReplicatedTableProps) { p.Stream = awsdynamodb.StreamViewType_KEYS_ONLY }, "must be NEW_AND_OLD_IMAGES"},
		"no witness":                   {strong, nil, "'WitnessRegion' is missing; use eu-west-2 or eu-west-3"},
		"wrong witness":                {strong, func(p *regionpair.ReplicatedTableProps) { p.WitnessRegion = "us-east-1" }, `"us-east-1" cannot be the third Region`},
		"four Regions": {strong, func(p *regionpair.ReplicatedTableProps) {
			p.WitnessRegion, p.FurtherReplicas = "eu-west-2", map[string]string{"eu-west-3": "arn"}
		}, "has three Regions: give 'WitnessRegion' or one of 'FurtherReplicas', got [eu-west-3 eu-west-2]"},
		"TTL of a strong table": {strong, func(p *regionpair.ReplicatedTableProps) {
			p.WitnessRegion, p.TimeToLiveAttribute = "eu-west-2", "expires"
		}, "DynamoDB has no TTL there"},
		"too far back": {nil, func(p *regionpair.ReplicatedTableProps) { p.PointInTimeRecoveryDays = new(36) }, "must be 0 to 35, got 36"},
		"other encryption": {nil, func(p *regionpair.ReplicatedTableProps) {
			p.TableOverrides = &awsdynamodb.TablePropsV2{Encryption: awsdynamodb.TableEncryptionV2_DynamoOwnedKey()}
		}, "'TableOverrides.Encryption' cannot be changed"},
		"unknown consistency": {func(p *regionpair.TableReplicaProps) { p.Consistency = "serializable" }, nil, "must be 'eventual' or 'strong', got 'serializable'"},
		"name of nobody":      {func(p *regionpair.TableReplicaProps) { p.TableName = *awscdk.Aws_STACK_NAME() }, nil, "must be a literal name"},
		"no key":              {func(p *regionpair.TableReplicaProps) { p.PartitionKey = nil }, nil, "TableReplica needs 'PartitionKey'"},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Contains(t, refusal(func() {
				parts := newTableParts(t, func(p *regionpair.TableReplicaProps) {
					if test.replicas != nil {
						test.replicas(p)
					}
				})
				parts.table(func(p *regionpair.ReplicatedTableProps) {
					if test.change != nil {
						test.change(p)
					}
				})
			}), test.want)
		})
	}
}

func TestStrongTableOfOtherRegionsNamesTheSetsThatCan(t *testing.T) {
	reason := refusal(func() { newTablePartsIn(t, "ap-southeast-1", "ap-southeast-2", strong).table() })
	for _, want := range []string{"ap-southeast-1", "us-east-1, us-east-2, us-west-2", "eu-west-1, eu-west-2, eu-west-3, eu-central-1", "ap-northeast-1, ap-northeast-2, ap-northeast-3"} {
		assert.Contains(t, reason, want)
	}
}

func TestReplicasOfDifferentTablesAreRefused(t *testing.T) {
	parts := newTableParts(t)
	other := regionpair.NewTableReplica(newStackIn(parts.app, "Other", peerRegion), jsii.String("Orders"), &regionpair.TableReplicaProps{
		Pair: newPair(), TableName: "orders-orders", PartitionKey: stringKey("number"),
	})
	assert.Contains(t, refusal(func() {
		parts.table(func(p *regionpair.ReplicatedTableProps) { p.Secondary = other })
	}), "their 'PartitionKey' differ")
}

func TestReadersOfATableMayNotWrite(t *testing.T) {
	stack := newStack(t)
	replica := regionpair.NewTableReplica(stack, jsii.String("Orders"), &regionpair.TableReplicaProps{Pair: newPair(), TableName: "orders-orders", PartitionKey: stringKey("id")})
	replica.GrantRead(newHandler(stack))
	policies := *templateOf(replica).FindResources(jsii.String("AWS::IAM::Policy"), nil)
	require.Len(t, policies, 1)
	for _, policy := range policies {
		encoded, err := json.Marshal(policy)
		require.NoError(t, err)
		text := string(encoded)
		for _, allowed := range []string{"dynamodb:GetItem", "dynamodb:Query", "kms:Decrypt", ":dynamodb:eu-west-1:111122223333:table/orders-orders"} {
			assert.Contains(t, text, allowed)
		}
		for _, denied := range []string{"PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "kms:Encrypt", "GenerateDataKey"} {
			assert.NotContains(t, text, denied)
		}
	}
}

func TestTablesOfAUnitShareAKeyUnlessTheyHaveOne(t *testing.T) {
	unit := operatedUnit(t, newStack(t), func(p *regionpair.RegionUnitProps) {
		p.Tables = map[string]regionpair.TableReplicaProps{
			"orders": {PartitionKey: stringKey("id")},
			"stock":  {PartitionKey: stringKey("item"), TableName: "warehouse"},
		}
	})
	assert.Equal(t, "orders-orders", unit.Table("orders").TableName())
	assert.Equal(t, "warehouse", unit.Table("stock").TableName())
	assert.Equal(t, *unit.Table("orders").Key().KeyArn(), *unit.Table("stock").Key().KeyArn())
	assert.Contains(t, refusal(func() { unit.Table("audit") }), "has no table 'audit' in 'Tables', only [orders stock]")
}

// An index can only be queried and scanned, and a table without one has none to grant.
func TestGrantsReachTheIndexesThatThereAre(t *testing.T) {
	for _, indexed := range []bool{false, true} {
		stack := newStack(t)
		replica := regionpair.NewTableReplica(stack, jsii.String("Orders"), &regionpair.TableReplicaProps{
			Pair: newPair(), TableName: "orders-orders", PartitionKey: stringKey("id"), HasIndexes: indexed,
		})
		replica.GrantReadWrite(newHandler(stack))
		text, err := json.Marshal(templateOf(replica).FindResources(jsii.String("AWS::IAM::Policy"), nil))
		require.NoError(t, err)
		assert.Equal(t, indexed, strings.Contains(string(text), ":table/orders-orders/index/*"))
		if indexed {
			templateOf(replica).HasResourceProperties(jsii.String("AWS::IAM::Policy"), map[string]any{"PolicyDocument": map[string]any{"Statement": assertions.Match_ArrayWith(&[]any{
				map[string]any{"Effect": "Allow", "Action": []any{"dynamodb:Query", "dynamodb:Scan"}, "Resource": assertions.Match_AnyValue()},
			})}})
		}
	}
}

func TestReplicasKnowWhetherTheirTableHasIndexes(t *testing.T) {
	index := func(p *regionpair.ReplicatedTableProps) {
		p.GlobalSecondaryIndexes = []*awsdynamodb.GlobalSecondaryIndexPropsV2{{IndexName: jsii.String("by-day"), PartitionKey: stringKey("day")}}
	}
	local := func(p *regionpair.ReplicatedTableProps) {
		p.TableOverrides = &awsdynamodb.TablePropsV2{LocalSecondaryIndexes: &[]*awsdynamodb.LocalSecondaryIndexProps{{IndexName: jsii.String("by-day"), SortKey: stringKey("day")}}}
	}
	indexed := func(p *regionpair.TableReplicaProps) { p.HasIndexes = true }
	for _, change := range []func(*regionpair.ReplicatedTableProps){index, local} {
		assert.Contains(t, refusal(func() { newTableParts(t).table(change) }), "needs replicas with 'HasIndexes'")
	}
	assert.Contains(t, refusal(func() { newTableParts(t, indexed).table() }), "has no indexes")
	assert.Empty(t, refusal(func() { newTableParts(t, indexed).table(index) }))
}

func TestTableAndReplicaCanBeUsedAsScopeTaggedAndDependedOn(t *testing.T) {
	parts := newTableParts(t)
	mustBehaveLikeAConstruct(t, parts.table())
	mustBehaveLikeAConstruct(t, newTableParts(t).primary)
}
