package drill_test

import (
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"go/types"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/internal/drill"
	"github.com/regionpair/regionpair/internal/exports"
)

// tableOfFaults is the only file that may ask which fault it is.
const tableOfFaults = "faults.go"

// TestOnlyTheTableKnowsFaultsByName: whatever a drill does differently for one fault
// is said in the table, where the next fault is compared with it.
func TestOnlyTheTableKnowsFaultsByName(t *testing.T) {
	reader := packagesOfTheCommand(t)
	for _, folder := range []string{".", "report", "../../cmd/regionpair"} {
		assert.Empty(t, strings.Join(asking(t, reader, sources(t, folder)), "\n"), folder)
	}
}

func TestAskingForAFaultByNameIsFound(t *testing.T) {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, "asks.go", `package asks

import "github.com/regionpair/regionpair/internal/drill"

func same(a string) bool { return a == "crash" || a == drill.Destroy }

func kind(a string) int {
	switch a {
	case "flap":
		return 1
	}
	return map[string]int{"s3": 2}[a]
}

func fine() string { return "crash" }
`, 0)
	require.NoError(t, err)
	assert.Equal(t, []string{"asks.go:5: crash", "asks.go:5: drill.Destroy", "asks.go:9: flap", "asks.go:12: s3"}, asking(t, packagesOfTheCommand(t), sourceFiles{files, []*ast.File{file}}))
}

type sourceFiles struct {
	positions *token.FileSet
	files     []*ast.File
}

// sources of a package, without its tests and the table.
func sources(t *testing.T, folder string) sourceFiles {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(folder, "*.go"))
	require.NoError(t, err)
	s := sourceFiles{positions: token.NewFileSet()}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(s.positions, path, nil, 0)
		require.NoError(t, err)
		s.files = append(s.files, file)
	}
	return s
}

// packagesOfTheCommand are what is imported here and by it.
func packagesOfTheCommand(t *testing.T) types.Importer {
	t.Helper()
	reader, err := exports.NewReader(t.Context(), "../../cmd/regionpair")
	require.NoError(t, err)
	return reader
}

// asking lists where a fault is asked for by its name.
func asking(t *testing.T, reader types.Importer, s sourceFiles) []string {
	t.Helper()
	info := &types.Info{Uses: map[*ast.Ident]types.Object{}}
	_, err := (&types.Config{Importer: reader}).Check("checked", s.positions, s.files, info)
	require.NoError(t, err)
	found := []string{}
	note := func(node ast.Node, what string) {
		if at := s.positions.Position(node.Pos()); filepath.Base(at.Filename) != tableOfFaults {
			found = append(found, filepath.Base(at.Filename)+":"+strconv.Itoa(at.Line)+": "+what)
		}
	}
	for _, file := range s.files {
		ast.Inspect(file, func(node ast.Node) bool {
			if identifier, isIdentifier := node.(*ast.Ident); isIdentifier && namesAFault(info.Uses[identifier]) {
				note(node, info.Uses[identifier].Pkg().Name()+"."+identifier.Name)
			}
			for _, compared := range comparedIn(node) {
				if literal, isLiteral := compared.(*ast.BasicLit); isLiteral && literal.Kind == token.STRING {
					if text, err := strconv.Unquote(literal.Value); err == nil && slices.Contains(drill.FaultNames(), text) {
						note(literal, text)
					}
				}
			}
			return true
		})
	}
	return found
}

// namesAFault reports whether a constant is the name of one fault.
func namesAFault(object types.Object) bool {
	named, isConstant := object.(*types.Const)
	if !isConstant || named.Pkg() == nil || !slices.Contains([]string{"drill", "localcloud"}, named.Pkg().Name()) || !named.Exported() {
		return false
	}
	return named.Val().Kind() == constant.String && slices.Contains(append(drill.FaultNames(), drill.External), constant.StringVal(named.Val()))
}

// comparedIn are the operands of a comparison, the cases of a switch and the keys of
// a map.
func comparedIn(node ast.Node) []ast.Expr {
	switch node := node.(type) {
	case *ast.BinaryExpr:
		return []ast.Expr{node.X, node.Y}
	case *ast.CaseClause:
		return node.List
	case *ast.KeyValueExpr:
		return []ast.Expr{node.Key}
	}
	return nil
}
