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

// TryBundle implements awscdk.ILocalBundling. It never leaves the job to
// Docker: a build error is the user's to read, not a reason to try again.
func (b *goBuild) TryBundle(outputDir *string, _ *awscdk.BundlingOptions) *bool {
	if err := b.into(filepath.Join(*outputDir, "bootstrap")); err != nil {
		misuse("%v", err)
	}
	return jsii.Bool(true)
}

var builtBinaries struct {
	sync.Mutex
	byBuild map[goBuild][]byte
}

// into writes the binary; a package that several stacks use is compiled once.
func (b *goBuild) into(path string) error {
	builtBinaries.Lock()
	defer builtBinaries.Unlock()
	binary, built := builtBinaries.byBuild[*b]
	if !built {
		if err := b.compile(path); err != nil {
			return err
		}
		compiled, err := os.ReadFile(path)
		if err != nil {
			return fmt.Errorf("read the binary built from %s: %w", b.entry, err)
		}
		if builtBinaries.byBuild == nil {
			builtBinaries.byBuild = map[goBuild][]byte{}
		}
		builtBinaries.byBuild[*b] = compiled
		return nil
	}
	return os.WriteFile(path, binary, 0o755) //nolint:gosec // a Lambda bootstrap has to be executable
}

func (b *goBuild) compile(path string) error {
	cmd := exec.Command("go", "build", "-mod=readonly", "-tags", "lambda.norpc", "-trimpath", //nolint:gosec // the entry is the caller's own package
		"-buildvcs=false", "-ldflags=-s -w -buildid=", "-o", path, ".")
	cmd.Dir = b.entry
	cmd.Env = append(os.Environ(), "GOOS=linux", "GOARCH="+b.goarch, "CGO_ENABLED=0", "GOWORK=off", "GOFLAGS=")
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("build the Go function in %s for linux/%s: %w\n%s", b.entry, b.goarch, err, strings.TrimSpace(output.String()))
	}
	return nil
}
