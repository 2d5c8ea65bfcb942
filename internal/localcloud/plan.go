package localcloud

import (
	"archive/zip"
	"cmp"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/regionpair/regionpair/internal/assembly"
	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/internal/localcloud/interpreter"
)

// How every function runs is planned before anything starts, so that everything
// that is missing is said at once.

// functionPlan is how a function runs here.
type functionPlan struct {
	interpreter.Command
	// root is the folder of its code.
	root string
	// reason is why it does not run here; empty when it does.
	reason string
	// foreign code was compiled for another machine.
	foreign bool
}

// planFunctions plans all functions. Those that requests need must run; others
// are listed when they do not.
func (c *Cloud) planFunctions() error {
	p := &planner{
		assembly: c.assembly, code: filepath.Join(c.options.Dir, "code"),
		interpreters: interpreter.New(filepath.Join(c.options.Dir, "runtime"), c.assembly.Dir, "."),
	}
	c.plans = map[string]functionPlan{}
	problems := map[string][]string{} // functions by reason
	for _, stack := range c.assembly.Stacks {
		needed := neededFunctions(stack.Template)
		for id, resource := range stack.Template.Resources {
			if resource.Type != typeFunction {
				continue
			}
			plan := p.plan(stack, id, resource)
			c.plans[stack.Name+"/"+id] = plan
			if plan.foreign || (plan.reason != "" && needed[id]) {
				problems[plan.reason] = append(problems[plan.reason], stack.Name+"/"+id)
			}
		}
	}
	if len(problems) == 0 {
		return nil
	}
	var b strings.Builder
	fmt.Fprintf(&b, "functions of %s that requests need cannot run on this machine:", c.assembly.Dir)
	for _, reason := range slices.Sorted(maps.Keys(problems)) {
		slices.Sort(problems[reason])
		fmt.Fprintf(&b, "\n  %s: %s", strings.Join(problems[reason], ", "), reason)
	}
	return errors.New(b.String())
}

const (
	typeFunction = "AWS::Lambda::Function"
	typeLayer    = "AWS::Lambda::LayerVersion"
)

// neededFunctions are the logical ids of the functions that a REST API invokes,
// and of those that these know from their environment.
func neededFunctions(template assembly.Template) map[string]bool {
	needed, seen := map[string]bool{}, map[string]bool{}
	var follow func(value any)
	visit := func(id string) {
		resource := template.Resources[id]
		if seen[id] {
			return
		}
		seen[id] = true
		switch resource.Type {
		case typeFunction:
			needed[id] = true
			follow(resource.Properties["Environment"])
		case "AWS::Lambda::Alias", "AWS::Lambda::Version":
			follow(resource.Properties)
		}
	}
	follow = func(value any) {
		switch v := value.(type) {
		case map[string]any:
			if id, isText := v["Ref"].(string); isText {
				visit(id)
			}
			if att := list(v["Fn::GetAtt"]); len(att) > 0 {
				visit(textOf(att[0]))
			}
			for _, inner := range v {
				follow(inner)
			}
		case []any:
			for _, inner := range v {
				follow(inner)
			}
		}
	}
	for _, resource := range template.Resources {
		if resource.Type == "AWS::ApiGateway::Method" || resource.Type == "AWS::ApiGateway::Authorizer" {
			follow(resource.Properties)
		}
	}
	return needed
}

type planner struct {
	assembly     *assembly.Assembly
	code         string // folder for code that is not one
	interpreters *interpreter.Interpreters
}

func (p *planner) plan(stack assembly.Stack, id string, function assembly.Resource) functionPlan {
	properties := function.Properties
	name := textOf(properties["Runtime"])
	compiled := strings.HasPrefix(name, "provided.")
	switch {
	case textOf(properties["PackageType"]) == "Image":
		return functionPlan{reason: "its code is a container image: deploy it as a zip for drills"}
	case object(properties["Runtime"]) != nil:
		return functionPlan{reason: "its runtime is chosen by the Region"}
	case !compiled && !interpreter.Interprets(name):
		return functionPlan{reason: "its runtime is " + name + ", and the local cloud runs provided.al2023, nodejs and python"}
	}
	root, err := p.folderOf(stack.Name+"-"+id, name, object(properties["Code"]))
	if err != nil {
		return functionPlan{reason: err.Error()}
	}
	if reason := foreignCode(root); reason != "" {
		return functionPlan{reason: reason, foreign: true}
	}
	plan := functionPlan{root: root, Command: interpreter.Command{Program: filepath.Join(root, "bootstrap")}}
	if compiled {
		return plan
	}
	layers, err := p.layers(stack, properties)
	if err == nil {
		plan.Command, err = p.interpreters.Command(interpreter.Code{Runtime: name, Dir: root, Layers: layers})
	}
	if err != nil {
		return functionPlan{reason: "its runtime is " + name + ": " + strings.ReplaceAll(err.Error(), "\n", "; ")}
	}
	return plan
}

// folderOf returns the folder with the code of a function or a layer.
func (p *planner) folderOf(name, runtime string, code map[string]any) (string, error) {
	if inline, isText := code["ZipFile"].(string); isText {
		extension := ".py"
		if strings.HasPrefix(runtime, "nodejs") {
			extension = ".js"
		}
		dir := filepath.Join(p.code, name)
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return "", fmt.Errorf("make a folder for its code: %w", err)
		}
		return dir, os.WriteFile(filepath.Join(dir, "index"+extension), []byte(inline), 0o600)
	}
	key, isText := code["S3Key"].(string)
	if !isText {
		return "", errors.New("its code is not an asset of the app")
	}
	asset, found := p.assembly.Asset(key)
	if !found {
		return "", fmt.Errorf("its code %q is not in the cloud assembly: synthesize again", key)
	}
	if info, err := os.Stat(asset.Path); err == nil && !info.IsDir() {
		dir := filepath.Join(p.code, name)
		return dir, unzip(asset.Path, dir)
	}
	return asset.Path, nil
}

// layers returns the folders of a function's layers.
func (p *planner) layers(stack assembly.Stack, function map[string]any) ([]string, error) {
	folders := []string{}
	for _, layer := range list(function["Layers"]) {
		id := textOf(object(layer)["Ref"])
		resource, exists := stack.Template.Resources[id]
		if !exists || resource.Type != typeLayer {
			return nil, fmt.Errorf("its layer %s is not part of its stack: bundle the code with the function for drills", cmp.Or(id, textOf(layer)))
		}
		dir, err := p.folderOf(stack.Name+"-"+id, "", object(resource.Properties["Content"]))
		if err != nil {
			return nil, fmt.Errorf("layer %s: %w", id, err)
		}
		folders = append(folders, dir)
	}
	return folders, nil
}

func unzip(path, dir string) error {
	archive, err := zip.OpenReader(path)
	if err != nil {
		return fmt.Errorf("its code is no folder and no zip file: %w", err)
	}
	defer func() { _ = archive.Close() }()
	if err := os.RemoveAll(dir); err != nil {
		return fmt.Errorf("make room for its code: %w", err)
	}
	return os.CopyFS(dir, archive)
}

// foreignCode is why code that was compiled cannot run here; empty when it can.
func foreignCode(dir string) string {
	host := runtime.GOOS + "/" + runtime.GOARCH
	reason := ""
	_ = filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		name := entry.Name()
		if err != nil || entry.IsDir() || reason != "" || (name != "bootstrap" && !strings.HasSuffix(name, ".so") && !strings.HasSuffix(name, ".node")) {
			return nil
		}
		built := builtFor(path)
		switch {
		case built == "" || built == host:
		case name == "bootstrap":
			reason = fmt.Sprintf("it is built for %s, and this machine is %s: leave --assembly out, which synthesizes for this machine, or synthesize with `cdk synth -c %s=%s`",
				built, host, contract.BuildForContext, host)
		default:
			relative, _ := filepath.Rel(dir, path)
			reason = fmt.Sprintf("%s is built for %s, and this machine is %s: bundle the code for this machine", relative, built, host)
		}
		return nil
	})
	return reason
}
