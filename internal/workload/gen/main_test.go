package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/internal/workload"
)

const module = "../../.."

func TestGeneratedFilesAreCurrent(t *testing.T) {
	files, err := render(module)
	require.NoError(t, err)
	for name, want := range files {
		got, err := os.ReadFile(filepath.Join(module, name))
		require.NoError(t, err)
		assert.Equal(t, string(want), string(got), "%s is not current: run go generate ./internal/workload", name)
	}
}

// The schema and the reader must agree, or an editor would praise what the drill refuses.
func TestTheSchemaAndTheReaderAgree(t *testing.T) {
	schema, err := jsonschema.NewCompiler().Compile(filepath.Join(module, schemaFile))
	require.NoError(t, err)
	accepts := func(text string) bool {
		value, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
		require.NoError(t, err)
		return schema.Validate(value) == nil
	}
	files, err := filepath.Glob(filepath.Join(module, "examples", "*", "workload.json"))
	require.NoError(t, err)
	kinds, err := filepath.Glob(filepath.Join(module, "examples", "workloads", "*.json"))
	require.NoError(t, err)
	require.Greater(t, len(files)+len(kinds), 4)
	for _, file := range append(files, kinds...) {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		assert.True(t, accepts(string(text)), file)
		_, err = workload.Decode(text)
		assert.NoError(t, err, file)
	}
	for _, text := range []string{
		`{}`, `{"requests": []}`, `{"requests": [{"method": "FETCH", "path": "/a"}]}`, `{"requests": [{"method": "GET", "path": "a"}]}`, `{"requests": [{"method": "GET"}]}`,
		`{"requests": [{"method": "GET", "path": "/a", "weight": 0}]}`, `{"requests": [{"method": "GET", "path": "/a", "paths": 1}]}`, `{"requests": [{"method": "GET", "path": "/a", "status": [99]}]}`,
	} {
		assert.False(t, accepts(text), text)
		_, err := workload.Decode([]byte(text))
		assert.Error(t, err, text)
	}
}
