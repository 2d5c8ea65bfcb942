package durableaws

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"golang.org/x/sync/errgroup"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/lambda/internal/durable"
)

// Table is the index in DynamoDB. It implements [durable.Shelf].
type Table struct {
	Client *dynamodb.Client
	Name   string
}

// once: a write that is repeated must know first what became of it.
func once(o *dynamodb.Options) { o.RetryMaxAttempts = 1 }

// Get implements [durable.Index].
func (t Table) Get(ctx context.Context, key string) (*durable.Entry, error) {
	output, err := t.Client.GetItem(ctx, &dynamodb.GetItemInput{TableName: &t.Name, Key: keyOf(key), ConsistentRead: aws.Bool(true)})
	if err != nil {
		return nil, fmt.Errorf("read the index: %w", err)
	}
	if output.Item == nil {
		return nil, nil
	}
	entry, err := entryOf(output.Item)
	return &entry, err
}

// Put implements [durable.Index].
func (t Table) Put(ctx context.Context, entry durable.Entry, seen string) error {
	input := &dynamodb.PutItemInput{TableName: &t.Name, Item: itemOf(entry)}
	input.ConditionExpression, input.ExpressionAttributeNames, input.ExpressionAttributeValues = unchanged(seen)
	_, err := t.Client.PutItem(ctx, input, once)
	return classify("write to the index", err)
}

// Remove implements [durable.Shelf].
func (t Table) Remove(ctx context.Context, key, state string) error {
	input := &dynamodb.DeleteItemInput{TableName: &t.Name, Key: keyOf(key)}
	input.ConditionExpression, input.ExpressionAttributeNames, input.ExpressionAttributeValues = unchanged(state)
	_, err := t.Client.DeleteItem(ctx, input, once)
	return classify("remove from the index", err)
}

// unchanged is the condition that a key has a state, empty for no item.
func unchanged(state string) (*string, map[string]string, item) {
	names := map[string]string{"#state": attributeState}
	if state == "" {
		return aws.String("attribute_not_exists(#state)"), names, nil
	}
	return aws.String("#state = :state"), names, item{":state": text(state)}
}

// refusals are errors after which nothing was written.
var refusals = []string{
	"ReplicatedWriteConflictException", "ProvisionedThroughputExceededException", "ThrottlingException", "RequestLimitExceeded",
	"ResourceNotFoundException", "ResourceInUseException", "AccessDeniedException", "ValidationException", "ExpiredTokenException",
}

func classify(what string, err error) error {
	if err == nil {
		return nil
	}
	var changed *types.ConditionalCheckFailedException
	if errors.As(err, &changed) {
		return durable.ErrChanged
	}
	if code := codeOf(err); slices.Contains(refusals, code) {
		return fmt.Errorf("%s: %w: %w", what, durable.ErrRefused, err)
	}
	return fmt.Errorf("%s: %w", what, err)
}

// Missing implements [durable.Shelf].
func (t Table) Missing(ctx context.Context, region, after string, most int) (keys []string, next string, err error) {
	input := &dynamodb.QueryInput{
		TableName: &t.Name, IndexName: aws.String(contract.IndexMissing), Limit: aws.Int32(int32(most)), //nolint:gosec // a small number
		KeyConditionExpression:    aws.String("#missing = :region"),
		ExpressionAttributeNames:  map[string]string{"#missing": contract.IndexMissing},
		ExpressionAttributeValues: item{":region": text(region)},
	}
	if after != "" {
		input.ExclusiveStartKey = keyOf(after)
		input.ExclusiveStartKey[contract.IndexMissing] = text(region)
	}
	output, err := t.Client.Query(ctx, input)
	if err != nil {
		return nil, "", fmt.Errorf("query what is missing in %s: %w", region, err)
	}
	for _, values := range output.Items {
		if key, given := values[contract.IndexKey].(*types.AttributeValueMemberS); given {
			keys = append(keys, key.Value)
		}
	}
	if last, more := output.LastEvaluatedKey[contract.IndexKey].(*types.AttributeValueMemberS); more {
		next = last.Value
	}
	return keys, next, nil
}

// Count returns how many entries lack their blob in a Region's bucket, up to about
// as many as fit into one answer of DynamoDB.
func (t Table) Count(ctx context.Context, region string) (int, error) {
	output, err := t.Client.Query(ctx, &dynamodb.QueryInput{
		TableName: &t.Name, IndexName: aws.String(contract.IndexMissing), Select: types.SelectCount,
		KeyConditionExpression:    aws.String("#missing = :region"),
		ExpressionAttributeNames:  map[string]string{"#missing": contract.IndexMissing},
		ExpressionAttributeValues: item{":region": text(region)},
	})
	if err != nil {
		return 0, fmt.Errorf("count what is missing in %s: %w", region, err)
	}
	return int(output.Count), nil
}

// All implements [durable.Shelf].
func (t Table) All(ctx context.Context, partition int) ([]durable.Entry, error) {
	return t.query(ctx, partition, "", "", 0)
}

// List returns objects whose keys begin with a prefix and come after a key, in the
// order of their keys: at most limit, and whether there are more.
func (t Table) List(ctx context.Context, prefix, after string, limit int) (entries []durable.Entry, more bool, err error) {
	if after >= prefix && !strings.HasPrefix(after, prefix) {
		return nil, false, nil
	}
	parts := make([][]durable.Entry, durable.Partitions)
	group, ctx := errgroup.WithContext(ctx)
	for partition := range durable.Partitions {
		group.Go(func() (err error) {
			parts[partition], err = t.query(ctx, partition, prefix, after, limit+1)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, false, err
	}
	entries = slices.Concat(parts...)
	slices.SortFunc(entries, func(a, b durable.Entry) int { return strings.Compare(a.Key, b.Key) })
	if len(entries) > limit {
		return entries[:limit], true, nil
	}
	return entries, false, nil
}

// withoutRecent names every attribute but the longest one.
func withoutRecent(names map[string]string) string {
	placeholders := []string{}
	for _, name := range []string{contract.IndexKey, attributeState, attributeDeleted, contract.IndexMissing, attributeSize, attributeModified, attributeWriter} {
		names["#"+name] = name
		placeholders = append(placeholders, "#"+name)
	}
	return strings.Join(placeholders, ", ")
}

// query returns entries of a partition, without their recent states. With a limit it returns objects only, and
// not more.
func (t Table) query(ctx context.Context, partition int, prefix, after string, limit int) ([]durable.Entry, error) {
	input := &dynamodb.QueryInput{
		TableName: &t.Name, ConsistentRead: aws.Bool(true),
		KeyConditionExpression:    aws.String("#partition = :partition"),
		ExpressionAttributeNames:  map[string]string{"#partition": contract.IndexPartition},
		ExpressionAttributeValues: item{":partition": text(partitionName(partition))},
	}
	if prefix != "" {
		input.KeyConditionExpression = aws.String("#partition = :partition AND begins_with(#key, :prefix)")
		input.ExpressionAttributeNames["#key"] = contract.IndexKey
		input.ExpressionAttributeValues[":prefix"] = text(prefix)
	}
	if after > prefix {
		input.ExclusiveStartKey = item{contract.IndexPartition: text(partitionName(partition)), contract.IndexKey: text(after)}
	}
	if limit > 0 {
		input.Limit = aws.Int32(int32(limit)) //nolint:gosec // a small number
	}
	input.ProjectionExpression = aws.String(withoutRecent(input.ExpressionAttributeNames))
	entries := []durable.Entry{}
	for pages := dynamodb.NewQueryPaginator(t.Client, input); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("query the index: %w", err)
		}
		for _, values := range page.Items {
			entry, err := entryOf(values)
			if err != nil {
				return nil, err
			}
			if limit > 0 && entry.Deleted {
				continue
			}
			if entries = append(entries, entry); len(entries) == limit {
				return entries, nil
			}
		}
	}
	return entries, nil
}
