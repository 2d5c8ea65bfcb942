package interpreter

import (
	"embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

//go:embed bootstrap.mjs bootstrap.py sandbox.cjs
var programs embed.FS

// Code is a function as its template describes it.
type Code struct {
	// Runtime such as "nodejs24.x" or "python3.13".
	Runtime string
	// Dir is the folder of its code, Layers those of its layers, the first one
	// first.
	Dir    string
	Layers []string
}

// Command runs a function.
type Command struct {
	// Program and Arguments to start.
	Program   string
	Arguments []string
	// Environment that the program needs besides what the function has.
	Environment map[string]string
	// Version of the interpreter, such as "Python 3.11", where it is another than
	// the runtime's; empty where it is the same.
	Version string
}

// Interpreters are those of this machine. It is safe for concurrent use.
type Interpreters struct {
	dirs    []string // where programs and modules are looked for first
	scratch string   // takes the programs of this package

	mu     sync.Mutex
	python map[string]installed // by program
	node   installed
	wrote  bool
}

// installed is an interpreter of this machine.
type installed struct {
	program, version string
	err              error
}

// New returns the interpreters that are found in folders and those above them,
// such as an app with its node_modules and .venv, and then in PATH. Programs of
// this package are written to scratch when the first function is to run.
func New(scratch string, dirs ...string) *Interpreters {
	return &Interpreters{dirs: dirs, scratch: scratch, python: map[string]installed{}}
}

// Interprets reports whether a runtime is one of this package's.
func Interprets(runtime string) bool {
	return strings.HasPrefix(runtime, prefixNode) || strings.HasPrefix(runtime, prefixPython)
}

const (
	prefixNode   = "nodejs"
	prefixPython = "python"
)

// ErrMissing says that something is not installed, and what to type.
var ErrMissing = errors.New("not installed")

// Check returns everything that the code needs and this machine does not have.
func (i *Interpreters) Check(code Code) error {
	_, err := i.find(code)
	return err
}

func (i *Interpreters) find(code Code) (installed, error) {
	if strings.HasPrefix(code.Runtime, prefixNode) {
		found := i.findNode()
		if found.err != nil {
			return found, found.err
		}
		return found, i.checkNodeModules(code)
	}
	return i.findPython(code)
}

// Command returns how to run the code.
func (i *Interpreters) Command(code Code) (Command, error) {
	found, err := i.find(code)
	if err != nil {
		return Command{}, err
	}
	if err := i.write(); err != nil {
		return Command{}, err
	}
	command := Command{Program: found.program}
	if strings.HasPrefix(code.Runtime, prefixNode) {
		command.Arguments = []string{filepath.Join(i.scratch, "bootstrap.mjs")}
		command.Environment = map[string]string{
			"NODE_OPTIONS": fmt.Sprintf("--require=%q", filepath.Join(i.scratch, "sandbox.cjs")),
			"NODE_PATH":    joined(i.nodePath(code)),
		}
		command.Version = otherVersion("Node.js", found.version, strings.TrimSuffix(strings.TrimPrefix(code.Runtime, prefixNode), ".x"))
	} else {
		command.Arguments = []string{"-u", "-B", filepath.Join(i.scratch, "bootstrap.py")}
		command.Environment = map[string]string{"PYTHONPATH": joined(pythonPath(code))}
		command.Version = otherVersion("Python", found.version, strings.TrimPrefix(code.Runtime, prefixPython))
	}
	bins := []string{}
	for _, layer := range code.Layers {
		bins = append(bins, filepath.Join(layer, "bin"))
	}
	command.Environment["PATH"] = joined(append([]string{"/usr/local/bin", "/usr/bin", "/bin"}, bins...))
	return command, nil
}

func joined(folders []string) string { return strings.Join(folders, string(os.PathListSeparator)) }

func otherVersion(name, version, wanted string) string {
	if version == wanted {
		return ""
	}
	return name + " " + version
}

// write puts the programs of this package where interpreters can read them.
func (i *Interpreters) write() error {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.wrote {
		return nil
	}
	if err := os.CopyFS(i.scratch, programs); err != nil {
		return fmt.Errorf("write the clients of the Runtime API: %w", err)
	}
	i.wrote = true
	return nil
}

// above lists folders and those above them, the nearest first.
func above(dirs []string) []string {
	list := []string{}
	for _, dir := range dirs {
		dir, err := filepath.Abs(dir)
		if err != nil {
			continue
		}
		for last := ""; dir != last; last, dir = dir, filepath.Dir(dir) {
			if !slices.Contains(list, dir) {
				list = append(list, dir)
			}
		}
	}
	return list
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && !info.IsDir()
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// reversed puts the last layer, which wins in Lambda, first.
func reversed(layers []string) []string {
	layers = slices.Clone(layers)
	slices.Reverse(layers)
	return layers
}
