package regionpairtest

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/pmezard/go-difflib/difflib"
)

// updateVariable accepts what has changed when it is set to anything.
const updateVariable = "UPDATE_SNAPSHOTS"

// MatchSnapshot compares the stack's whole template with a file. Only hashes
// of assets are normalised: a changed logical id is a difference.
func MatchSnapshot(t testing.TB, stack awscdk.Stack, file string) {
	t.Helper()
	MatchFile(t, file, Template(t, stack).Text())
}

// MatchFile compares a text with a file, and writes the file instead when
// UPDATE_SNAPSHOTS is set.
func MatchFile(t testing.TB, file, text string) {
	t.Helper()
	if os.Getenv(updateVariable) != "" {
		if err := os.MkdirAll(filepath.Dir(file), 0o750); err != nil {
			t.Fatalf("update a snapshot: %v", err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatalf("update a snapshot: %v", err)
		}
		return
	}
	want, err := os.ReadFile(file) //nolint:gosec // a file that the test names
	if err != nil {
		t.Fatalf("%v: run the tests with %s=1 to write the snapshot", err, updateVariable)
	}
	if string(want) != text {
		t.Errorf("%s has changed: read the difference, and run the tests with %s=1 if it is intended\n%s", file, updateVariable, difference(string(want), text))
	}
}

func difference(want, got string) string {
	// The error is that of a buffer, which has none.
	text, _ := difflib.GetUnifiedDiffString(difflib.UnifiedDiff{
		A: difflib.SplitLines(want), B: difflib.SplitLines(got), FromFile: "snapshot", ToFile: "now", Context: 3,
	})
	return text
}
