package entry_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/internal/entry"
)

// app makes a CDK app with a function, and a package below it with tests.
func app(t *testing.T) string {
	t.Helper()
	root, err := filepath.EvalSymlinks(t.TempDir())
	require.NoError(t, err)
	for name, text := range map[string]string{
		"cdk.json":                 "{}",
		"functions/orders/main.go": "package main\n",
		"functions/lib/lib.go":     "package lib\n",
		"functions/empty/README":   "",
		"infra/stack_test.go":      "package infra\n",
		"infra/local/main.go":      "package main\n",
	} {
		path := filepath.Join(root, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o750))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	}
	return root
}

func TestIsRelativeToTheApp(t *testing.T) {
	root := app(t)
	for _, working := range []string{".", "infra", "infra/local"} {
		t.Chdir(filepath.Join(root, working))
		assert.Equal(t, filepath.Join(root, "functions/orders"), entry.Folder("./functions/orders"), working)
		assert.Nil(t, entry.Check("functions/orders"), working)
	}
}

func TestIsRelativeToTheWorkingFolderWhereTheAppHasNone(t *testing.T) {
	root := app(t)
	t.Chdir(filepath.Join(root, "infra"))
	assert.Equal(t, filepath.Join(root, "infra/local"), entry.Folder("local"))
	assert.Equal(t, filepath.Join(root, "functions"), entry.Folder(filepath.Join(root, "functions")))
}

func TestSaysWhatIsNoProgram(t *testing.T) {
	root := app(t)
	t.Chdir(root)
	for name, want := range map[string]string{
		"functions/none":           `there is no folder "` + root + `/functions/none"; name the folder of a Go main package, relative to the app's cdk.json`,
		"functions/orders/main.go": `"` + root + `/functions/orders/main.go" is a file; name the folder that it is in`,
		"functions/lib":            `"` + root + `/functions/lib" is package lib; name the folder of a main package`,
	} {
		problem := entry.Check(name)
		require.NotNil(t, problem, name)
		assert.Equal(t, want, problem.String())
	}
	problem := entry.Check("functions/empty")
	require.NotNil(t, problem)
	assert.Contains(t, problem.String(), `functions/empty" holds no Go package that builds for Linux`)
}
