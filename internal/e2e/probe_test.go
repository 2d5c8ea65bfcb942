package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTheListOfWhatIsLeftOutNeitherGrowsNorShrinks(t *testing.T) {
	t.Setenv("UPDATE_SNAPSHOTS", "")
	file := filepath.Join(t.TempDir(), "left-out.txt")
	require.NoError(t, os.WriteFile(file, []byte("s/A: a\ns/B: b\n"), 0o600))

	require.NoError(t, compareWithList(file, []string{"s/A: a", "s/B: b"}))
	grown := compareWithList(file, []string{"s/A: a", "s/B: b", "s/C: c"})
	require.ErrorContains(t, grown, "UPDATE_SNAPSHOTS=1")
	require.ErrorContains(t, grown, "\n  + s/C: c")
	require.ErrorContains(t, compareWithList(file, []string{"s/A: a"}), "\n  - s/B: b")
	require.ErrorContains(t, compareWithList(file, []string{"s/A: other", "s/B: b"}), "\n  + s/A: other\n  - s/A: a")
	require.ErrorContains(t, compareWithList(file+".missing", nil), "UPDATE_SNAPSHOTS=1")
}

func TestTheListIsWrittenOnRequest(t *testing.T) {
	t.Setenv("UPDATE_SNAPSHOTS", "1")
	file := filepath.Join(t.TempDir(), "left-out.txt")

	require.NoError(t, compareWithList(file, []string{"s/A: a", "s/B: b"}))

	text, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, "s/A: a\ns/B: b\n", string(text))
}

func TestATriedResourceRefersToNothing(t *testing.T) {
	value := parse(t, `{"P": {"Ref": "A"}, "Q": [{"Fn::GetAtt": ["A", "Arn"]}, {"R": {"Fn::Sub": "${A}"}, "S": 1}]}`)

	assert.Equal(t, parse(t, `{"P": "any", "Q": ["any", {"R": "any", "S": 1}]}`), literal(value))
}
