package main

import "errors"

// extend gives the example what it has none of: a table with an index, and a
// client whose secret is rotated.
func extend(appContext map[string]any) error {
	dev, err := environment(appContext)
	if err != nil {
		return err
	}
	clients, _ := dev["clients"].(map[string]any)
	partner, isThere := clients[clientName].(map[string]any)
	if !isThere {
		return errors.New("the environment 'dev' has no client '" + clientName + "'")
	}
	partner["rotationDays"] = 30
	dev["tables"] = map[string]any{tableName: map[string]any{
		"partitionKey": "id", "sortKey": "at", "attributeTypes": map[string]any{"at": "number"},
		"indexes": map[string]any{"by-author": map[string]any{"partitionKey": "author"}},
	}}
	return nil
}

// environment is the configuration that is deployed.
func environment(appContext map[string]any) (map[string]any, error) {
	section, _ := appContext["regionpair"].(map[string]any)
	environments, _ := section["environments"].(map[string]any)
	dev, isThere := environments["dev"].(map[string]any)
	if !isThere {
		return nil, errors.New("cdk.json has no environment 'dev'")
	}
	return dev, nil
}

// clientName is the client that calls the API here.
const clientName = "partner"
