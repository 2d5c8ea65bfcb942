// Gen writes what is derived from the configuration type: regionpair.schema.json, with which editors complete and check
// cdk.json, and docs/reference/configuration.md. Run it with "go generate ./config".
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/regionpair/regionpair/internal/typedoc"
)

func main() {
	if err := generate("."); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

// generate writes both files of the module that the package folder configDir belongs to.
func generate(configDir string) error {
	files, err := render(configDir)
	if err != nil {
		return err
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(configDir, "..", name), content, 0o644); err != nil { //nolint:gosec // files of the repository
			return fmt.Errorf("write %s: %w", name, err)
		}
	}
	return nil
}

// render returns the generated files by their names in the module.
func render(configDir string) (map[string][]byte, error) {
	comments, err := typedoc.ReadComments(filepath.Join(configDir, "config.go"))
	if err != nil {
		return nil, err
	}
	schema, err := renderSchema(comments)
	if err != nil {
		return nil, err
	}
	return map[string][]byte{
		"regionpair.schema.json":          schema,
		"docs/reference/configuration.md": renderTable(comments),
	}, nil
}
