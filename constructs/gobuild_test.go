package regionpair

import (
	"bytes"
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"
	"github.com/stretchr/testify/require"
)

// withOwnCache gives the test binaries of its own, and Go's usual cache.
func withOwnCache(t *testing.T) {
	t.Helper()
	goCache, err := exec.Command("go", "env", "GOCACHE").Output()
	require.NoError(t, err)
	t.Setenv("GOCACHE", strings.TrimSpace(string(goCache)))
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	t.Setenv("HOME", t.TempDir())
}

func writeFiles(t *testing.T, folder string, files map[string]string) string {
	t.Helper()
	for name, content := range files {
		path := filepath.Join(folder, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	}
	return folder
}

var onLambda = platform{"linux", "arm64"}

func newProgram(t *testing.T, says string) goBuild {
	t.Helper()
	return goBuild{writeFiles(t, t.TempDir(), map[string]string{
		"go.mod":  "module example.com/program\n\ngo 1.26\n",
		"main.go": "package main\n\nfunc main() { println(\"" + says + "\") }\n",
	}), onLambda}
}

// compileAgain compiles as another process would: what is in memory is not used.
func compileAgain(t *testing.T, b goBuild) []byte {
	t.Helper()
	binaries, err := b.compile()
	require.NoError(t, err)
	return contentOf(t, binaries[b])
}

func contentOf(t *testing.T, binary builtBinary) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "bootstrap")
	if err := binary.writeTo(path); err != nil {
		t.Error(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Error(err)
	}
	return content
}

// keptFiles are the binaries that are kept of a program, at most one.
func keptFiles(b goBuild) []string {
	files, _ := filepath.Glob(filepath.Join(binariesFolder(), keptBinaries{b.entry, b.on}.id(), "bootstrap.*"))
	return files
}

func keptFile(t *testing.T, b goBuild) string {
	t.Helper()
	files := keptFiles(b)
	require.Len(t, files, 1)
	return files[0]
}

func TestABinaryIsLinkedAgainOnlyWhenItsSourcesChange(t *testing.T) {
	withOwnCache(t)
	program := newProgram(t, "first")
	first := compileAgain(t, program)
	before, err := os.Stat(keptFile(t, program))
	require.NoError(t, err)

	require.Equal(t, first, compileAgain(t, program))
	after, err := os.Stat(keptFile(t, program))
	require.NoError(t, err)
	require.True(t, os.SameFile(before, after), "nothing has changed")

	writeFiles(t, program.entry, map[string]string{"main.go": "package main\n\nfunc main() { println(\"second\") }\n"})
	require.Contains(t, string(compileAgain(t, program)), "second")
	require.Contains(t, string(compileAgain(t, program)), "second")
}

func TestADamagedBinaryIsLinkedAgain(t *testing.T) {
	withOwnCache(t)
	program := newProgram(t, "whole")
	whole := compileAgain(t, program)
	for _, size := range []int64{0, 100, int64(len(whole) - 1)} {
		require.NoError(t, os.Truncate(keptFile(t, program), size))
		require.True(t, bytes.Equal(whole, compileAgain(t, program)), "%d bytes are left", size)
	}
	damaged := bytes.Clone(whole)
	damaged[len(damaged)/2] ^= 0xff
	require.NoError(t, os.WriteFile(keptFile(t, program), damaged, 0o600))
	require.True(t, bytes.Equal(whole, compileAgain(t, program)), "a bit is wrong, and the build id is right")
}

// What damages a binary after it was found whole must not be deployed.
func TestADamagedBinaryIsNotBundled(t *testing.T) {
	withOwnCache(t)
	program := newProgram(t, "whole")
	compileAgain(t, program)
	binaries, err := program.compile()
	require.NoError(t, err)
	kept := keptFile(t, program)
	damaged, err := os.ReadFile(kept)
	require.NoError(t, err)
	damaged[len(damaged)/2] ^= 0xff
	require.NoError(t, os.WriteFile(kept, damaged, 0o600))
	require.ErrorContains(t, binaries[program].writeTo(filepath.Join(t.TempDir(), "bootstrap")), "is damaged")
}

// Two syntheses of one checkout run side by side, and its sources change
// meanwhile: each gets a whole binary of what there was.
func TestRunsThatOverlapGetWholeBinaries(t *testing.T) {
	withOwnCache(t)
	program := newProgram(t, "version 0")
	var running sync.WaitGroup
	for range 4 {
		running.Go(func() {
			for range 3 {
				binaries, err := program.compile()
				if err != nil {
					t.Error(err)
					return
				}
				content := contentOf(t, binaries[program])
				if _, err := elf.NewFile(bytes.NewReader(content)); err != nil || !bytes.Contains(content, []byte("version ")) {
					t.Error("not a whole binary", err)
				}
			}
		})
	}
	for version := range 3 {
		replacement := filepath.Join(t.TempDir(), "main.go")
		require.NoError(t, os.WriteFile(replacement, []byte("package main\n\nfunc main() { println(\"version "+string(rune('1'+version))+"\") }\n"), 0o600))
		require.NoError(t, os.Rename(replacement, filepath.Join(program.entry, "main.go")))
	}
	running.Wait()
	require.Contains(t, string(compileAgain(t, program)), "version 3")
	folders, err := filepath.Glob(filepath.Join(binariesFolder(), "run-*"))
	require.NoError(t, err)
	require.Empty(t, folders, "every run cleans up")
}

// The same commit must have the same asset hash on every machine, so that a
// deployment from another one changes nothing.
func TestBinariesDependOnTheSourcesAlone(t *testing.T) {
	for _, goarch := range []string{"arm64", "amd64"} {
		t.Run(goarch, func(t *testing.T) {
			withOwnCache(t)
			program := newProgram(t, "reproducible")
			program.on.processor = goarch
			plain := compileAgain(t, program)
			settings := map[string]string{
				"GOARM64": "v8.2", "GOAMD64": "v3", "GOEXPERIMENT": "jsonv2", "CGO_ENABLED": "1", "GOOS": "darwin", "GOARCH": "386",
				"GOFIPS140": "latest", "GO_EXTLINK_ENABLED": "1", "GOFLAGS": "-tags=other -ldflags=-X=main.a=b -trimpath=false -gcflags=-N",
			}
			elsewhere := newProgram(t, "reproducible")
			elsewhere.on.processor = goarch
			t.Run("set by go env -w", func(t *testing.T) {
				saveGoEnvironment(t, settings)
				require.True(t, bytes.Equal(plain, compileAgain(t, elsewhere)))
			})
			t.Run("set in the environment", func(t *testing.T) {
				for name, value := range settings {
					t.Setenv(name, value)
				}
				require.True(t, bytes.Equal(plain, compileAgain(t, newCheckout(t, elsewhere))))
			})
		})
	}
}

// saveGoEnvironment writes what 'go env -w' would.
func saveGoEnvironment(t *testing.T, settings map[string]string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "env")
	t.Setenv("GOENV", file)
	var lines strings.Builder
	for name, value := range settings {
		lines.WriteString(name + "=" + value + "\n")
	}
	require.NoError(t, os.WriteFile(file, []byte(lines.String()), 0o600))
	written, err := exec.Command("go", "env", "GOEXPERIMENT").Output()
	require.NoError(t, err)
	require.Equal(t, settings["GOEXPERIMENT"], strings.TrimSpace(string(written)), "otherwise this test says nothing")
}

// newCheckout has the same sources elsewhere.
func newCheckout(t *testing.T, b goBuild) goBuild {
	t.Helper()
	folder := t.TempDir()
	require.NoError(t, os.CopyFS(folder, os.DirFS(b.entry)))
	return goBuild{folder, b.on}
}

// A checkout of this module that vendors has no network, or has patched what it
// vendors; the module cache never has such a folder.
func TestOwnFunctionsAreBuiltFromWhatTheirCheckoutVendors(t *testing.T) {
	require.Equal(t, "-mod=readonly", ownModules(t.TempDir()))
	vendoring := writeFiles(t, t.TempDir(), map[string]string{"vendor/modules.txt": ""})
	require.Equal(t, "-mod=vendor", ownModules(vendoring))
}

const usesADependency = "package main\n\nimport \"example.com/dependency\"\n\nfunc main() { println(dependency.Name) }\n"

// A repository that vendors may have patched what it vendors, or no network.
func TestAHandlerIsBuiltFromWhatItsRepositoryVendors(t *testing.T) {
	withOwnCache(t)
	folder := writeFiles(t, t.TempDir(), map[string]string{
		"go.mod":                               "module example.com/handler\n\ngo 1.26\n\nrequire example.com/dependency v1.0.0\n",
		"main.go":                              usesADependency,
		"vendor/modules.txt":                   "# example.com/dependency v1.0.0\n## explicit; go 1.26\nexample.com/dependency\n",
		"vendor/example.com/dependency/dep.go": "package dependency\n\nconst Name = \"from vendor\"\n",
	})
	require.Contains(t, string(compileAgain(t, goBuild{folder, onLambda})), "from vendor")
	t.Setenv("GOFLAGS", "-mod=vendor")
	require.Contains(t, string(compileAgain(t, goBuild{folder, onLambda})), "from vendor")
	t.Setenv("GOFLAGS", "-mod=readonly")
	t.Setenv("GOPROXY", "off")
	_, err := goBuild{folder, onLambda}.compile()
	require.ErrorContains(t, err, "example.com/dependency", "the user's -mod counts")
}

func TestAHandlerIsBuiltInItsWorkspace(t *testing.T) {
	withOwnCache(t)
	t.Setenv("GOPROXY", "off")
	folder := writeFiles(t, t.TempDir(), map[string]string{
		"go.work":           "go 1.26\n\nuse ./handler\nuse ./dependency\n",
		"handler/go.mod":    "module example.com/handler\n\ngo 1.26\n\nrequire example.com/dependency v1.0.0\n",
		"handler/main.go":   usesADependency,
		"dependency/go.mod": "module example.com/dependency\n\ngo 1.26\n",
		"dependency/dep.go": "package dependency\n\nconst Name = \"from the workspace\"\n",
	})
	require.Contains(t, string(compileAgain(t, goBuild{filepath.Join(folder, "handler"), onLambda})), "from the workspace")
}

func TestBinariesOfDeletedCheckoutsAreRemoved(t *testing.T) {
	withOwnCache(t)
	gone := newProgram(t, "gone")
	compileAgain(t, gone)
	require.Len(t, keptFiles(gone), 1)
	require.NoError(t, os.RemoveAll(gone.entry))
	killed := filepath.Join(binariesFolder(), "run-killed")
	require.NoError(t, os.Mkdir(killed, 0o700))
	yesterday := time.Now().Add(-2 * longestRun)
	require.NoError(t, os.Chtimes(killed, yesterday, yesterday))
	stays := newProgram(t, "stays")
	compileAgain(t, stays)
	require.Empty(t, keptFiles(gone))
	require.NoDirExists(t, killed)
	require.Len(t, keptFiles(stays), 1)
}

// Every function of our own is found in one build.
func TestOwnFunctionsAreBuiltAtOnce(t *testing.T) {
	own := ownBuilds(onLambda)
	for _, name := range []string{"authorizer", "collector", "guard", "health", "objects", "pairing", "renewal", "repair", "rotation", "token"} {
		require.True(t, own[goBuild{supportFolder(name), onLambda}], name)
	}
}

// bundle synthesizes a function into a folder, and returns its assets.
func bundle(t *testing.T, out string, program goBuild, files map[string][]byte) []string {
	t.Helper()
	app := awscdk.NewApp(&awscdk.AppProps{Outdir: &out})
	NewGoFunction(awscdk.NewStack(app, jsii.String("Stack"), nil), jsii.String("Function"), &GoFunctionProps{Entry: program.entry, files: files})
	app.Synth(nil)
	assets, err := filepath.Glob(filepath.Join(out, "asset.*"))
	require.NoError(t, err)
	return assets
}

func TestAnAssetIsBundledOnceAndNamedByItsContentAlone(t *testing.T) {
	withOwnCache(t)
	program, out := newProgram(t, "first"), t.TempDir()
	first := bundle(t, out, program, nil)
	require.Len(t, first, 1)
	marker := filepath.Join(first[0], "marker")
	require.NoError(t, os.WriteFile(marker, nil, 0o600))
	require.Equal(t, first, bundle(t, out, program, nil))
	require.FileExists(t, marker, "what is there is left as it is")

	elsewhere := bundle(t, t.TempDir(), newProgram(t, "first"), nil)
	require.Equal(t, filepath.Base(first[0]), filepath.Base(elsewhere[0]), "the same sources in other folders")
	for what, other := range map[string][]string{
		"another binary":            bundle(t, t.TempDir(), newProgram(t, "second"), nil),
		"a file":                    bundle(t, t.TempDir(), program, map[string][]byte{"a": []byte("1")}),
		"the file says another one": bundle(t, t.TempDir(), program, map[string][]byte{"a": []byte("2")}),
		"the file is another":       bundle(t, t.TempDir(), program, map[string][]byte{"b": []byte("1")}),
	} {
		first = append(first, other...)
		require.FileExists(t, filepath.Join(other[0], "bootstrap"), what)
	}
	names := map[string]bool{}
	for _, asset := range first {
		names[filepath.Base(asset)] = true
	}
	require.Len(t, names, 5, "each is another asset")
}

func TestBuildAheadLeavesNothingToBuild(t *testing.T) {
	objects := goBuild{supportFolder("objects"), onLambda}
	built := func() bool {
		builtBinaries.Lock()
		defer builtBinaries.Unlock()
		return builtBinaries.byBuild[objects].file != nil
	}
	require.False(t, built(), "otherwise this test says nothing")
	BuildAhead("arm64", nil)
	require.Eventually(t, built, time.Minute, 10*time.Millisecond)
	require.Panics(t, func() { BuildAhead("amd64", nil) })
}

func TestNothingIsBuiltAheadWhenNoStackIsBundled(t *testing.T) {
	require.True(t, bundles(nil))
	require.True(t, bundles(map[string]any{"aws:cdk:bundling-stacks": []any{"**"}}))
	require.False(t, bundles(map[string]any{"aws:cdk:bundling-stacks": []any{}}))
}
