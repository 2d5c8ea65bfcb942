package stacks_test

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// assetHash is all that may differ between two checkouts of one commit.
var assetHash = regexp.MustCompile(`\b[0-9a-f]{64}\b`)

// TestSnapshot holds every stack of the smallest and of the largest
// configuration. UPDATE_SNAPSHOTS=1 accepts what has changed.
func TestSnapshot(t *testing.T) {
	for _, environment := range []string{"minimal", "full"} {
		for name, template := range synthOnce(t, environment).all() {
			t.Run(environment+"-"+name, func(t *testing.T) {
				got := assetHash.ReplaceAll(template.raw, []byte("<asset hash>"))
				golden(t, filepath.Join("testdata", "snapshots", environment+"-"+name+".json"), got)
			})
		}
	}
}

func golden(t *testing.T, path string, got []byte) {
	t.Helper()
	if os.Getenv("UPDATE_SNAPSHOTS") != "" {
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, got, 0o644))
		return
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err, "run the tests with UPDATE_SNAPSHOTS=1 to make the snapshot")
	assert.Equal(t, string(want), string(got), "run the tests with UPDATE_SNAPSHOTS=1 when the change is intended, and read the difference")
}
