package regionpair_test

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/doc"
	"go/parser"
	"go/printer"
	"go/token"
	"go/types"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/regionpairtest"
)

// documentedPackage is this package as `go doc` reads it, with its examples.
func documentedPackage(t *testing.T, files *token.FileSet) *doc.Package {
	t.Helper()
	return documentedFolder(t, files, ".")
}

func documentedFolder(t *testing.T, files *token.FileSet, folder string) *doc.Package {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(folder, "*.go"))
	require.NoError(t, err)
	parsed := []*ast.File{}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") && path != "example_test.go" {
			continue
		}
		file, err := parser.ParseFile(files, path, nil, parser.ParseComments)
		require.NoError(t, err)
		parsed = append(parsed, file)
	}
	documented, err := doc.NewFromFiles(files, parsed, "github.com/regionpair/regionpair/constructs")
	require.NoError(t, err)
	return documented
}

// TestTheExportedAPIIsTheReviewedOne makes every change of the API visible in a
// review: a line that goes or changes breaks somebody.
func TestTheExportedAPIIsTheReviewedOne(t *testing.T) {
	files := token.NewFileSet()
	documented, lines := documentedPackage(t, files), []string{}
	declare := func(node ast.Node) {
		text := &bytes.Buffer{}
		require.NoError(t, (&printer.Config{Mode: printer.RawFormat}).Fprint(text, files, withoutComments(node)))
		lines = append(lines, strings.ReplaceAll(text.String(), "\n\n", "\n"))
	}
	values := func(list []*doc.Value) {
		for _, value := range list {
			declare(value.Decl)
		}
	}
	functions := func(list []*doc.Func) {
		for _, function := range list {
			declare(function.Decl)
		}
	}
	values(documented.Consts)
	values(documented.Vars)
	functions(documented.Funcs)
	declareTypes := func(list []*doc.Type) {
		for _, exported := range list {
			declare(exported.Decl)
			values(exported.Consts)
			functions(exported.Funcs)
			functions(exported.Methods)
		}
	}
	// What aliases stand for comes last: its values and methods are exported, too.
	agreed := map[string]bool{}
	for _, exported := range documented.Types {
		if of, isAlias := strings.CutPrefix(types.ExprString(exported.Decl.Specs[0].(*ast.TypeSpec).Type), "contract."); isAlias {
			agreed[of] = true
		}
	}
	declareTypes(documented.Types)
	contract := documentedFolder(t, files, "../internal/contract")
	declareTypes(slices.DeleteFunc(contract.Types, func(declared *doc.Type) bool { return !agreed[declared.Name] }))
	regionpairtest.MatchFile(t, "testdata/api.txt", strings.Join(lines, "\n")+"\n")
}

// withoutComments leaves the declaration: go/doc has taken out what is not exported.
func withoutComments(node ast.Node) ast.Node {
	ast.Inspect(node, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GenDecl:
			n.Doc = nil
		case *ast.FuncDecl:
			n.Doc, n.Body = nil, nil
		case *ast.TypeSpec:
			n.Doc, n.Comment = nil, nil
		case *ast.ValueSpec:
			n.Doc, n.Comment = nil, nil
		case *ast.Field:
			n.Doc, n.Comment = nil, nil
		}
		return true
	})
	return node
}

// TestEveryConstructHasAnExample writes docs/how-to/constructs.md from the
// doc comments and the examples, which the compiler checks.
func TestEveryConstructHasAnExample(t *testing.T) {
	files := token.NewFileSet()
	documented := documentedPackage(t, files)
	page := &strings.Builder{}
	page.WriteString(referenceHead)
	for _, exported := range documented.Types {
		for _, constructor := range exported.Funcs {
			if !strings.HasPrefix(constructor.Name, "New") && !strings.Contains(constructor.Name, "From") {
				continue
			}
			require.NotEmpty(t, constructor.Examples, "%s has no example", constructor.Name)
			fmt.Fprintf(page, "\n## %s\n\n%s\n", strings.TrimPrefix(constructor.Name, "New"), paragraph(documented, constructor.Doc))
			if strings.HasPrefix(constructor.Name, "New") {
				fmt.Fprintf(page, "\n%s\n", paragraph(documented, exported.Doc))
			}
			code := &bytes.Buffer{}
			require.NoError(t, (&printer.Config{Mode: printer.UseSpaces | printer.TabIndent, Tabwidth: 8}).Fprint(code, files, constructor.Examples[0].Code))
			fmt.Fprintf(page, "\n```go\n%s\n```\n", unwrapped(code.String()))
		}
	}
	regionpairtest.MatchFile(t, "../docs/how-to/constructs.md", page.String())
}

// paragraph is the first one of a doc comment in Markdown: its links lead into the
// package, and mean nothing here.
func paragraph(documented *doc.Package, comment string) string {
	first, _, _ := strings.Cut(comment, "\n\n")
	text := strings.TrimSpace(string(documented.Text(strings.NewReplacer("[", "", "]", "").Replace(first))))
	return text
}

// unwrapped takes the braces and the indentation off a function's body.
func unwrapped(code string) string {
	code = strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(code), "{"), "}")
	lines := []string{}
	for line := range strings.Lines(strings.Trim(code, "\n")) {
		lines = append(lines, strings.TrimPrefix(strings.TrimRight(line, "\n"), "\t"))
	}
	return strings.Join(lines, "\n")
}

const referenceHead = `# Use the constructs

One example of each, which the compiler checks; the [reference](../reference/constructs.md) has every property with its default. Three apps that use
them: [whole-app](../../examples/whole-app), [own-handler](../../examples/own-handler), [existing-api](../../examples/existing-api). The rules of the
API: [decision 15](../decisions/0015-the-api-of-the-constructs.md). Generated by the tests of package constructs.

Set the context flag ` + "`@aws-cdk/core:defaultCrossStackReferences`" + ` to ` + "`weak`" + `: the constructs ask CDK for weak references to what they
define or get as an object, but not to what you look up by the id, name or ARN of another stack's resource.

` + "```go" + `
import (
	"github.com/aws/constructs-go/constructs/v10"

	regionpair "github.com/regionpair/regionpair/constructs"
)
` + "```" + `
`
