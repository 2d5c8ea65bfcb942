// Gen writes the JSON Schemas of the documents into docs/reference/schemas.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/regionpair/regionpair/internal/documents"
)

func main() {
	if err := generate(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func generate(module string) error {
	comments, err := documents.ReadComments(module)
	if err != nil {
		return err
	}
	for _, d := range documents.All() {
		text, err := d.Schema(comments)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(module, "docs", "reference", "schemas", d.File()), text, 0o644); err != nil { //nolint:gosec // documentation is for everybody
			return fmt.Errorf("write a schema: %w", err)
		}
	}
	return nil
}
