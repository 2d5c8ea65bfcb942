package regionpair_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2/assertions"
	"github.com/aws/jsii-runtime-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	regionpair "github.com/regionpair/regionpair/constructs"
)

func synchronous(p *regionpair.RegionUnitProps) { p.Durability = regionpair.DurabilitySync }

func TestTheObjectIndexAgreesAcrossRegions(t *testing.T) {
	app := newApp(t)
	primary := operatedUnit(t, newStackIn(app, "Primary", testRegion), synchronous)
	secondary := operatedUnit(t, newStackIn(app, "Secondary", peerRegion), synchronous)
	index := regionpair.NewObjectIndex(newStackIn(app, "Data", testRegion), jsii.String("Index"), &regionpair.ObjectIndexProps{
		Primary: primary, Secondary: secondary, WitnessRegion: "eu-west-2",
	})
	mustBehaveLikeAConstruct(t, index)
	template := templateOf(index)
	template.HasResourceProperties(jsii.String("AWS::DynamoDB::GlobalTable"), map[string]any{
		"TableName": "orders-objects", "MultiRegionConsistency": "STRONG",
		"KeySchema":              []any{map[string]any{"AttributeName": "partition", "KeyType": "HASH"}, map[string]any{"AttributeName": "key", "KeyType": "RANGE"}},
		"GlobalTableWitnesses":   []any{map[string]any{"Region": "eu-west-2"}},
		"GlobalSecondaryIndexes": []any{map[string]any{"IndexName": "missing", "KeySchema": []any{map[string]any{"AttributeName": "missing", "KeyType": "HASH"}}, "Projection": map[string]any{"ProjectionType": "KEYS_ONLY"}}},
	})
	unit := templateOf(primary)
	unit.HasResourceProperties(jsii.String("AWS::Events::Rule"), map[string]any{"ScheduleExpression": "rate(1 hour)"})
	unit.HasResourceProperties(jsii.String("AWS::Lambda::Function"), map[string]any{"Environment": map[string]any{"Variables": map[string]any{
		"OBJECT_INDEX": "orders-objects", "PEER_REGION": peerRegion, "WHEN_PEER_IS_DOWN": "accept", "BUCKET_NAME": primary.Bucket().BucketName(), "PEER_BUCKET_NAME": primary.Bucket().PeerBucketName(),
	}}})
}

func TestAKeyThatExistsEncryptsTheIndexAlone(t *testing.T) {
	stack := newStack(t)
	unit := operatedUnit(t, stack, synchronous, func(p *regionpair.RegionUnitProps) {
		p.IndexKey = existingKey(stack, ownTableKey)
		p.Tables = map[string]regionpair.TableReplicaProps{"orders": {PartitionKey: stringKey("id")}}
	})
	assert.Equal(t, ownTableKey, *unit.Table("objects").Key().KeyArn())
	assert.NotEqual(t, ownTableKey, *unit.Table("orders").Key().KeyArn())
	templateOf(unit).HasResourceProperties(jsii.String("AWS::IAM::Policy"), map[string]any{"PolicyDocument": map[string]any{"Statement": assertions.Match_ArrayWith(&[]any{
		assertions.Match_ObjectLike(&map[string]any{"Action": []any{"kms:Decrypt", "kms:DescribeKey"}, "Resource": ownTableKey}),
	})}})
}

func TestTheObjectIndexRefusesWhatCannotWork(t *testing.T) {
	app := newApp(t)
	plain := operatedUnit(t, newStackIn(app, "Primary", testRegion))
	other := operatedUnit(t, newStackIn(app, "Secondary", peerRegion), synchronous)
	problems := (&regionpair.ObjectIndexProps{Primary: plain}).Validate()
	assert.ErrorContains(t, problems, "'Primary' needs 'Durability' 'sync'")
	assert.ErrorContains(t, problems, "needs 'Secondary'")
	swapped := (&regionpair.ObjectIndexProps{Primary: other, Secondary: other, WitnessRegion: "us-east-1"}).Validate()
	assert.ErrorContains(t, swapped, "'WitnessRegion' \"us-east-1\" cannot be the third Region")
}

// A function beside the object API does not keep the index, and must not touch
// the contents that the index speaks of.
func TestFunctionsBesideSynchronousObjectsHaveNoRightsOnThem(t *testing.T) {
	reports := functionFolder(t, "reports")
	beside := func(p *regionpair.RegionUnitProps) {
		p.Routes = append(regionpair.ObjectRoutes("objects"), regionpair.Route{Method: "GET", Path: "/reports", Scopes: []string{"objects/read"}, HandlerEntry: reports})
	}
	for _, durability := range []regionpair.ObjectDurability{regionpair.DurabilityAsync, regionpair.DurabilitySync} {
		unit := operatedUnit(t, newStack(t), beside, func(p *regionpair.RegionUnitProps) { p.Durability = durability })
		told := 0
		for _, function := range functionsOf(unit, "UnitHandler") {
			if environment, ok := function["Environment"].(map[string]any); ok && environment["Variables"].(map[string]any)["BUCKET_NAME"] != nil {
				told++
			}
		}
		rights := ""
		for id, policy := range *templateOf(unit).FindResources(jsii.String("AWS::IAM::Policy"), nil) {
			// Who keeps the index is the object API.
			if text := fmt.Sprint(*policy); strings.HasPrefix(id, "UnitHandler") && !strings.Contains(text, "dynamodb:") {
				rights += text
			}
		}
		require.NotEmpty(t, rights)
		if durability == regionpair.DurabilitySync {
			assert.Equal(t, 1, told, "the object API alone knows the bucket")
			assert.NotContains(t, rights, "s3:")
			continue
		}
		assert.Equal(t, 2, told)
		assert.Contains(t, rights, "s3:PutObject")
	}
}
