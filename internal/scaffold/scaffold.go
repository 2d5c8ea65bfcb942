// Package scaffold writes the files of a new app: a pair with a handler of its
// own, tests, and a workflow for CI.
package scaffold

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"text/template"

	"golang.org/x/mod/modfile"

	"github.com/regionpair/regionpair/config"
)

//go:embed all:app
var files embed.FS

// Store is where a new app's handler keeps its documents.
type Store string

// The stores.
const (
	// StoreBucket is the Region's bucket.
	StoreBucket Store = "bucket"
	// StoreTable is a DynamoDB global table.
	StoreTable Store = "table"
)

// Values are what the files of a new app say.
type Values struct {
	// Store of the handler; a bucket when it is empty.
	Store Store
	// Name of the pair.
	Name string
	// Module path of the app.
	Module string
	// Account that it is deployed to.
	Account string
	// Domain name of the API, in the hosted zone.
	Domain, Zone, ZoneID string
	// Primary and Secondary Region.
	Primary, Secondary string
	// Version of regionpair that the app requires; empty leaves the choice to
	// the Go tool.
	Version string
	// Replace is a folder with regionpair's module, used instead of a version.
	Replace string
}

// Command is the name of the app's binary.
func (v Values) Command() string { return path.Base(v.Module) }

// HasTable reports whether the handler keeps its documents in a table.
func (v Values) HasTable() bool { return v.Store == StoreTable }

// leavesOut reports whether a file is for the other store.
func (v Values) leavesOut(name string) bool {
	return name == "app/handler/bucket.go.tmpl" && v.HasTable() || name == "app/handler/table.go.tmpl" && !v.HasTable()
}

var errNotEmpty = errors.New("the folder is not empty")

// Write writes the app into a folder that is empty or does not exist yet. When
// it fails, nothing is left.
func Write(folder string, values Values) error {
	if found, err := os.ReadDir(folder); err == nil && len(found) > 0 {
		return fmt.Errorf("write an app to %s: %w; name a new one", folder, errNotEmpty)
	}
	parent := filepath.Dir(filepath.Clean(folder))
	if err := os.MkdirAll(parent, 0o750); err != nil {
		return fmt.Errorf("write an app: %w", err)
	}
	draft, err := os.MkdirTemp(parent, ".regionpair-init-")
	if err != nil {
		return fmt.Errorf("write an app: %w", err)
	}
	defer func() { _ = os.RemoveAll(draft) }()
	if err := fill(draft, values); err != nil {
		return err
	}
	if err := os.Remove(folder); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("write an app: %w", err)
	}
	if err := os.Rename(draft, folder); err != nil {
		return fmt.Errorf("write an app: %w", err)
	}
	return os.Chmod(folder, 0o755) //nolint:gosec // a folder of sources, as mkdir makes it
}

func fill(folder string, values Values) error {
	return fs.WalkDir(files, "app", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || values.leavesOut(name) {
			return err
		}
		text, err := render(name, values)
		if err != nil {
			return err
		}
		target := filepath.Join(folder, filepath.FromSlash(targetOf(name)))
		if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil { //nolint:gosec // a folder of sources
			return fmt.Errorf("write an app: %w", err)
		}
		if err := os.WriteFile(target, text, 0o644); err != nil { //nolint:gosec // a source file
			return fmt.Errorf("write an app: %w", err)
		}
		return nil
	})
}

// targetOf is the file's name in the app: a dot file cannot lie in a module's
// zip under its own name without being a hidden part of this repository.
func targetOf(name string) string {
	name = strings.TrimSuffix(strings.TrimPrefix(name, "app/"), ".tmpl")
	if name == "gitignore" {
		return ".gitignore"
	}
	return name
}

func render(name string, values Values) ([]byte, error) {
	text, err := files.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	parsed, err := template.New(name).Option("missingkey=error").Parse(string(text))
	if err != nil {
		return nil, fmt.Errorf("parse %s: %w", name, err)
	}
	var out bytes.Buffer
	if err := parsed.Execute(&out, values); err != nil {
		return nil, fmt.Errorf("fill in %s: %w", name, err)
	}
	return out.Bytes(), nil
}

var moduleForm = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9._~/-]*[A-Za-z0-9._~-])?$`)

// Sources is Replace as go.mod has it.
func (v Values) Sources() string { return modfile.AutoQuote(v.Replace) }

// options of `regionpair init`, by the fields of the configuration that they become.
var options = map[string]string{
	"name": "--name", "account": "--account", "primaryRegion": "--primary", "secondaryRegion": "--secondary", "domainName": "--domain",
	"hostedZone.name": "--zone", "hostedZone.id": "--zone-id",
}

// Check returns everything that is wrong with the values, by their options.
func (v Values) Check() error {
	var problems []error
	if !moduleForm.MatchString(v.Module) {
		problems = append(problems, fmt.Errorf("--module: %q is no module path; use one such as %q", v.Module, "example.com/orders"))
	}
	if !slices.Contains([]Store{"", StoreBucket, StoreTable}, v.Store) {
		problems = append(problems, fmt.Errorf("--store: %q is not a store; use %q or %q", v.Store, StoreBucket, StoreTable))
	}
	var found config.Errors
	_ = errors.As(v.configuration().Validate(), &found)
	for _, problem := range found {
		// The other fields follow from the name, and are wrong with it.
		if option := options[problem.Path]; option != "" {
			problem.Path = option
			problems = append(problems, problem)
		}
	}
	if len(problems) == 0 && len(found) > 0 {
		return found
	}
	return errors.Join(problems...)
}

func (v Values) configuration() config.Config {
	return config.Config{
		Name: v.Name, Account: v.Account, PrimaryRegion: v.Primary, SecondaryRegion: v.Secondary, DomainName: v.Domain,
		HostedZone: config.HostedZone{ID: v.ZoneID, Name: v.Zone}, ResourceServer: v.Name,
		Clients: map[string]config.Client{"partner": {Scopes: []string{v.Name + "/read"}}},
	}
}

// Written is the document of `regionpair init`.
type Written struct {
	SchemaVersion int `json:"schemaVersion"`
	// Folder of the new app, as it was given.
	Folder string `json:"folder"`
	// Next are the commands to type.
	Next []string `json:"next"`
}
