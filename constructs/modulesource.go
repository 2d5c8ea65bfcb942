package regionpair

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sync"
)

const modulePath = "github.com/regionpair/regionpair"

// supportFolder returns the folder of one of this module's own functions.
// They are built inside this module, not inside the importer's, so that they
// always link the dependency versions they were tested with; the module cache
// being read-only is no obstacle, because builds write elsewhere.
func supportFolder(name string) string {
	dir, err := moduleDir()
	if err != nil {
		misuse("cannot find the sources of the bundled function '%s': %v", name, err)
	}
	return filepath.Join(dir, "lambda", name)
}

// moduleDir is the folder that the user's own build takes this module from: that
// of a workspace, of a replacement or of the module cache.
var moduleDir = sync.OnceValues(func() (string, error) {
	dir, err := goTool{}.run("list", "-m", "-f", "{{.Dir}}", modulePath)
	if err != nil {
		return "", fmt.Errorf("run the app from a folder of the module that imports %s: %w", modulePath, err)
	}
	if dir != "" {
		return dir, nil
	}
	// There is none while modules are vendored, or if only go.sum was downloaded.
	unvendored := goTool{environment: []string{"GOFLAGS=-mod=readonly"}}
	if dir, err = unvendored.run("list", "-m", "-f", "{{.Dir}}", modulePath); err == nil && dir != "" {
		fmt.Fprintf(os.Stderr, "The bundled functions of %s are built from the module cache: vendor/ has only what your own packages import.\n", modulePath)
		return dir, nil
	}
	return downloadModule(unvendored)
})

func downloadModule(tool goTool) (string, error) {
	version, err := tool.run("list", "-m", "-f", "{{.Version}}", modulePath)
	if err != nil {
		return "", fmt.Errorf("find the version of %s: %w", modulePath, err)
	}
	answer, err := tool.run("mod", "download", "-json", modulePath+"@"+version)
	if err != nil {
		return "", fmt.Errorf("download %s %s: %w", modulePath, version, err)
	}
	var module struct{ Dir string }
	if err := json.Unmarshal([]byte(answer), &module); err != nil {
		return "", fmt.Errorf("read the answer of 'go mod download': %w", err)
	}
	return module.Dir, nil
}
