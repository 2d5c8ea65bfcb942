package localcloud

import (
	"debug/elf"
	"debug/macho"
	"fmt"
	"path/filepath"
	"runtime"

	"github.com/regionpair/regionpair/internal/assembly"
	"github.com/regionpair/regionpair/internal/contract"
)

// mustRunHere refuses functions of another machine before they fail in a way
// that nobody understands.
func mustRunHere(a *assembly.Assembly) error {
	if err := mustHaveDynalite(a); err != nil {
		return err
	}
	host, foreign, example := runtime.GOOS+"/"+runtime.GOARCH, map[string]int{}, ""
	for _, stack := range a.Stacks {
		for _, resource := range stack.Template.Resources {
			key, isText := object(resource.Properties["Code"])["S3Key"].(string)
			asset, found := a.Asset(key)
			if resource.Type != "AWS::Lambda::Function" || !isText || !found {
				continue
			}
			if built := builtFor(filepath.Join(asset.Path, "bootstrap")); built != "" && built != host {
				foreign[built]++
				example = built
			}
		}
	}
	if len(foreign) == 0 {
		return nil
	}
	return fmt.Errorf("%d functions in %s are built for %s, and this machine is %s: leave --assembly out, which synthesizes for this machine, or synthesize with `cdk synth -c %s=%s`",
		foreign[example], a.Dir, example, host, contract.BuildForContext, host)
}

// builtFor is the platform of a binary in Go's spelling; empty for what is no
// binary, such as a script.
func builtFor(path string) string {
	if file, err := elf.Open(path); err == nil {
		defer func() { _ = file.Close() }()
		return "linux/" + map[elf.Machine]string{elf.EM_X86_64: "amd64", elf.EM_AARCH64: "arm64"}[file.Machine]
	}
	if file, err := macho.Open(path); err == nil {
		defer func() { _ = file.Close() }()
		return "darwin/" + map[macho.Cpu]string{macho.CpuAmd64: "amd64", macho.CpuArm64: "arm64"}[file.Cpu]
	}
	return ""
}
