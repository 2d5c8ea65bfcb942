package main_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/internal/documents"
)

var schemas sync.Map // compiled, by name

// mustMatchItsSchema holds what a command has printed with --json to the
// published schema. Every run of a command in these tests passes through it.
func mustMatchItsSchema(t *testing.T, args []string, stdout string) {
	t.Helper()
	if !slices.Contains(args, "--json") || stdout == "" {
		return
	}
	for line := range strings.Lines(documentsIn(stdout)) {
		mustMatchTheSchemaOf(t, args[0], line)
	}
}

// mustMatchTheSchemaOf holds one document to the schema of what a command, or a
// verb of `up`, prints.
func mustMatchTheSchemaOf(t *testing.T, command, text string) {
	t.Helper()
	require.NoError(t, validate(command, text))
}

func validate(command, text string) error {
	d, err := documents.Of(command)
	if err != nil {
		return err
	}
	known, _ := schemas.LoadOrStore(d.Name, sync.OnceValues(func() (*jsonschema.Schema, error) { return strict(d) }))
	schema, err := known.(func() (*jsonschema.Schema, error))()
	if err != nil {
		return err
	}
	instance, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		return fmt.Errorf("`regionpair %s` prints one document: %w", command, err)
	}
	return schema.Validate(instance)
}

// documentsIn returns one document on each line: `drill --json` prints its only
// one on many.
func documentsIn(stdout string) string {
	if strings.HasPrefix(stdout, "{\n") {
		return strings.ReplaceAll(stdout, "\n", " ")
	}
	return stdout
}

// strict is the schema, closed: the types know every field that is printed.
func strict(d documents.Document) (*jsonschema.Schema, error) {
	text, err := os.ReadFile(filepath.Join("../../docs/reference/schemas", d.File()))
	if err != nil {
		return nil, err
	}
	schema, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	closeObjects(schema)
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	if err := compiler.AddResource(d.File(), schema); err != nil {
		return nil, err
	}
	return compiler.Compile(d.File())
}

func closeObjects(schema any) {
	switch s := schema.(type) {
	case map[string]any:
		if _, isObject := s["properties"].(map[string]any); isObject && s["type"] == "object" {
			s["additionalProperties"] = false
		}
		for _, child := range s {
			closeObjects(child)
		}
	case []any:
		for _, child := range s {
			closeObjects(child)
		}
	}
}
