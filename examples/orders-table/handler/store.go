package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// order is one order. Its version counts its changes.
type order struct {
	ID       string `json:"id"`
	Customer string `json:"customer"`
	Item     string `json:"item"`
	Status   string `json:"status"`
	Version  int    `json:"version"`
}

var (
	errExists  = errors.New("the order exists")
	errMissing = errors.New("there is no such order")
	errStale   = errors.New("the order has another version")
)

// maxListed bounds a list of orders.
const maxListed = 50

// store keeps orders in a table.
type store struct {
	client *dynamodb.Client
	table  string
}

func (s store) create(ctx context.Context, o order) error {
	_, err := s.client.PutItem(ctx, &dynamodb.PutItemInput{
		TableName: &s.table, Item: itemOf(o), ConditionExpression: aws.String("attribute_not_exists(id)"),
	})
	return orSentinel(err, errExists)
}

func (s store) read(ctx context.Context, id string) (order, error) {
	output, err := s.client.GetItem(ctx, &dynamodb.GetItemInput{TableName: &s.table, Key: keyOf(id), ConsistentRead: aws.Bool(true)})
	if err != nil {
		return order{}, fmt.Errorf("read order: %w", err)
	}
	if output.Item == nil {
		return order{}, errMissing
	}
	return orderOf(output.Item), nil
}

func (s store) change(ctx context.Context, id, status string, version int) (order, error) {
	output, err := s.client.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &s.table, Key: keyOf(id),
		UpdateExpression:         aws.String("SET #status = :status, version = version + :one"),
		ConditionExpression:      aws.String("version = :version"),
		ExpressionAttributeNames: map[string]string{"#status": "status"},
		ExpressionAttributeValues: map[string]types.AttributeValue{
			":status": text(status), ":one": number(1), ":version": number(version),
		},
		ReturnValues: types.ReturnValueAllNew,
	})
	if err != nil {
		return order{}, orSentinel(err, errStale)
	}
	return orderOf(output.Attributes), nil
}

func (s store) of(ctx context.Context, customer string) ([]order, error) {
	output, err := s.client.Query(ctx, &dynamodb.QueryInput{
		TableName: &s.table, IndexName: aws.String("by-customer"), Limit: aws.Int32(maxListed),
		KeyConditionExpression:    aws.String("customer = :customer"),
		ExpressionAttributeValues: map[string]types.AttributeValue{":customer": text(customer)},
	})
	if err != nil {
		return nil, fmt.Errorf("list orders: %w", err)
	}
	orders := make([]order, 0, len(output.Items))
	for _, item := range output.Items {
		orders = append(orders, orderOf(item))
	}
	return orders, nil
}

// orSentinel is the sentinel where a condition did not hold.
func orSentinel(err, sentinel error) error {
	var failed *types.ConditionalCheckFailedException
	switch {
	case err == nil:
		return nil
	case errors.As(err, &failed):
		return sentinel
	}
	return fmt.Errorf("write order: %w", err)
}

type item = map[string]types.AttributeValue

func keyOf(id string) item { return item{"id": text(id)} }

func itemOf(o order) item {
	return item{"id": text(o.ID), "customer": text(o.Customer), "item": text(o.Item), "status": text(o.Status), "version": number(o.Version)}
}

func orderOf(i item) order {
	value := func(name string) string {
		s, _ := i[name].(*types.AttributeValueMemberS)
		if s == nil {
			return ""
		}
		return s.Value
	}
	o := order{ID: value("id"), Customer: value("customer"), Item: value("item"), Status: value("status")}
	if n, ok := i["version"].(*types.AttributeValueMemberN); ok {
		o.Version, _ = strconv.Atoi(n.Value)
	}
	return o
}

func text(value string) types.AttributeValue { return &types.AttributeValueMemberS{Value: value} }

func number(value int) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.Itoa(value)}
}
