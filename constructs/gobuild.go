package regionpair

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"
)

// goBuild compiles one Go main package into the bootstrap binary of a custom
// runtime. The flags make the result depend on nothing but the sources and the
// Go version, so that the same commit has the same asset hash in both Regions.
type goBuild struct {
	entry  string
	goarch string
}

// goBundle is what becomes the function's asset: the binary, and files that it
// finds beside itself.
type goBundle struct {
	build *goBuild
	files map[string][]byte
}

// TryBundle implements awscdk.ILocalBundling. The binary was compiled before:
// an error in here would reach the user as a broken conversation with CDK.
func (b *goBundle) TryBundle(outputDir *string, _ *awscdk.BundlingOptions) *bool {
	binary, err := b.build.binary()
	if err == nil {
		err = os.WriteFile(filepath.Join(*outputDir, "bootstrap"), binary, 0o755) //nolint:gosec // a Lambda bootstrap has to be executable
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

var builtBinaries struct {
	sync.Mutex
	byBuild map[goBuild][]byte
}

// binary compiles the package; one that several stacks use is compiled once.
func (b *goBuild) binary() ([]byte, error) {
	builtBinaries.Lock()
	defer builtBinaries.Unlock()
	if binary, built := builtBinaries.byBuild[*b]; built {
		return binary, nil
	}
	folder, err := os.MkdirTemp("", "regionpair-build-")
	if err != nil {
		return nil, fmt.Errorf("make a folder to build in: %w", err)
	}
	defer func() { _ = os.RemoveAll(folder) }()
	path := filepath.Join(folder, "bootstrap")
	if err := b.compile(path); err != nil {
		return nil, err
	}
	binary, err := os.ReadFile(path) //nolint:gosec // just written
	if err != nil {
		return nil, fmt.Errorf("read the binary built from %s: %w", b.entry, err)
	}
	if builtBinaries.byBuild == nil {
		builtBinaries.byBuild = map[goBuild][]byte{}
	}
	builtBinaries.byBuild[*b] = binary
	return binary, nil
}

func (b *goBuild) compile(path string) error {
	// Go writes an archive for a package that is not a program, and says nothing.
	name, err := b.run("list", "-f", "{{.Name}}", ".")
	if err != nil {
		return err
	}
	if name != "main" {
		return fmt.Errorf("build the Go function in %s: it is package %s, and a function is a package main", b.entry, name)
	}
	_, err = b.run("build", "-mod=readonly", "-tags", "lambda.norpc", "-trimpath",
		"-buildvcs=false", "-ldflags=-s -w -buildid=", "-o", path, ".")
	return err
}

func (b *goBuild) run(args ...string) (string, error) {
	cmd := exec.Command("go", args...) //nolint:gosec,noctx // the entry is the caller's own package
	cmd.Dir = b.entry
	cmd.Env = append(os.Environ(), "GOOS=linux", "GOARCH="+b.goarch, "CGO_ENABLED=0", "GOWORK=off", "GOFLAGS=")
	var output, errors bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &errors
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("build the Go function in %s for linux/%s: %w\n%s", b.entry, b.goarch, err, strings.TrimSpace(errors.String()))
	}
	return strings.TrimSpace(output.String()), nil
}
