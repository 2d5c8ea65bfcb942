package documents_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/internal/documents"
)

const folder = "../../docs/reference/schemas"

func TestSchemasFollowTheTypes(t *testing.T) {
	comments, err := documents.ReadComments("../..")
	require.NoError(t, err)
	for _, d := range documents.All() {
		want, err := d.Schema(comments)
		require.NoError(t, err)
		have, err := os.ReadFile(filepath.Join(folder, d.File()))
		require.NoError(t, err, "run `go generate ./internal/documents`")
		assert.Equal(t, string(want), string(have), "run `go generate ./internal/documents`")
		_, err = jsonschema.NewCompiler().Compile(filepath.Join(folder, d.File()))
		assert.NoError(t, err, d.Name)
	}
	files, err := os.ReadDir(folder)
	require.NoError(t, err)
	assert.Len(t, files, len(documents.All()), "a schema of no document")
}
