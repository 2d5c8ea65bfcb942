package tablestore

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	west    = "eu-west-1"
	central = "eu-central-1"
)

// pair is DynamoDB in two Regions, asked by the AWS SDK.
type pair struct {
	*World
	west, central *dynamodb.Client
}

// lag is long enough to look before a copy arrives.
const lag = 300 * time.Millisecond

func newPair(t *testing.T) pair {
	t.Helper()
	w := New(Options{Lag: func() time.Duration { return lag }})
	t.Cleanup(w.Close)
	keys := []any{map[string]any{"AttributeName": "id", "KeyType": "HASH"}}
	attributes := []any{map[string]any{"AttributeName": "id", "AttributeType": "S"}}
	for name, strong := range map[string]bool{"orders": false, "stock": true} {
		require.NoError(t, w.Create(t.Context(), Table{Name: name, KeySchema: keys, AttributeDefinitions: attributes, Regions: []string{west, central}, Strong: strong}))
	}
	require.NoError(t, w.Create(t.Context(), Table{
		Name: "lines", Regions: []string{west, central},
		KeySchema:            []any{map[string]any{"AttributeName": "id", "KeyType": "HASH"}, map[string]any{"AttributeName": "n", "KeyType": "RANGE"}},
		AttributeDefinitions: []any{map[string]any{"AttributeName": "id", "AttributeType": "S"}, map[string]any{"AttributeName": "n", "AttributeType": "N"}, map[string]any{"AttributeName": "sku", "AttributeType": "S"}},
		GlobalSecondaryIndexes: []any{map[string]any{
			"IndexName": "by-sku", "KeySchema": []any{map[string]any{"AttributeName": "sku", "KeyType": "HASH"}}, "Projection": map[string]any{"ProjectionType": "ALL"},
			"WriteProvisionedThroughputSettings": map[string]any{"WriteCapacityAutoScalingSettings": map[string]any{}},
		}},
	}))
	return pair{w, w.client(t, west), w.client(t, central)}
}

func (w *World) client(t *testing.T, region string) *dynamodb.Client {
	t.Helper()
	server := httptest.NewServer(w.Region(region).Handler())
	t.Cleanup(server.Close)
	return dynamodb.NewFromConfig(aws.Config{
		Region: region, BaseEndpoint: &server.URL, Credentials: credentials.NewStaticCredentialsProvider("id", "secret", ""), RetryMaxAttempts: 1,
	})
}

func put(ctx context.Context, client *dynamodb.Client, table, id, value, condition string) error {
	input := &dynamodb.PutItemInput{TableName: &table, Item: map[string]types.AttributeValue{
		"id": &types.AttributeValueMemberS{Value: id}, "value": &types.AttributeValueMemberS{Value: value},
	}}
	if condition != "" {
		input.ConditionExpression = &condition
	}
	_, err := client.PutItem(ctx, input)
	return err
}

func get(t *testing.T, client *dynamodb.Client, table, id string) string {
	t.Helper()
	output, err := client.GetItem(t.Context(), &dynamodb.GetItemInput{
		TableName: &table, Key: map[string]types.AttributeValue{"id": &types.AttributeValueMemberS{Value: id}}, ConsistentRead: aws.Bool(true),
	})
	require.NoError(t, err)
	value, _ := output.Item["value"].(*types.AttributeValueMemberS)
	if value == nil {
		return ""
	}
	return value.Value
}

func codeOf(err error) string {
	var failure smithy.APIError
	if !errors.As(err, &failure) {
		return fmt.Sprint(err)
	}
	return failure.ErrorCode()
}

func (p pair) drained(t *testing.T) {
	t.Helper()
	require.Eventually(t, func() bool {
		forth, _ := p.Pending(west)
		back, _ := p.Pending(central)
		return forth+back == 0
	}, 5*time.Second, 5*time.Millisecond)
}

func TestEventualWritesArriveAfterTheLag(t *testing.T) {
	p := newPair(t)
	require.NoError(t, put(t.Context(), p.west, "orders", "1", "a", ""))
	assert.Equal(t, "a", get(t, p.west, "orders", "1"))
	assert.Empty(t, get(t, p.central, "orders", "1"), "before the lag")
	count, _ := p.Pending(west)
	assert.Equal(t, 1, count)
	p.drained(t)
	assert.Equal(t, "a", get(t, p.central, "orders", "1"))

	_, err := p.central.DeleteItem(t.Context(), &dynamodb.DeleteItemInput{TableName: aws.String("orders"), Key: map[string]types.AttributeValue{"id": &types.AttributeValueMemberS{Value: "1"}}})
	require.NoError(t, err)
	p.drained(t)
	assert.Empty(t, get(t, p.west, "orders", "1"), "deletions are copied, too")
}

func TestTheLastWriterWinsInBothRegions(t *testing.T) {
	p := newPair(t)
	require.NoError(t, put(t.Context(), p.central, "orders", "1", "first", ""))
	require.NoError(t, put(t.Context(), p.west, "orders", "1", "last", ""))
	p.drained(t)
	assert.Equal(t, "last", get(t, p.west, "orders", "1"))
	assert.Equal(t, "last", get(t, p.central, "orders", "1"))
}

// Both Regions accept the same new id: conditions hold in their own Region.
func TestEventualConditionsHoldInOneRegionOnly(t *testing.T) {
	p := newPair(t)
	const isNew = "attribute_not_exists(id)"
	require.NoError(t, put(t.Context(), p.west, "orders", "1", "a", isNew))
	assert.Equal(t, "ConditionalCheckFailedException", codeOf(put(t.Context(), p.west, "orders", "1", "b", isNew)))
	require.NoError(t, put(t.Context(), p.central, "orders", "1", "c", isNew))
	p.drained(t)
	assert.Equal(t, "c", get(t, p.west, "orders", "1"))
	assert.Equal(t, "ConditionalCheckFailedException", codeOf(put(t.Context(), p.central, "orders", "1", "d", isNew)))
}

func TestUpdatesAreCopiedAsTheyEnded(t *testing.T) {
	p := newPair(t)
	for range 3 {
		_, err := p.west.UpdateItem(t.Context(), &dynamodb.UpdateItemInput{
			TableName: aws.String("orders"), Key: map[string]types.AttributeValue{"id": &types.AttributeValueMemberS{Value: "1"}},
			UpdateExpression:          aws.String("ADD n :one SET #v = :v"),
			ExpressionAttributeNames:  map[string]string{"#v": "value"},
			ExpressionAttributeValues: map[string]types.AttributeValue{":one": &types.AttributeValueMemberN{Value: "1"}, ":v": &types.AttributeValueMemberS{Value: "x"}},
		})
		require.NoError(t, err)
	}
	p.drained(t)
	output, err := p.central.GetItem(t.Context(), &dynamodb.GetItemInput{TableName: aws.String("orders"), Key: map[string]types.AttributeValue{"id": &types.AttributeValueMemberS{Value: "1"}}})
	require.NoError(t, err)
	assert.Equal(t, &types.AttributeValueMemberN{Value: "3"}, output.Item["n"])
}

func TestBatchesIndexesAndSortKeysAreCopied(t *testing.T) {
	p := newPair(t)
	requests := []types.WriteRequest{}
	for i := range 3 {
		requests = append(requests, types.WriteRequest{PutRequest: &types.PutRequest{Item: map[string]types.AttributeValue{
			"id": &types.AttributeValueMemberS{Value: "1"}, "n": &types.AttributeValueMemberN{Value: fmt.Sprint(i)}, "sku": &types.AttributeValueMemberS{Value: "cup"},
		}}})
	}
	_, err := p.west.BatchWriteItem(t.Context(), &dynamodb.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{"lines": requests}})
	require.NoError(t, err)
	p.drained(t)
	byKey, err := p.central.Query(t.Context(), &dynamodb.QueryInput{
		TableName: aws.String("lines"), KeyConditionExpression: aws.String("id = :id AND n >= :n"),
		ExpressionAttributeValues: map[string]types.AttributeValue{":id": &types.AttributeValueMemberS{Value: "1"}, ":n": &types.AttributeValueMemberN{Value: "1.0"}},
	})
	require.NoError(t, err)
	assert.Len(t, byKey.Items, 2)
	bySKU, err := p.central.Query(t.Context(), &dynamodb.QueryInput{
		TableName: aws.String("lines"), IndexName: aws.String("by-sku"), KeyConditionExpression: aws.String("sku = :sku"),
		ExpressionAttributeValues: map[string]types.AttributeValue{":sku": &types.AttributeValueMemberS{Value: "cup"}},
	})
	require.NoError(t, err)
	assert.Len(t, bySKU.Items, 3)
}

func TestStrongWritesAreInBothRegionsWhenTheyAreAcknowledged(t *testing.T) {
	p := newPair(t)
	require.NoError(t, put(t.Context(), p.west, "stock", "cup", "1", "attribute_not_exists(id)"))
	assert.Equal(t, "1", get(t, p.central, "stock", "cup"))
	assert.Equal(t, "ConditionalCheckFailedException", codeOf(put(t.Context(), p.central, "stock", "cup", "2", "attribute_not_exists(id)")))
	count, _ := p.Pending(west)
	assert.Zero(t, count)
}

// Of many writers in both Regions exactly one creates the item, and both Regions
// agree about it. The others fail on the condition, or because of each other.
func TestWritesAreCountedByConsistency(t *testing.T) {
	p := newPair(t)
	require.NoError(t, put(t.Context(), p.west, "orders", "1", "cup", ""))
	require.NoError(t, put(t.Context(), p.west, "stock", "1", "9", ""))
	require.NoError(t, put(t.Context(), p.central, "stock", "2", "9", ""))
	require.Error(t, put(t.Context(), p.central, "stock", "2", "8", "attribute_not_exists(id)"))
	eventual, strong := p.Written()
	assert.Equal(t, [2]int{1, 2}, [2]int{eventual, strong})
}

func TestStrongConditionsHoldInBothRegions(t *testing.T) {
	p := newPair(t)
	for round := range 20 {
		var group sync.WaitGroup
		var mu sync.Mutex
		winners, id := []string{}, fmt.Sprint(round)
		for writer := range 8 {
			group.Go(func() {
				client, value := p.west, fmt.Sprint("writer ", writer)
				if writer%2 == 1 {
					client = p.central
				}
				err := put(t.Context(), client, "stock", id, value, "attribute_not_exists(id)")
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					winners = append(winners, value)
					return
				}
				assert.Contains(t, []string{"ConditionalCheckFailedException", "ReplicatedWriteConflictException"}, codeOf(err))
			})
		}
		group.Wait()
		require.Len(t, winners, 1)
		assert.Equal(t, winners[0], get(t, p.west, "stock", id))
		assert.Equal(t, winners[0], get(t, p.central, "stock", id))
	}
}

func TestARegionThatIsBackCatchesUp(t *testing.T) {
	p := newPair(t)
	require.NoError(t, put(t.Context(), p.west, "orders", "before", "a", ""))
	p.Pause(west)
	require.Error(t, put(t.Context(), p.west, "orders", "x", "a", ""), "a Region that is down answers nobody")
	require.NoError(t, put(t.Context(), p.central, "orders", "during", "b", ""))
	require.NoError(t, put(t.Context(), p.central, "stock", "during", "b", ""))
	time.Sleep(2 * lag)
	assert.Empty(t, get(t, p.central, "orders", "before"), "the window of loss")

	p.Resume(west)
	assert.Equal(t, "b", get(t, p.west, "stock", "during"), "a strong replica has caught up before it serves")
	p.drained(t)
	assert.Equal(t, "a", get(t, p.central, "orders", "before"))
	assert.Equal(t, "b", get(t, p.west, "orders", "during"))
}

func TestErrorsAreDynamoDBs(t *testing.T) {
	p := newPair(t)
	assert.Equal(t, "ResourceNotFoundException", codeOf(put(t.Context(), p.west, "nowhere", "1", "a", "")))
	_, err := p.west.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: aws.String("orders"), Item: map[string]types.AttributeValue{"name": &types.AttributeValueMemberS{Value: "x"}}})
	assert.Equal(t, "ValidationException", codeOf(err))
	_, err = p.west.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: aws.String("orders"), Item: map[string]types.AttributeValue{"id": &types.AttributeValueMemberN{Value: "1"}}})
	assert.Equal(t, "ValidationException", codeOf(err))
	_, err = p.west.TransactWriteItems(t.Context(), &dynamodb.TransactWriteItemsInput{TransactItems: []types.TransactWriteItem{{Delete: &types.Delete{TableName: aws.String("orders"), Key: map[string]types.AttributeValue{"id": &types.AttributeValueMemberS{Value: "1"}}}}}})
	assert.Equal(t, "UnknownOperationException", codeOf(err))
	assert.ErrorContains(t, err, "the local cloud does not emulate DynamoDB's TransactWriteItems")
}

func TestKeysAreComparedByValue(t *testing.T) {
	of := &table{name: "t", keys: []string{"n"}}
	id := func(number string) string {
		_, id := of.keyOf(item{"n": []byte(`{"N":"` + number + `"}`)})
		return id
	}
	assert.Equal(t, id("1"), id("1.0"))
	assert.Equal(t, id("100"), id("1e2"))
	assert.NotEqual(t, id("1"), id("2"))
	_, text := of.keyOf(item{"n": []byte(`{"S":"1"}`)})
	assert.NotEqual(t, id("1"), text)
}

func TestWhatIsMissingIsSaid(t *testing.T) {
	_, err := Find(t.TempDir())
	require.ErrorIs(t, err, ErrNotInstalled)
	assert.ErrorContains(t, err, "npm install --save-dev dynalite@"+Version)

	dir := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "node_modules", "dynalite"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "node_modules", "dynalite", "package.json"), []byte("{}"), 0o600))
	t.Setenv("PATH", "")
	_, err = Find(dir)
	assert.ErrorContains(t, err, "npm install --save-dev node@")
}
