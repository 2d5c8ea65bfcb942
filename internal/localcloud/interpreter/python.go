package interpreter

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// sdkPackage is the AWS SDK for Python where code asks for it.
var sdkPackage = regexp.MustCompile(`(?m)^\s*(?:import|from)\s+(boto3|botocore)\b`)

// findPython returns the first Python that has what the code needs: of the .venv in
// the folders and those above them, then that of the runtime's version in PATH,
// then any.
func (i *Interpreters) findPython(code Code) (installed, error) {
	candidates := []string{}
	for _, dir := range above(i.dirs) {
		if program := filepath.Join(dir, ".venv", "bin", "python3"); isFile(program) {
			candidates = append(candidates, program)
		}
	}
	for _, name := range []string{code.Runtime, "python3"} {
		if program, err := exec.LookPath(name); err == nil {
			candidates = append(candidates, program)
		}
	}
	problem := fmt.Errorf("Python is %w: install %s or later from https://www.python.org", ErrMissing, strings.Replace(code.Runtime, prefixPython, "Python ", 1)) //nolint:staticcheck // a name
	for n, candidate := range candidates {
		found := i.pythonAt(candidate)
		err := found.err
		if err == nil {
			err = i.checkPythonPackages(code, found)
		}
		if err == nil {
			return found, nil
		}
		if n == 0 {
			problem = err
		}
	}
	return installed{}, problem
}

// pythonAt asks for the real program: one in PATH may be a script that chooses it
// each time.
func (i *Interpreters) pythonAt(candidate string) installed {
	i.mu.Lock()
	defer i.mu.Unlock()
	if found, asked := i.python[candidate]; asked {
		return found
	}
	found := installed{}
	said, err := versionOf(candidate, `import sys; print("%d.%d" % sys.version_info[:2], sys.executable)`, "-I", "-c")
	found.version, found.program, _ = strings.Cut(said, " ")
	found.err = err
	i.python[candidate] = found
	return found
}

func pythonPath(code Code) []string {
	folders := []string{}
	for _, layer := range reversed(code.Layers) {
		folders = append(folders, filepath.Join(layer, "python"), filepath.Join(layer, "python", "lib", code.Runtime, "site-packages"))
	}
	return folders
}

// checkPythonPackages looks for the SDK, which Lambda brings along and this
// machine may not.
func (i *Interpreters) checkPythonPackages(code Code, python installed) error {
	for _, name := range mentioned(code.Dir, sdkPackage, ".py") {
		has := false
		for _, folder := range append([]string{code.Dir}, pythonPath(code)...) {
			has = has || isFolder(filepath.Join(folder, name))
		}
		if !has && !i.canImport(python.program, name) {
			return fmt.Errorf("%s, which Lambda brings along, is %w for %s: type `%s -m pip install boto3`", name, ErrMissing, python.program, python.program)
		}
	}
	return nil
}

func (i *Interpreters) canImport(program, name string) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	key := program + " " + name
	if found, asked := i.python[key]; asked {
		return found.err == nil
	}
	_, err := versionOf(program, fmt.Sprintf("import importlib.util, sys; sys.exit(importlib.util.find_spec(%q) is None)", name), "-I", "-c")
	i.python[key] = installed{err: err}
	return err == nil
}
