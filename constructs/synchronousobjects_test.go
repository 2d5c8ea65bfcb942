package regionpair_test

import (
	"testing"

	"github.com/aws/jsii-runtime-go"
	"github.com/stretchr/testify/assert"

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
