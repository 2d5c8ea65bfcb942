package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// tableName is the table that the example gets here: it has none of its own.
const tableName = "journal"

// listTables lists the tables of a Region. The list has names, in one page.
func listTables(ctx context.Context, e *emulator) ([]string, error) {
	text, err := e.read(ctx, dynamoDB("ListTables", "{}"))
	if err != nil {
		return nil, err
	}
	var tables struct {
		TableNames             []string
		LastEvaluatedTableName string
	}
	if err := json.Unmarshal([]byte(text), &tables); err != nil {
		return nil, fmt.Errorf("read the tables: %w: %s", err, text)
	}
	if tables.LastEvaluatedTableName != "" {
		return nil, errPaged
	}
	return tables.TableNames, nil
}

func dynamoDB(operation, body string) request {
	return request{service: "dynamodb", path: "/", target: "DynamoDB_20120810." + operation, body: body}
}

// checkTable compares the table with the configuration. The emulator keeps a
// replica of another Region in the same process, so the secondary has none.
func (s *scenario) checkTable(ctx context.Context) (string, error) {
	name := s.config.TableName(tableName)
	text, err := s.emulators[s.data().Region].read(ctx, dynamoDB("DescribeTable", `{"TableName":"`+name+`"}`))
	if err != nil {
		return "", err
	}
	var described struct {
		Table struct {
			TableStatus            string
			KeySchema              []struct{ AttributeName, KeyType string }
			GlobalSecondaryIndexes []struct{ IndexName string }
		}
	}
	if err := json.Unmarshal([]byte(text), &described); err != nil {
		return "", fmt.Errorf("read the table: %w: %s", err, text)
	}
	table, keys := described.Table, []string{}
	for _, key := range table.KeySchema {
		keys = append(keys, key.AttributeName+" "+key.KeyType)
	}
	if table.TableStatus != "ACTIVE" || !slices.Equal(keys, []string{"id HASH", "at RANGE"}) || len(table.GlobalSecondaryIndexes) != 1 {
		return "", fmt.Errorf("the table is not what was configured: %s", text)
	}
	for _, stack := range s.regionStacks() {
		if err := s.mustKnowTable(ctx, stack.Name, stack.Region, name); err != nil {
			return "", err
		}
	}
	return fmt.Sprintf("%s, keys %s, one index; both functions know its name", name, strings.Join(keys, ", ")), nil
}

func (s *scenario) mustKnowTable(ctx context.Context, stack, region, name string) error {
	e := s.emulators[region]
	ids, err := e.physicalIDs(ctx, stack)
	if err != nil {
		return err
	}
	text, err := e.read(ctx, request{service: "lambda", path: "/2015-03-31/functions/" + ids[handlerID] + "/configuration"})
	if err != nil {
		return err
	}
	if !strings.Contains(text, `"TABLE_JOURNAL"`) || !strings.Contains(text, name) {
		return fmt.Errorf("the function of %s does not know the table %s: %s", stack, name, text)
	}
	return nil
}
