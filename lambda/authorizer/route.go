package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/internal/route"
)

// readTable reads the routes that were put beside the function's binary.
func readTable(folder string) (*route.Table, error) {
	path := filepath.Join(folder, contract.RoutesFile)
	text, err := os.ReadFile(path) //nolint:gosec // the function's own folder
	if err != nil {
		return nil, fmt.Errorf("read the routes: %w", err)
	}
	table, err := parseTable(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return table, nil
}

func parseTable(text []byte) (*route.Table, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	var routes []route.Route
	if err := decoder.Decode(&routes); err != nil {
		return nil, fmt.Errorf(`it must be a JSON list such as [{"method":"GET","path":"/objects","scopes":["objects/read"]}]: %w`, err)
	}
	return route.NewTable(routes)
}
