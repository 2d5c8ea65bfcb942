package synth

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/internal/process"
)

// Synthesize runs the app into Folder, through the CDK CLI when there is one,
// and with functions that are built for this machine. The context goes before
// that of cdk.json.
func (a App) Synthesize(ctx context.Context, settings map[string]string) (folder string, err error) {
	if err := a.Check(); err != nil {
		return "", err
	}
	settings = maps.Clone(settings)
	if settings == nil {
		settings = map[string]string{}
	}
	settings[contract.BuildForContext] = runtime.GOOS + "/" + runtime.GOARCH
	// jsii leaves its runtime in the folder for temporary files when an app ends
	// in an error.
	scratch, err := os.MkdirTemp("", "regionpair-synth-")
	if err != nil {
		return "", fmt.Errorf("make a folder to synthesize in: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(scratch)) }()
	if err := os.MkdirAll(a.Folder(), 0o750); err != nil {
		return "", fmt.Errorf("make the folder of the assembly: %w", err)
	}
	command, err := a.program(ctx, settings)
	if err != nil {
		return "", err
	}
	command.Dir = a.Dir
	command.Env = append(command.Env, "PATH="+a.searchPath(), "TMPDIR="+scratch)
	var said bytes.Buffer
	command.Stdout, command.Stderr = &said, &said
	if err := command.Run(); err != nil {
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		return "", fmt.Errorf("synthesize the app in %s with `%s`: %w\n%s", a.Dir, strings.Join(short(command.Args), " "), err, strings.TrimSpace(said.String()))
	}
	return a.Folder(), nil
}

// program is the CDK CLI, which knows more sources of context, or else the app
// itself, called the way the CLI calls it.
func (a App) program(ctx context.Context, settings map[string]string) (*exec.Cmd, error) {
	if cli, err := lookUp(a.searchPath(), "cdk"); err == nil {
		args := []string{"synth", "--quiet", "--no-notices", "--output", a.Folder()}
		for _, key := range slices.Sorted(maps.Keys(settings)) {
			args = append(args, "--context", key+"="+settings[key])
		}
		command := exec.CommandContext(ctx, cli, args...) //nolint:gosec // the caller's own CDK CLI
		command.Env = os.Environ()
		return process.InGroup(command), nil
	}
	merged := maps.Clone(a.context)
	for key, value := range settings {
		merged[key] = value
	}
	text, err := json.Marshal(merged)
	if err != nil {
		return nil, fmt.Errorf("write the context: %w", err)
	}
	command := exec.CommandContext(ctx, "sh", "-c", a.command) //nolint:gosec // the caller's own app
	command.Env = append(os.Environ(), "CDK_OUTDIR="+a.Folder(), "CDK_CONTEXT_JSON="+string(text))
	return process.InGroup(command), nil
}

// short leaves out what is the same for every app.
func short(args []string) []string {
	if filepath.Base(args[0]) == "cdk" {
		return []string{"cdk", args[1]}
	}
	return args[2:]
}
