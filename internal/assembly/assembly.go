package assembly

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Assembly is the stacks of an app with their assets.
type Assembly struct {
	// Dir is the folder it was read from.
	Dir string
	// Stacks in an order in which they can be deployed.
	Stacks []Stack
	assets map[string]Asset
}

// Stack is one CloudFormation stack.
type Stack struct {
	// ID in the assembly, Name in CloudFormation.
	ID, Name string
	// Account and Region it is deployed to.
	Account, Region string
	// Template as it is sent to CloudFormation, read from TemplateFile.
	Template     Template
	TemplateFile string
	// DependsOn holds the ids of the stacks that come first.
	DependsOn []string
}

// Template is a CloudFormation template. Values keep the form they have in
// JSON, with json.Number for numbers.
type Template struct {
	Description string
	Parameters  map[string]Parameter
	Mappings    map[string]any
	Conditions  map[string]any
	Resources   map[string]Resource
	Outputs     map[string]Output
}

// Parameter of a template.
type Parameter struct {
	Type    string
	Default any
}

// Resource of a template.
type Resource struct {
	Type           string
	Condition      string
	Properties     map[string]any
	DependsOn      Names
	DeletionPolicy string
}

// Output of a template.
type Output struct {
	Description string
	Condition   string
	Value       any
}

// Names is one name or a list of them.
type Names []string

// UnmarshalJSON implements json.Unmarshaler.
func (n *Names) UnmarshalJSON(text []byte) error {
	var one string
	if json.Unmarshal(text, &one) == nil {
		*n = Names{one}
		return nil
	}
	var list []string
	if err := json.Unmarshal(text, &list); err != nil {
		return fmt.Errorf("'DependsOn' must be a name or a list of names: %w", err)
	}
	*n = list
	return nil
}

// Asset is a file or folder that is uploaded before the deployment.
type Asset struct {
	// Path of the file or folder.
	Path string
	// Packaging is "zip" for a folder and "file" for a file.
	Packaging string
}

// Asset returns the asset that is uploaded under this object key.
func (a *Assembly) Asset(objectKey string) (Asset, bool) {
	asset, exists := a.assets[objectKey]
	return asset, exists
}

// Stack returns the stack with this name.
func (a *Assembly) Stack(name string) (Stack, bool) {
	for _, stack := range a.Stacks {
		if stack.Name == name {
			return stack, true
		}
	}
	return Stack{}, false
}

// Load reads the assembly in dir. Its errors say what to do: most often to
// synthesize first.
func Load(dir string) (*Assembly, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("find the cloud assembly: %w", err)
	}
	var m manifest
	if err := readJSON(filepath.Join(dir, "manifest.json"), &m); err != nil {
		if errors.Is(err, os.ErrNotExist) {
			return nil, fmt.Errorf("there is no cloud assembly in %q: synthesize first, with `cdk synth`", dir)
		}
		return nil, err
	}
	a := &Assembly{Dir: dir, assets: map[string]Asset{}}
	for _, id := range m.order() {
		artifact := m.Artifacts[id]
		var err error
		switch artifact.Type {
		case typeStack:
			err = a.addStack(id, artifact, m)
		case typeAssets:
			err = a.addAssets(artifact)
		}
		if err != nil {
			return nil, err
		}
	}
	if len(a.Stacks) == 0 {
		return nil, fmt.Errorf("the cloud assembly in %q holds no stack: synthesize again, with `cdk synth`", dir)
	}
	return a, nil
}

func (a *Assembly) addStack(id string, artifact artifact, m manifest) error {
	stack := Stack{ID: id, Name: id}
	if artifact.Properties.StackName != "" {
		stack.Name = artifact.Properties.StackName
	}
	account, region, found := strings.Cut(strings.TrimPrefix(artifact.Environment, "aws://"), "/")
	if !found || strings.HasPrefix(region, "unknown") {
		return fmt.Errorf("stack %q has the environment %q: it must name an account and a Region", id, artifact.Environment)
	}
	stack.Account, stack.Region = account, region
	for _, dependency := range artifact.Dependencies {
		if m.Artifacts[dependency].Type == typeStack {
			stack.DependsOn = append(stack.DependsOn, dependency)
		}
	}
	stack.TemplateFile = filepath.Join(a.Dir, artifact.Properties.TemplateFile)
	if err := readJSON(stack.TemplateFile, &stack.Template); err != nil {
		return err
	}
	a.Stacks = append(a.Stacks, stack)
	return nil
}

func (a *Assembly) addAssets(artifact artifact) error {
	var file struct {
		Files map[string]struct {
			Source       struct{ Path, Packaging string }
			Destinations map[string]struct{ ObjectKey string }
		}
	}
	if err := readJSON(filepath.Join(a.Dir, artifact.Properties.File), &file); err != nil {
		return err
	}
	for _, entry := range file.Files {
		for _, destination := range entry.Destinations {
			a.assets[destination.ObjectKey] = Asset{Path: filepath.Join(a.Dir, entry.Source.Path), Packaging: entry.Source.Packaging}
		}
	}
	return nil
}

const (
	typeStack  = "aws:cloudformation:stack"
	typeAssets = "cdk:asset-manifest"
)

type manifest struct {
	Artifacts map[string]artifact
}

type artifact struct {
	Type         string
	Environment  string
	Dependencies []string
	Properties   struct{ TemplateFile, StackName, File string }
}

// order lists artifacts after their dependencies, otherwise by id.
func (m manifest) order() []string {
	ids := make([]string, 0, len(m.Artifacts))
	for id := range m.Artifacts {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	ordered, seen := []string{}, map[string]bool{}
	var visit func(id string)
	visit = func(id string) {
		if seen[id] {
			return
		}
		seen[id] = true
		for _, dependency := range m.Artifacts[id].Dependencies {
			visit(dependency)
		}
		ordered = append(ordered, id)
	}
	for _, id := range ids {
		visit(id)
	}
	return ordered
}

func readJSON(path string, into any) error {
	file, err := os.Open(path) //nolint:gosec // the caller's own assembly
	if err != nil {
		return fmt.Errorf("read the cloud assembly: %w", err)
	}
	defer func() { _ = file.Close() }()
	decoder := json.NewDecoder(file)
	// Numbers stay as they are written.
	decoder.UseNumber()
	if err := decoder.Decode(into); err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	return nil
}
