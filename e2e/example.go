package main

import "errors"

// extend gives the example what it has none of: a table with an index, and a
// client whose secret is rotated.
func extend(appContext map[string]any) error {
	section, _ := appContext["regionpair"].(map[string]any)
	environments, _ := section["environments"].(map[string]any)
	dev, _ := environments["dev"].(map[string]any)
	clients, _ := dev["clients"].(map[string]any)
	partner, isThere := clients[clientName].(map[string]any)
	if !isThere {
		return errors.New("cdk.json has no environment 'dev' with a client '" + clientName + "'")
	}
	partner["rotationDays"] = 30
	dev["tables"] = map[string]any{tableName: map[string]any{
		"partitionKey": "id", "sortKey": "at", "attributeTypes": map[string]any{"at": "number"},
		"indexes": map[string]any{"by-author": map[string]any{"partitionKey": "author"}},
	}}
	return nil
}

// clientName is the client that calls the API here.
const clientName = "partner"
