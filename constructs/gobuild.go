package regionpair

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"github.com/regionpair/regionpair/internal/contract"
)

// goBuild compiles one Go main package into the bootstrap binary of a custom
// runtime. The result depends on nothing but the sources and the Go version, so
// that the same commit has the same asset hash in both Regions.
type goBuild struct {
	entry string
	on    platform
}

// goBundle is what becomes the function's asset: the binary, and files that it
// finds beside itself.
type goBundle struct {
	build goBuild
	files map[string][]byte
}

// hash names the asset by what is in it. CDK is told before it bundles, and has
// nothing to do where its output folder has the asset from an earlier synthesis.
func (b *goBundle) hash() (string, error) {
	binary, err := b.build.binary()
	if err != nil {
		return "", err
	}
	hash := sha256.New()
	_, _ = fmt.Fprintln(hash, binary.digest)
	for _, name := range slices.Sorted(maps.Keys(b.files)) {
		_, _ = fmt.Fprintf(hash, "%s %x\n", name, sha256.Sum256(b.files[name]))
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}

// TryBundle implements awscdk.ILocalBundling. The binary was compiled before:
// an error in here would reach the user as a broken conversation with CDK.
func (b *goBundle) TryBundle(outputDir *string, _ *awscdk.BundlingOptions) *bool {
	binary, err := b.build.binary()
	if err == nil {
		err = binary.writeTo(filepath.Join(*outputDir, "bootstrap"))
	}
	for name, content := range b.files {
		if err == nil {
			err = os.WriteFile(filepath.Join(*outputDir, name), content, 0o644) //nolint:gosec // Lambda runs the function as another user
		}
	}
	if err != nil {
		misuse("%v", err)
	}
	return jsii.Bool(true)
}

var builtBinaries = struct {
	sync.Mutex
	byBuild map[goBuild]builtBinary
}{byBuild: map[goBuild]builtBinary{}}

// binary compiles the package; one that several stacks use is compiled once.
func (b goBuild) binary() (builtBinary, error) {
	builtBinaries.Lock()
	defer builtBinaries.Unlock()
	if binary, built := builtBinaries.byBuild[b]; built {
		return binary, nil
	}
	compile := b.compile
	if own := ownBuilds(b.on); own[b] {
		compile = func() (map[goBuild]builtBinary, error) { return compileOwn(b.on, own) }
	}
	binaries, err := compile()
	for build, binary := range binaries {
		builtBinaries.byBuild[build] = binary
	}
	return builtBinaries.byBuild[b], err
}

// BuildAhead compiles this module's functions in the background: first in main,
// it does so while jsii starts, which saves a synthesis about 0.15 s. Mistakes are
// reported by the construct that needs a function. The architecture is "arm64" or
// "x86_64". Nothing is built when CDK's context says that no stack is bundled, as
// for cdk list.
func BuildAhead(architecture string, context map[string]any) {
	on, known := lambdaPlatform(architecture)
	if !known {
		misuse("BuildAhead needs 'arm64' or 'x86_64', got '%s'", architecture)
	}
	if !bundles(context) {
		return
	}
	if host, asked := hostPlatform(context[contract.BuildForContext]); asked {
		on = host
	}
	go func() {
		for build := range ownBuilds(on) {
			_, _ = build.binary()
			return
		}
	}()
}

func bundles(context map[string]any) bool {
	stacks, given := context["aws:cdk:bundling-stacks"].([]any)
	return !given || len(stacks) > 0
}

// ownBuilds are this module's own functions. A pair needs nearly all of them,
// and compiled at once they take little more time than one.
func ownBuilds(on platform) map[goBuild]bool {
	builds := map[goBuild]bool{}
	dir, err := moduleDir()
	if err != nil {
		return builds
	}
	programs, _ := filepath.Glob(filepath.Join(dir, "lambda", "*", "main.go"))
	for _, program := range programs {
		builds[goBuild{filepath.Dir(program), on}] = true
	}
	return builds
}

func compileOwn(on platform, builds map[goBuild]bool) (map[goBuild]builtBinary, error) {
	dir, err := moduleDir()
	if err != nil {
		return nil, err
	}
	var names, packages []string
	for build := range builds {
		names = append(names, filepath.Base(build.entry))
		packages = append(packages, build.entry)
	}
	tool := goTool{dir: dir, environment: append(reproducible(on), "GOWORK=off", "GOFLAGS="+ownModules(dir))}
	binaries, err := keptBinaries{dir, on}.renew(names, func(folder string) error {
		_, err := tool.run(append(buildCommand(folder+string(filepath.Separator)), packages...)...)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("build the functions of %s for %s: %w", modulePath, on, err)
	}
	result := map[goBuild]builtBinary{}
	for build := range builds {
		result[build] = binaries[filepath.Base(build.entry)]
	}
	return result, nil
}

// ownModules says where the dependencies of this module's functions come from:
// from the vendor folder of a checkout that has one, and not from where the
// importer's come.
func ownModules(dir string) string {
	if _, err := os.Stat(filepath.Join(dir, "vendor", "modules.txt")); err == nil {
		return "-mod=vendor"
	}
	return "-mod=readonly"
}

func (b goBuild) compile() (map[goBuild]builtBinary, error) {
	failed := func(err error) error {
		return fmt.Errorf("build the Go function in %s for %s: %w", b.entry, b.on, err)
	}
	flags, err := usersFlags()
	if err != nil {
		return nil, failed(err)
	}
	tool := goTool{dir: b.entry, environment: append(reproducible(b.on), "GOFLAGS="+flags)}
	// Go writes an archive for a package that is not a program, and says nothing.
	name, err := tool.run("list", "-f", "{{.Name}}", ".")
	if err != nil {
		return nil, failed(err)
	}
	if name != "main" {
		return nil, failed(fmt.Errorf("it is package %s, and a function is a package main", name))
	}
	binaries, err := keptBinaries{b.entry, b.on}.renew([]string{"bootstrap"}, func(folder string) error {
		_, err := tool.run(append(buildCommand(filepath.Join(folder, "bootstrap")), ".")...)
		return err
	})
	if err != nil {
		return nil, failed(err)
	}
	return map[goBuild]builtBinary{b: binaries["bootstrap"]}, nil
}

// buildCommand leaves the build id in the binary: by it Go finds the next time
// that there is nothing to do. It depends on the sources and Go's version alone.
func buildCommand(output string) []string {
	return []string{"build", "-tags", "lambda.norpc", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", output}
}

// reproducible sets whatever else decides about machine code, so that nobody's
// environment does, and nobody's 'go env -w', which counts where a variable is
// empty: the comma is a list of no experiments.
func reproducible(on platform) []string {
	return []string{
		"GOOS=" + on.os, "GOARCH=" + on.processor, "GOARM64=v8.0", "GOAMD64=v1",
		"CGO_ENABLED=0", "GOEXPERIMENT=,", "GOFIPS140=off", "GO_EXTLINK_ENABLED=0",
	}
}

// usersFlags returns what the user's GOFLAGS say about where modules come from.
// The rest, say -race or -ldflags, is for the user's programs, and would make
// one commit's functions differ from machine to machine.
func usersFlags() (string, error) {
	all, err := goTool{}.run("env", "GOFLAGS")
	if err != nil {
		return "", err
	}
	// Empty would mean what `go env -w` says.
	kept := []string{"-buildvcs=false"}
	for flag := range strings.FieldsSeq(all) {
		name, _, _ := strings.Cut(strings.TrimLeft(flag, "-"), "=")
		if name == "mod" || name == "modfile" || name == "overlay" {
			kept = append(kept, flag)
		}
	}
	return strings.Join(kept, " "), nil
}
