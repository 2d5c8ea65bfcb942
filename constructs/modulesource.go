package regionpair

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
)

const modulePath = "github.com/regionpair/regionpair"

// supportFunction returns the folder of one of this module's own functions.
// They are built inside this module, not inside the importer's, so that they
// always link the dependency versions they were tested with; the module cache
// being read-only is no obstacle, because builds write elsewhere.
func supportFunction(name string) *string {
	dir, err := moduleDir()
	if err != nil {
		misuse("cannot find the sources of the bundled function '%s': %v", name, err)
	}
	path := filepath.Join(dir, "lambda", name)
	return &path
}

var moduleDir = sync.OnceValues(func() (string, error) {
	if dir, err := goOutput("list", "-mod=readonly", "-m", "-f", "{{.Dir}}", modulePath); err == nil && dir != "" {
		return dir, nil
	}
	version, err := goOutput("list", "-m", "-f", "{{.Version}}", modulePath)
	if err != nil {
		return "", fmt.Errorf("run the app from a folder of the module that imports %s: %w", modulePath, err)
	}
	answer, err := goOutput("mod", "download", "-json", modulePath+"@"+version)
	if err != nil {
		return "", fmt.Errorf("download %s %s: %w", modulePath, version, err)
	}
	var module struct{ Dir string }
	if err := json.Unmarshal([]byte(answer), &module); err != nil {
		return "", fmt.Errorf("read the answer of 'go mod download': %w", err)
	}
	return module.Dir, nil
})

func goOutput(args ...string) (string, error) {
	cmd := exec.Command("go", args...) //nolint:gosec,noctx // fixed arguments
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=")
	out, err := cmd.Output()
	if err != nil {
		if exit, ok := err.(*exec.ExitError); ok && len(exit.Stderr) > 0 { //nolint:errorlint // Output returns it unwrapped
			return "", fmt.Errorf("go %s: %s", strings.Join(args, " "), strings.TrimSpace(string(exit.Stderr)))
		}
		return "", fmt.Errorf("go %s: %w", strings.Join(args, " "), err)
	}
	return strings.TrimSpace(string(out)), nil
}
