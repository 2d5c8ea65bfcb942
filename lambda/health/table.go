package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/regionpair/regionpair/internal/contract"
)

// readTables reads what was put beside the function's binary.
func readTables(folder string) (map[string]contract.HealthTable, error) {
	path, tables := filepath.Join(folder, contract.HealthTablesFile), map[string]contract.HealthTable{}
	text, err := os.ReadFile(path) //nolint:gosec // the function's own folder
	if errors.Is(err, fs.ErrNotExist) {
		return tables, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the tables: %w", err)
	}
	if err := json.Unmarshal(text, &tables); err != nil {
		return nil, fmt.Errorf("%s must be a JSON object of tables and their keys: %w", path, err)
	}
	return tables, nil
}

// tableProbes read one key of each table, by the names of their checks.
func tableProbes(tables map[string]contract.HealthTable, config aws.Config) []*probe {
	list := []*probe{}
	if len(tables) == 0 {
		return list
	}
	client := dynamodb.NewFromConfig(config)
	for _, name := range slices.Sorted(maps.Keys(tables)) {
		// A slash keeps the name apart from those of the user's own probes.
		list = append(list, &probe{name: "table/" + name, ask: askTable(client, tables[name]), later: true})
	}
	return list
}

// askTable reads a key that no item needs to have. A strongly consistent read
// needs the table's key, and of a strongly consistent table enough of its Regions.
func askTable(client *dynamodb.Client, table contract.HealthTable) func(context.Context) error {
	key := map[string]types.AttributeValue{}
	for name, letter := range table.Key {
		key[name] = healthValue(letter)
	}
	return func(ctx context.Context) error {
		_, err := client.GetItem(ctx, &dynamodb.GetItemInput{TableName: &table.Table, Key: key, ConsistentRead: aws.Bool(true)})
		if err != nil {
			return fmt.Errorf("read %s: %w", table.Table, err)
		}
		return nil
	}
}

func healthValue(letter string) types.AttributeValue {
	switch letter {
	case "N":
		return &types.AttributeValueMemberN{Value: "0"}
	case "B":
		return &types.AttributeValueMemberB{Value: []byte(contract.HealthItem)}
	}
	return &types.AttributeValueMemberS{Value: contract.HealthItem}
}
