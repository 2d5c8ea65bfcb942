package interpreter

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// FindNode returns the Node.js of the node_modules in folders and those above
// them, or else that in PATH.
func FindNode(dirs ...string) (string, error) {
	for _, dir := range above(dirs) {
		if pinned := filepath.Join(dir, "node_modules", ".bin", "node"); isFile(pinned) {
			return pinned, nil
		}
	}
	node, err := exec.LookPath("node")
	if err != nil {
		return "", fmt.Errorf("Node.js is %w: type `npm install --save-dev node@24`", ErrMissing) //nolint:staticcheck // a name
	}
	return node, nil
}

func (i *Interpreters) findNode() installed {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.node == (installed{}) {
		i.node.program, i.node.err = FindNode(i.dirs...)
		if i.node.err == nil {
			i.node.version, i.node.err = versionOf(i.node.program, `process.stdout.write(process.versions.node.split('.')[0])`, "-e")
		}
	}
	return i.node
}

// versionOf asks an interpreter for its version.
func versionOf(program, script string, flags ...string) (string, error) {
	output, err := exec.CommandContext(context.Background(), program, append(flags, script)...).Output() //nolint:gosec // an interpreter of this machine
	if err != nil {
		return "", fmt.Errorf("ask %s for its version: %w", program, err)
	}
	return strings.TrimSpace(string(output)), nil
}

// nodePath is where modules are looked for besides the code's own folder: layers,
// and in place of the SDK that Lambda brings along, the app's modules.
func (i *Interpreters) nodePath(code Code) []string {
	version := strings.TrimSuffix(strings.TrimPrefix(code.Runtime, prefixNode), ".x")
	folders := []string{}
	for _, layer := range reversed(code.Layers) {
		folders = append(folders, filepath.Join(layer, "nodejs", "node"+version, "node_modules"), filepath.Join(layer, "nodejs", "node_modules"))
	}
	for _, dir := range above(i.dirs) {
		if modules := filepath.Join(dir, "node_modules"); isFolder(modules) {
			folders = append(folders, modules)
		}
	}
	return folders
}

// sdkModule is a module of the AWS SDK for JavaScript where code asks for it.
var sdkModule = regexp.MustCompile(`(?:from|import|require\(|import\()\s*['"](@aws-sdk/[a-z0-9-]+)`)

// checkNodeModules looks for the modules of the SDK, which Lambda brings along and
// this machine may not.
func (i *Interpreters) checkNodeModules(code Code) error {
	folders := append([]string{filepath.Join(code.Dir, "node_modules")}, i.nodePath(code)...)
	missing := []error{}
	for _, module := range mentioned(code.Dir, sdkModule, ".js", ".mjs", ".cjs") {
		found := false
		for _, folder := range folders {
			found = found || isFolder(filepath.Join(folder, filepath.FromSlash(module)))
		}
		if !found {
			missing = append(missing, fmt.Errorf("%s, which Lambda brings along, is %w: type `npm install --save-dev %s`", module, ErrMissing, module))
		}
	}
	return errors.Join(missing...)
}
