package regionpair

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// goTool runs the local Go tool.
type goTool struct {
	// dir is the folder it runs in.
	// Default: that of this process.
	dir string
	// environment is laid over that of this process.
	environment []string
}

// run returns what the tool wrote; an error holds what it complained about.
func (t goTool) run(args ...string) (string, error) {
	cmd := exec.Command("go", args...) //nolint:gosec,noctx // fixed commands; folders are the caller's own packages
	cmd.Dir = t.dir
	cmd.Env = append(os.Environ(), t.environment...)
	var output, complaints bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &complaints
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("go %s: %w\n%s", args[0], err, strings.TrimSpace(complaints.String()))
	}
	return strings.TrimSpace(output.String()), nil
}
