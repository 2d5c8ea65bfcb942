package main_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/internal/contract"
)

// These tests run the app as `cdk synth` does: a process with the context in
// its environment. Each takes seconds: -short leaves them out.

// builtApp stays in the build folder, where Go knows that it is up to date.
var builtApp = sync.OnceValues(func() (string, error) {
	path, err := filepath.Abs(filepath.Join(".build", "app-under-test"))
	if err != nil {
		return "", err
	}
	return path, exec.Command("go", "build", "-o", path, ".").Run()
})

type context map[string]any

// exampleContext is the context of cdk.json.
func exampleContext(t *testing.T) context {
	t.Helper()
	text, err := os.ReadFile("cdk.json")
	require.NoError(t, err)
	var file struct{ Context context }
	require.NoError(t, json.Unmarshal(text, &file))
	return file.Context
}

func (c context) environment(name string) map[string]any {
	return c["regionpair"].(map[string]any)["environments"].(map[string]any)[name].(map[string]any)
}

type run struct {
	out    string
	exit   int
	stderr string
}

func runApp(t *testing.T, c context, environment ...string) run {
	t.Helper()
	mayTakeSeconds(t)
	app, err := builtApp()
	require.NoError(t, err)
	text, err := json.Marshal(c)
	require.NoError(t, err)
	r := run{out: filepath.Join(t.TempDir(), "cdk.out")}
	command := exec.CommandContext(t.Context(), app)
	command.Env = append(os.Environ(), "CDK_OUTDIR="+r.out, "CDK_CONTEXT_JSON="+string(text), "CDK_DEFAULT_ACCOUNT=")
	command.Env = append(command.Env, environment...)
	var stderr bytes.Buffer
	command.Stderr = &stderr
	err = command.Run()
	if _, failed := err.(*exec.ExitError); err != nil && !failed { //nolint:errorlint // Run returns it unwrapped
		require.NoError(t, err)
	}
	r.exit, r.stderr = command.ProcessState.ExitCode(), stderr.String()
	if r.exit == 0 {
		assert.NotContains(t, r.stderr, "exited abnormally", "jsii and its kernel part in peace")
	}
	return r
}

func mayTakeSeconds(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("it synthesizes in a process of its own")
	}
}

// brokenProgram is a module of its own with a program that does not compile.
func brokenProgram(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	for name, text := range map[string]string{"go.mod": "module broken\n\ngo 1.26\n", "main.go": "package main\n\nfunc main() { nothing() }\n"} {
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600))
	}
	return folder
}

func TestBadConfigurationIsAListAndExitCode1(t *testing.T) {
	for name, test := range map[string]struct {
		change func(context)
		want   []string
	}{
		"no configuration": {
			func(c context) { delete(c, "regionpair") },
			[]string{"regionpair"},
		},
		"unknown environment": {
			func(c context) { c["env"] = "prdo" },
			[]string{"prdo", "dev"},
		},
		"several mistakes at once": {
			func(c context) {
				e := c.environment("dev")
				e["primaryRegion"], e["secondaryRegion"] = "eu-wset-1", "us-east-1"
				e["domainName"] = "api.example.org"
				e["health"] = map[string]any{"intervallSeconds": 10}
			},
			[]string{"eu-wset-1", "api.example.org", "intervallSeconds", "intervalSeconds"},
		},
		"a function that does not compile": {
			func(c context) {
				e := c.environment("dev")
				e["handler"] = map[string]any{"entry": brokenProgram(t), "routes": []any{map[string]any{"method": "GET", "path": "/x", "scopes": []string{"objects/read"}}}}
			},
			[]string{"regionpair: build the Go function in", "undefined: nothing"},
		},
		"a function that is not there": {
			func(c context) {
				e := c.environment("dev")
				e["handler"] = map[string]any{"entry": "nowhere", "routes": []any{map[string]any{"method": "GET", "path": "/x", "scopes": []string{"objects/read"}}}}
			},
			[]string{"handler.entry: there is no folder", "nowhere"},
		},
		"more resources than a stack may have": {
			func(c context) {
				clients := map[string]any{}
				for i := range 100 {
					clients[fmt.Sprint("client", i)] = map[string]any{"scopes": []string{"objects/read"}, "rotationDays": 30}
				}
				c.environment("dev")["clients"] = clients
				c["aws:cdk:bundling-stacks"] = []string{}
			},
			[]string{"clients: take 407 resources", "CloudFormation allows a stack 500"},
		},
		"no account": {
			func(c context) { delete(c.environment("dev"), "account") },
			[]string{"account", "12 digits"},
		},
		"unknown architecture": {
			func(c context) { c["architecture"] = "amd64" },
			[]string{"architecture", "amd64", "x86_64"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := exampleContext(t)
			test.change(c)
			got := runApp(t, c)
			assert.Equal(t, 1, got.exit)
			for _, want := range test.want {
				assert.Contains(t, got.stderr, want)
			}
			assert.NotContains(t, got.stderr, "goroutine", "no stack trace")
			assert.NoFileExists(t, filepath.Join(got.out, "manifest.json"), "nothing half-written")
		})
	}
}

// The drill runs the templates that would be deployed: the host's processor
// architecture is all that may differ, and with it the functions' hashes.
func TestArchitectureChangesOnlyTheFunctions(t *testing.T) {
	arm, x86 := exampleContext(t), exampleContext(t)
	x86["architecture"] = "x86_64"
	for _, c := range []context{arm, x86} {
		c["aws:cdk:bundling-stacks"] = []string{}
	}
	deployed, drilled := runApp(t, arm), runApp(t, x86)
	require.Zero(t, deployed.exit, deployed.stderr)
	require.Zero(t, drilled.exit, drilled.stderr)
	for _, stack := range []string{"orders-primary", "orders-secondary", "orders-global"} {
		a, b := readTemplate(t, deployed.out, stack), readTemplate(t, drilled.out, stack)
		assert.NotEqual(t, a, b)
		assert.Equal(t, withoutArchitecture(a), withoutArchitecture(b), stack)
	}
}

func TestBuildsAreReproducible(t *testing.T) {
	deployed := runApp(t, exampleContext(t))
	require.Zero(t, deployed.exit, deployed.stderr)
	assert.Subset(t, binaries(t, deployed.out, assets(t, deployed.out)), supportBinariesOfExample(t), "the same sources in another folder give the same binaries")
}

var (
	assetKey     = regexp.MustCompile(`"[0-9a-f]{64}\.zip"|asset\.[0-9a-f]{64}`)
	architecture = regexp.MustCompile(`"(arm64|x86_64)"`)
)

func withoutArchitecture(template string) string {
	return architecture.ReplaceAllString(assetKey.ReplaceAllString(template, "<asset>"), "<architecture>")
}

func readTemplate(t *testing.T, out, stack string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(out, stack+".template.json"))
	require.NoError(t, err)
	return string(text)
}

func assets(t *testing.T, out string) []string {
	t.Helper()
	folders, err := filepath.Glob(filepath.Join(out, "asset.*"))
	require.NoError(t, err)
	require.NotEmpty(t, folders)
	names := []string{}
	for _, folder := range folders {
		names = append(names, filepath.Base(folder))
	}
	return names
}

// binaries returns the hashes of the functions' binaries: what lies beside one,
// such as the authorizer's routes, is the app's own.
func binaries(t *testing.T, out string, assets []string) []string {
	t.Helper()
	hashes := []string{}
	for _, asset := range assets {
		binary, err := os.ReadFile(filepath.Join(out, asset, "bootstrap"))
		require.NoError(t, err)
		hashes = append(hashes, fmt.Sprintf("%x", sha256.Sum256(binary)))
	}
	return hashes
}

// mostQuestions to CDK's process that the pair of cdk.json may take. Each costs
// about 0.2 ms: raise the number only for what a new resource needs.
const mostQuestions = 1388

func TestASynthesisAsksCDKNoMoreThanItMust(t *testing.T) {
	c := exampleContext(t)
	c["aws:cdk:bundling-stacks"] = []string{}
	asked := strings.Count(runApp(t, c, "JSII_DEBUG=1").stderr, `> {"api":`)
	assert.LessOrEqual(t, asked, mostQuestions)
	assert.Greater(t, asked, mostQuestions*9/10, "the limit is near what is asked")
}

// The authorizer finds its routes beside its binary.
func TestTheAuthorizerCarriesItsRoutes(t *testing.T) {
	app := runApp(t, exampleContext(t))
	require.Zero(t, app.exit, app.stderr)
	files, err := filepath.Glob(filepath.Join(app.out, "asset.*", "routes.json"))
	require.NoError(t, err)
	require.Len(t, files, 1, "one function, the same in both Regions")
	text, err := os.ReadFile(files[0])
	require.NoError(t, err)
	assert.Contains(t, string(text), "/objects/{key+}")
	assert.NotContains(t, string(text), "/oauth2/token", "public routes are not the authorizer's")
}

// The health function finds its tables there, too.
func TestTheHealthFunctionCarriesItsTables(t *testing.T) {
	c := exampleContext(t)
	c.environment("dev")["tables"] = map[string]any{
		"orders": map[string]any{"partitionKey": "customer", "sortKey": "number", "attributeTypes": map[string]any{"number": "number"}},
		"stock":  map[string]any{"partitionKey": "item", "consistency": "strong", "witnessRegion": "eu-west-3"},
	}
	app := runApp(t, c)
	require.Zero(t, app.exit, app.stderr)
	files, err := filepath.Glob(filepath.Join(app.out, "asset.*", contract.HealthTablesFile))
	require.NoError(t, err)
	require.Len(t, files, 1, "one function, the same in both Regions")
	text, err := os.ReadFile(files[0])
	require.NoError(t, err)
	var tables map[string]contract.HealthTable
	require.NoError(t, json.Unmarshal(text, &tables))
	assert.Equal(t, map[string]contract.HealthTable{
		"orders": {Table: "orders-orders", Key: map[string]string{"customer": "S", "number": "N"}},
		"stock":  {Table: "orders-stock", Key: map[string]string{"item": "S"}},
	}, tables)
}

// supportBinariesOfExample synthesizes examples/own-handler as an importer would:
// outside the checkout, with this module in a folder that cannot be written,
// as the module cache is. It returns the binaries that are not the importer's.
func supportBinariesOfExample(t *testing.T) []string {
	t.Helper()
	module, app := filepath.Join(t.TempDir(), "module"), filepath.Join(t.TempDir(), "app")
	for _, folder := range []string{"constructs", "internal", "lambda", "go.mod", "go.sum"} {
		copyTree(t, folder, filepath.Join(module, folder))
	}
	copyTree(t, "examples/own-handler", app)
	goMod, err := os.ReadFile(filepath.Join(app, "go.mod"))
	require.NoError(t, err)
	goMod = bytes.Replace(goMod, []byte("=> ../.."), []byte("=> "+module), 1)
	require.NoError(t, os.WriteFile(filepath.Join(app, "go.mod"), goMod, 0o600))
	chmodTree(t, module, 0o555, 0o444)
	t.Cleanup(func() { chmodTree(t, module, 0o755, 0o644) })

	out := filepath.Join(t.TempDir(), "cdk.out")
	command := exec.CommandContext(t.Context(), "go", "run", ".")
	command.Dir = app
	command.Env = append(os.Environ(), "CDK_OUTDIR="+out, "CDK_VALIDATION=true",
		`CDK_CONTEXT_JSON={"@aws-cdk/core:defaultCrossStackReferences":"weak","@aws-cdk/core:validateAgainstDefaultRules":true}`)
	output, err := command.CombinedOutput()
	require.NoError(t, err, string(output))
	assert.NotContains(t, string(output), "WARNING")
	assert.FileExists(t, filepath.Join(out, "quotes-global.template.json"))

	var file struct {
		Files map[string]struct {
			DisplayName string
			Source      struct{ Path string }
		}
	}
	support := []string{}
	for _, stack := range []string{"quotes-primary", "quotes-global"} {
		text, err := os.ReadFile(filepath.Join(out, stack+".assets.json"))
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(text, &file))
		for _, asset := range file.Files {
			if strings.HasPrefix(asset.Source.Path, "asset.") && !strings.Contains(asset.DisplayName, "Unit/Handler/") {
				support = append(support, asset.Source.Path)
			}
		}
	}
	require.GreaterOrEqual(t, len(support), 4, "authorizer, token, health and pairing")
	return binaries(t, out, support)
}

func copyTree(t *testing.T, from, to string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(to), 0o755))
	info, err := os.Stat(from)
	require.NoError(t, err)
	if info.IsDir() {
		require.NoError(t, os.CopyFS(to, os.DirFS(from)))
		return
	}
	text, err := os.ReadFile(from)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(to, text, 0o600))
}

func chmodTree(t *testing.T, root string, folder, file os.FileMode) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(root, func(path string, entry os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			return os.Chmod(path, folder)
		}
		return os.Chmod(path, file)
	}))
}
