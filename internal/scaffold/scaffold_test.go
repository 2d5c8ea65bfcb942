package scaffold_test

import (
	"encoding/json"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/config"
	"github.com/regionpair/regionpair/internal/route"
	"github.com/regionpair/regionpair/internal/scaffold"
	"github.com/regionpair/regionpair/internal/workload"
)

func values() scaffold.Values {
	return scaffold.Values{
		Name: "orders", Module: "example.com/orders", Account: "111122223333",
		Domain: "orders.example.com", Zone: "example.com", ZoneID: "Z0123456789ABCDEFGHIJ",
		Primary: "eu-west-1", Secondary: "eu-central-1",
	}
}

func TestANewAppHasEverything(t *testing.T) {
	for store, file := range map[scaffold.Store]string{"": "handler/bucket.go", scaffold.StoreBucket: "handler/bucket.go", scaffold.StoreTable: "handler/table.go"} {
		t.Run(string(store), func(t *testing.T) { mustHaveEverything(t, store, file) })
	}
}

func mustHaveEverything(t *testing.T, store scaffold.Store, file string) {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "orders")
	v := values()
	v.Store = store
	require.NoError(t, scaffold.Write(folder, v))
	handler, err := filepath.Glob(filepath.Join(folder, "handler", "*"))
	require.NoError(t, err)
	assert.Len(t, handler, 2, "one store")
	for _, name := range []string{
		"main.go", "main_test.go", "handler/main.go", file, "go.mod", "cdk.json", "package.json", ".gitignore", "README.md", "workload.json", ".github/workflows/ci.yml",
	} {
		text, err := os.ReadFile(filepath.Join(folder, name))
		require.NoError(t, err, name)
		assert.NotContains(t, string(text), "{{.", name)
		assert.NotContains(t, string(text), "<no value>", name)
		if strings.HasSuffix(name, ".go") {
			_, err := parser.ParseFile(token.NewFileSet(), name, text, parser.AllErrors)
			require.NoError(t, err)
		}
	}
	unformatted, err := exec.CommandContext(t.Context(), "gofmt", "-l", folder).CombinedOutput()
	require.NoError(t, err)
	assert.Empty(t, string(unformatted), "a new app is formatted")
}

// The workload of a new app fits the routes and the client of its main.go.
func TestTheWorkloadOfANewAppFitsItsRoutes(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "orders")
	require.NoError(t, scaffold.Write(folder, values()))
	w, err := workload.ReadFile(filepath.Join(folder, "workload.json"))
	require.NoError(t, err)
	main, err := os.ReadFile(filepath.Join(folder, "main.go"))
	require.NoError(t, err)
	api := workload.API{Clients: []workload.Client{{ID: "orders.partner", Scopes: []string{"orders/read", "orders/write"}}}}
	for _, found := range regexp.MustCompile(`Method: "(\w+)", Path: "([^"]+)", Scopes: \[\]string\{"([^"]+)"\}`).FindAllStringSubmatch(string(main), -1) {
		api.Routes = append(api.Routes, workload.Route{Route: route.Route{Method: found[1], Path: found[2], Scopes: found[3:]}})
	}
	require.Len(t, api.Routes, 2)
	plan, err := workload.Check(w, api)
	require.NoError(t, err)
	assert.True(t, plan.ChecksData())
}

func TestFailsOnAFolderThatIsNotEmpty(t *testing.T) {
	folder := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(folder, "mine.txt"), []byte("mine"), 0o600))
	require.ErrorContains(t, scaffold.Write(folder, values()), "is not empty")
	found, err := os.ReadDir(folder)
	require.NoError(t, err)
	assert.Len(t, found, 1, "nothing is written beside what was there")
	siblings, err := filepath.Glob(filepath.Join(filepath.Dir(folder), ".regionpair-init-*"))
	require.NoError(t, err)
	assert.Empty(t, siblings)
}

func TestAnEmptyFolderIsTaken(t *testing.T) {
	folder := t.TempDir()
	require.NoError(t, scaffold.Write(folder, values()))
	assert.FileExists(t, filepath.Join(folder, "main.go"))
}

func TestFailsWithAllMistakesAtOnce(t *testing.T) {
	v := values()
	v.ZoneID = "none"
	v.Name, v.Module, v.Primary, v.Domain, v.Store = "Or\"ders", "no module", "eu-wset-1", "orders.example.org", "drawer"
	err := v.Check()
	require.Error(t, err)
	assert.NotContains(t, err.Error(), "resourceServer")
	for _, part := range []string{"--name: ", "--module: ", `--primary: unknown Region "eu-wset-1"; did you mean "eu-west-1"`, "--domain: ", "--zone-id: ", `--store: "drawer" is not a store; use "bucket" or "table"`} {
		assert.ErrorContains(t, err, part)
	}
}

// The feature flags decide what a template looks like: a new app starts with
// those that this one is tested with.
func TestFeatureFlagsAreThoseOfThisApp(t *testing.T) {
	read := func(path string) map[string]any {
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		var file struct{ Context map[string]any }
		require.NoError(t, json.Unmarshal(text, &file))
		delete(file.Context, "regionpair")
		delete(file.Context, config.NamesContext)
		return file.Context
	}
	assert.Equal(t, read("../../cdk.json"), read("app/cdk.json.tmpl"))
}
