package report

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/internal/drill"
)

func TestAFolderTakesWholeReports(t *testing.T) {
	folder := Folder(filepath.Join(t.TempDir(), "a", "b"))
	require.NoError(t, folder.Prepare())
	names := func() []string {
		entries, err := os.ReadDir(string(folder))
		require.NoError(t, err)
		list := []string{}
		for _, entry := range entries {
			list = append(list, entry.Name())
		}
		return list
	}
	assert.Empty(t, names(), "the attempt to write leaves nothing")
	require.NoError(t, folder.Write(drill.Document{Runs: []drill.Result{exampleRun("crash", 1, 33)}}))
	require.NoError(t, folder.Write(drill.Document{Runs: []drill.Result{exampleRun("crash", 1, 33)}}), "they replace those of the last drill")
	assert.Equal(t, []string{"report.html", "report.json", "report.md", "report.svg"}, names())
}

func TestAFolderThatCannotBeWritten(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	require.ErrorContains(t, Folder(file).Prepare(), "the folder for the report")
	folder := Folder(t.TempDir())
	require.NoError(t, os.Mkdir(filepath.Join(string(folder), "report.md"), 0o700))
	require.ErrorContains(t, folder.Write(drill.Document{}), "report.md")
	left, err := filepath.Glob(filepath.Join(string(folder), ".report-*"))
	require.NoError(t, err)
	assert.Empty(t, left)
}
