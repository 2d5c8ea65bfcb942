package main_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
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
	d, err := documents.Of(command)
	require.NoError(t, err)
	known, _ := schemas.LoadOrStore(d.Name, sync.OnceValue(func() *jsonschema.Schema { return strict(t, d) }))
	instance, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	require.NoError(t, err, "%s prints one document", command)
	assert.NoError(t, known.(func() *jsonschema.Schema)().Validate(instance), "%s: %s", command, d.File())
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
func strict(t *testing.T, d documents.Document) *jsonschema.Schema {
	t.Helper()
	file, err := os.Open(filepath.Join("../../docs/reference/schemas", d.File()))
	require.NoError(t, err)
	defer func() { _ = file.Close() }()
	schema, err := jsonschema.UnmarshalJSON(file)
	require.NoError(t, err)
	closeObjects(schema)
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	require.NoError(t, compiler.AddResource(d.File(), schema))
	compiled, err := compiler.Compile(d.File())
	require.NoError(t, err)
	return compiled
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
