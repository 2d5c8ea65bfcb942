// Docgen writes docs/reference/constructs.md from the doc comments of package
// constructs. Run it with "go generate ./internal/docgen".
package main

//go:generate go run . ../..

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/doc"
	"go/format"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
)

// page that is written, in the module's folder.
const page = "docs/reference/constructs.md"

func main() {
	if err := generate(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "docgen:", err)
		os.Exit(1)
	}
}

func generate(module string) error {
	text, err := render(filepath.Join(module, "constructs"))
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(module, page), text, 0o644); err != nil { //nolint:gosec // documentation is for everybody
		return fmt.Errorf("write the page: %w", err)
	}
	return nil
}

// reference is the package while its page is written.
type reference struct {
	out   strings.Builder
	files *token.FileSet
	types map[string]*doc.Type
}

func render(folder string) ([]byte, error) {
	r := &reference{files: token.NewFileSet(), types: map[string]*doc.Type{}}
	parsed, err := r.parse(folder)
	if err != nil {
		return nil, err
	}
	pkg, err := doc.NewFromFiles(r.files, parsed, "github.com/regionpair/regionpair/constructs")
	if err != nil {
		return nil, fmt.Errorf("read the doc comments: %w", err)
	}
	for _, t := range pkg.Types {
		r.types[t.Name] = t
	}
	r.out.WriteString("# Constructs\n\n<!-- Generated from doc comments by \"go generate ./internal/docgen\". -->\n\n" +
		"Package [`constructs`](../../constructs) is imported as `regionpair`. Each constructor takes a scope, an id and the properties below, and panics on\n" +
		"misuse with a message that names the property, the value and what is allowed. [Examples](../../examples)\n\n")
	for _, t := range pkg.Types {
		if constructorOf(t) != nil {
			fmt.Fprintf(&r.out, "- [%s](#%s)\n", t.Name, strings.ToLower(t.Name))
		}
	}
	for _, t := range pkg.Types {
		if constructor := constructorOf(t); constructor != nil {
			r.construct(t, constructor)
		}
	}
	return []byte(r.out.String()), nil
}

// parse reads the package with the examples of its tests.
func (r *reference) parse(folder string) ([]*ast.File, error) {
	names, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		return nil, err
	}
	parsed := []*ast.File{}
	for _, name := range names {
		file, err := parser.ParseFile(r.files, name, nil, parser.ParseComments)
		if err != nil {
			return nil, fmt.Errorf("read the sources: %w", err)
		}
		parsed = append(parsed, file)
	}
	return parsed, nil
}

// constructorOf returns New<type>, or nil for a type that is no construct.
func constructorOf(t *doc.Type) *doc.Func {
	for _, f := range t.Funcs {
		if f.Name == "New"+t.Name {
			return f
		}
	}
	return nil
}

func (r *reference) construct(t *doc.Type, constructor *doc.Func) {
	fmt.Fprintf(&r.out, "\n## %s\n\n%s\n", t.Name, paragraphs(t.Doc))
	if about := constructor.Doc; about != "" {
		fmt.Fprintf(&r.out, "\n%s\n", paragraphs(about))
	}
	for _, example := range append(t.Examples, constructor.Examples...) {
		var code bytes.Buffer
		if err := format.Node(&code, r.files, example.Code); err == nil {
			fmt.Fprintf(&r.out, "\n```go\n%s\n```\n", unindented(code.String()))
		}
	}
	if props := r.types[t.Name+"Props"]; props != nil {
		r.properties(props)
	}
	r.methods(t)
}

// unindented is the body of a block without its braces.
func unindented(code string) string {
	code = strings.Trim(strings.TrimSuffix(strings.TrimPrefix(code, "{"), "}"), "\n")
	return strings.ReplaceAll("\n"+code, "\n\t", "\n")[1:]
}

func (r *reference) properties(t *doc.Type) {
	fields := structOf(t)
	if fields == nil || len(fields.List) == 0 {
		return
	}
	r.out.WriteString("\n| Property | Type | Default | Meaning |\n|---|---|---|---|\n")
	meaning, byDefault := "", ""
	for _, field := range fields.List {
		if field.Doc != nil { // one comment may stand above several fields
			meaning, byDefault = split(field.Doc.Text())
		}
		for _, name := range field.Names {
			if name.IsExported() {
				fmt.Fprintf(&r.out, "| `%s` | `%s` | %s | %s |\n", name.Name, r.source(field.Type), cell(byDefault), cell(meaning))
			}
		}
		if len(field.Names) == 0 {
			fmt.Fprintf(&r.out, "| embedded | `%s` | %s | %s |\n", r.source(field.Type), cell(byDefault), cell(meaning))
		}
	}
}

func structOf(t *doc.Type) *ast.FieldList {
	for _, spec := range t.Decl.Specs {
		if s, isType := spec.(*ast.TypeSpec); isType && s.Name.Name == t.Name {
			if fields, isStruct := s.Type.(*ast.StructType); isStruct {
				return fields.Fields
			}
		}
	}
	return nil
}

// split takes a field's comment apart: what it means and what it is without.
func split(comment string) (meaning, byDefault string) {
	rest := []string{}
	current := &rest
	defaults := []string{}
	for line := range strings.Lines(comment) {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "Required"):
			current, line = &defaults, "**required**"+strings.TrimPrefix(line, "Required")
		case strings.HasPrefix(line, "Default:"):
			current, line = &defaults, strings.TrimSpace(strings.TrimPrefix(line, "Default:"))
		}
		*current = append(*current, line)
	}
	return strings.Join(rest, " "), strings.TrimSuffix(strings.TrimSpace(strings.Join(defaults, " ")), ".")
}

// methods are what a construct gives out.
func (r *reference) methods(t *doc.Type) {
	for _, spec := range t.Decl.Specs {
		s, isType := spec.(*ast.TypeSpec)
		if !isType {
			continue
		}
		face, isInterface := s.Type.(*ast.InterfaceType)
		if !isInterface {
			continue
		}
		rows := ""
		for _, method := range face.Methods.List {
			if len(method.Names) > 0 {
				rows += fmt.Sprintf("| `%s` | %s |\n", method.Names[0].Name+strings.TrimPrefix(r.source(method.Type), "func"), cell(method.Doc.Text()))
			}
		}
		if rows != "" {
			r.out.WriteString("\n| Method | Gives |\n|---|---|\n" + rows)
		}
	}
}

func (r *reference) source(node ast.Node) string {
	var b bytes.Buffer
	if err := format.Node(&b, r.files, node); err != nil {
		return "?"
	}
	return strings.ReplaceAll(strings.Join(strings.Fields(b.String()), " "), "|", "\\|")
}

var (
	links  = strings.NewReplacer("[", "", "]", "")
	quoted = strings.NewReplacer("|", "\\|", "<", "&lt;")
)

// cell is a comment in one line of a table.
func cell(comment string) string {
	return quoted.Replace(links.Replace(strings.Join(strings.Fields(comment), " ")))
}

// paragraphs of a doc comment; code stays code.
func paragraphs(comment string) string {
	out := []string{}
	for block := range strings.SplitSeq(strings.TrimSpace(comment), "\n\n") {
		if strings.HasPrefix(block, "\t") {
			out = append(out, "```go\n"+unindented("\n"+block)+"\n```")
			continue
		}
		out = append(out, strings.ReplaceAll(links.Replace(block), "<", "&lt;"))
	}
	return strings.Join(out, "\n\n")
}
