// Package exports reads what Go packages export, as their importers see it. Tests of
// the conventions in this module need it.
package exports

import (
	"context"
	"fmt"
	"go/importer"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"strings"
)

// Reader reads packages that are compiled.
type Reader struct {
	types.Importer
	// Packages can be read, except commands.
	Packages []Package
}

// Package is one of them.
type Package struct{ Path, Name string }

// NewReader compiles the packages that a pattern of the Go command means, with all
// that they import.
func NewReader(ctx context.Context, pattern string) (*Reader, error) {
	output, err := exec.CommandContext(ctx, "go", "list", "-export", "-deps", "-f", "{{.ImportPath}}\t{{.Name}}\t{{.Export}}", pattern).Output() //nolint:gosec // a pattern of a test
	if err != nil {
		return nil, fmt.Errorf("compile %s: %w", pattern, err)
	}
	files, packages := map[string]string{}, []Package{}
	for line := range strings.Lines(string(output)) {
		parts := strings.Split(strings.TrimSpace(line), "\t")
		if len(parts) < 3 { // unsafe, which has no file, and what has tests alone
			continue
		}
		files[parts[0]] = parts[2]
		packages = append(packages, Package{Path: parts[0], Name: parts[1]})
	}
	open := func(path string) (io.ReadCloser, error) { return os.Open(files[path]) }
	return &Reader{importer.ForCompiler(token.NewFileSet(), "gc", open), packages}, nil
}
