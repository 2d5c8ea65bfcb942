package synth

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// App is a CDK app.
type App struct {
	// Dir is the folder of its cdk.json.
	Dir string
	// Variant is what its assembly has in its name when one app is synthesized in
	// several ways.
	// Default: none.
	Variant string
	command string
	context map[string]any
}

// Find looks for cdk.json in a folder and in those above it.
func Find(from string) (App, error) {
	from, err := filepath.Abs(from)
	if err != nil {
		return App{}, fmt.Errorf("find the app: %w", err)
	}
	for dir := from; ; dir = filepath.Dir(dir) {
		text, err := os.ReadFile(filepath.Join(dir, "cdk.json")) //nolint:gosec // the caller's own app
		switch {
		case err == nil:
			return read(dir, text)
		case !errors.Is(err, os.ErrNotExist):
			return App{}, fmt.Errorf("read the app's cdk.json: %w", err)
		case dir == filepath.Dir(dir):
			return App{}, fmt.Errorf("there is no cdk.json in %s or above it: run this in the folder of a CDK app, "+
				"write a new app with `regionpair init FOLDER`, or name a cloud assembly with --assembly", from)
		}
	}
}

func read(dir string, text []byte) (App, error) {
	var file struct {
		App     any            `json:"app"`
		Context map[string]any `json:"context"`
	}
	path := filepath.Join(dir, "cdk.json")
	if err := json.Unmarshal(text, &file); err != nil {
		return App{}, fmt.Errorf("read %s: %w", path, err)
	}
	command, isText := file.App.(string)
	if !isText || strings.TrimSpace(command) == "" {
		return App{}, fmt.Errorf("%s has no 'app', the command that runs the CDK app, such as \"go run .\"", path)
	}
	app := App{Dir: dir, command: command, context: map[string]any{}}
	// What earlier look-ups found, as the CDK CLI keeps it.
	if kept, err := os.ReadFile(filepath.Join(dir, "cdk.context.json")); err == nil { //nolint:gosec // the caller's own app
		if err := json.Unmarshal(kept, &app.context); err != nil {
			return App{}, fmt.Errorf("read %s: %w", filepath.Join(dir, "cdk.context.json"), err)
		}
	}
	for key, value := range file.Context {
		app.context[key] = value
	}
	return app, nil
}

// Folder is where drills keep the app's assembly. Deployments use another one:
// its functions run here, and not in Lambda.
func (a App) Folder() string {
	return filepath.Join(a.Dir, ".build", strings.TrimSuffix("drill-"+a.Variant, "-"))
}

// HasContext reports whether the app's files give a context key a value.
func (a App) HasContext(key string) bool { return a.context[key] != nil }

// Check returns everything that is missing on this machine, and what to type.
func (a App) Check() error {
	var problems []error
	search := a.searchPath()
	if program := strings.Fields(a.command)[0]; !found(search, program) {
		problems = append(problems, fmt.Errorf("%q, which 'app' in %s starts with, is not in PATH: %s", program, filepath.Join(a.Dir, "cdk.json"), install(program)))
	}
	if !found(search, "node") {
		problems = append(problems, fmt.Errorf("node, which CDK needs, is not in PATH: %s", a.installNode()))
	}
	return errors.Join(problems...)
}

func install(program string) string {
	if program == "go" {
		return "install it from https://go.dev/dl"
	}
	return "install it, or build it first"
}

func (a App) installNode() string {
	if text, err := os.ReadFile(filepath.Join(a.Dir, "package.json")); err == nil && strings.Contains(string(text), `"node"`) {
		return fmt.Sprintf("run `npm install` in %s, whose package.json pins it", a.Dir)
	}
	return "install Node.js 22 or later from https://nodejs.org"
}

// searchPath is PATH with the app's own programs first.
func (a App) searchPath() string {
	folders := []string{}
	for dir := a.Dir; ; dir = filepath.Dir(dir) {
		folders = append(folders, filepath.Join(dir, "node_modules", ".bin"))
		if dir == filepath.Dir(dir) {
			break
		}
	}
	return strings.Join(append(folders, os.Getenv("PATH")), string(os.PathListSeparator))
}

// found reports whether a program is in a search path; one with a folder in its
// name is the shell's to find.
func found(search, program string) bool {
	_, err := lookUp(search, program)
	return err == nil || strings.ContainsRune(program, os.PathSeparator)
}

func lookUp(search, program string) (string, error) {
	for dir := range strings.SplitSeq(search, string(os.PathListSeparator)) {
		path := filepath.Join(dir, program)
		if info, err := os.Stat(path); err == nil && !info.IsDir() && info.Mode()&0o111 != 0 {
			return path, nil
		}
	}
	return "", exec.ErrNotFound
}
