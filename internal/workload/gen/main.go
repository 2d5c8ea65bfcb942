// Gen writes what is derived from the type of a workload: docs/reference/workload.schema.json and
// docs/reference/workload.md. Run it with "go generate ./internal/workload".
package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"

	"github.com/regionpair/regionpair/internal/typedoc"
	"github.com/regionpair/regionpair/internal/workload"
)

const (
	schemaFile  = "docs/reference/workload.schema.json"
	pageFile    = "docs/reference/workload.md"
	exampleFile = "examples/orders-table/workload.json"
)

func main() {
	if err := generate("../.."); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func generate(module string) error {
	files, err := render(module)
	if err != nil {
		return err
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(module, name), content, 0o644); err != nil { //nolint:gosec // files of the repository
			return fmt.Errorf("write %s: %w", name, err)
		}
	}
	return nil
}

// render returns the generated files by their names in the module.
func render(module string) (map[string][]byte, error) {
	comments, err := typedoc.ReadComments(filepath.Join(module, "internal/workload/workload.go"))
	if err != nil {
		return nil, err
	}
	from := typedoc.Schema{Comments: comments}
	schema := from.Struct(reflect.TypeFor[workload.Workload]())
	schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	schema["title"] = "Workload of a regionpair drill"
	encoded, err := typedoc.Encode(schema)
	if err != nil {
		return nil, err
	}
	page, err := renderPage(from, module)
	return map[string][]byte{schemaFile: encoded, pageFile: page}, err
}

const intro = `# The workload of a drill

<!-- Generated from the Go type by "go generate ./internal/workload": change the comments in internal/workload/workload.go, or this text in gen. -->

A workload describes what the clients of a drill send to your API, as data:

~~~sh
regionpair drill --workload workload.json
~~~

Every request says what it does to a key. The drill then knows what was written, what was acknowledged, and what a read must find. At the end it
reads every key through the API of both Regions. [The drill](drill.md#figures) describes the figures.

Without a file the drill uses the workload of the object API ([objects.json](../../examples/workloads/objects.json)) for an API with its
routes. For any other API it requests tokens and every GET route without parameters, and the report says that no data was checked.

The file is checked before anything starts: unknown fields, placeholders without a value, paths that are no route of the API, a client that does not
exist or lacks a scope. All problems are listed at once, and the exit code is 2. Editors complete and check the file with
[workload.schema.json](workload.schema.json).

## An example

Orders with versions. PATCH names the version that its caller has read, so the API refuses it with 409 in a Region that lacks the last change:

~~~json
%s~~~

More: [objects](../../examples/workloads/objects.json), [objects with conditions](../../examples/workloads/conditional-objects.json),
[an API without tokens](../../examples/existing-api/workload.json), [reads only](../../examples/own-handler/workload.json).

## How keys are used

- A key is written by one caller at a time, so that its writes have an order. Reads come at any time.
- If nobody knows whether a write was made, because its answer was lost or is a 5xx, either outcome is right from then on, and the key is
  not written again. A connection that was refused has sent nothing, and its write has not been made.
- A deleted key stays deleted. If a Region returns it later, it counts as lost.
- A read that finds an older state is stale. That is normal while a write is being replicated, and counted. A read that finds what nobody
  has written is a failure.

## Placeholders

| Placeholder | Value |
|---|---|
`

func renderPage(from typedoc.Schema, module string) ([]byte, error) {
	example, err := os.ReadFile(filepath.Join(module, exampleFile)) //nolint:gosec // a file of the repository
	if err != nil {
		return nil, fmt.Errorf("read the example: %w", err)
	}
	var out bytes.Buffer
	out.WriteString(strings.ReplaceAll(fmt.Sprintf(intro, example), "~~~", "```"))
	for _, p := range workload.Placeholders {
		fmt.Fprintf(&out, "| `{%s}` | %s |\n", p.Name, p.Meaning)
	}
	root := reflect.TypeFor[workload.Workload]()
	typedoc.Section(&out, "The file", "")
	for i := range root.NumField() {
		if typedoc.GroupOf(root.Field(i)) == nil {
			from.Row(&out, root, root.Field(i), "")
		}
	}
	for i := range root.NumField() {
		if group := typedoc.GroupOf(root.Field(i)); group != nil {
			typedoc.Section(&out, "`requests`", typedoc.Describe(from.Comments.Of(root, root.Field(i))))
			from.Rows(&out, group, typedoc.Prefix(root.Field(i), "requests"))
		}
	}
	return out.Bytes(), nil
}
