package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// leftOut lists the resource types that the emulator refuses, each with the
// reason. A step of the scenario fails when it accepts one of them.
var leftOut = map[string]string{
	"AWS::Logs::QueryDefinition": "the emulator does not know the type",
	"AWS::Route53::HealthCheck":  "the emulator does not know the type",
}

// refused says why one resource is left out; empty when it is not.
func refused(resource map[string]any) string {
	kind, _ := resource["Type"].(string)
	if reason, listed := leftOut[kind]; listed {
		return reason
	}
	if properties, ok := resource["Properties"].(map[string]any); ok && kind == "AWS::CloudWatch::Alarm" && properties["Metrics"] != nil {
		return "the emulator does not support metric math"
	}
	return ""
}

// exampleZone is the hosted zone of the example configuration.
const exampleZone = "Z0123456789ABCDEFGHIJ"

// change is made to a template before it is deployed.
type change func(resources map[string]any)

// adapt writes a copy of an assembly that the emulator can deploy: it resolves
// Fn::GetStackOutput, which the emulator does not know, leaves out what it
// refuses and what refers to that, and takes termination protection off. It
// returns what was left out, by stack and logical id.
func adapt(from, to string, outputs map[string]string, changes ...change) ([]string, error) {
	if err := os.RemoveAll(to); err != nil {
		return nil, err
	}
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		return nil, err
	}
	manifestPath := filepath.Join(to, "manifest.json")
	manifest, err := os.ReadFile(manifestPath) //nolint:gosec // a folder of ours
	if err != nil {
		return nil, err
	}
	text := strings.ReplaceAll(string(manifest), `"terminationProtection": true`, `"terminationProtection": false`)
	templates, err := filepath.Glob(filepath.Join(to, "*.template.json"))
	if err != nil {
		return nil, err
	}
	gone := []string{}
	for _, path := range templates {
		before, after, removed, err := adaptTemplate(path, outputs, changes)
		if err != nil {
			return nil, fmt.Errorf("adapt %s: %w", path, err)
		}
		gone = append(gone, removed...)
		// The CLI uploads a template under its hash, and once only.
		text = strings.ReplaceAll(text, before, after)
		if err := replaceIn(strings.TrimSuffix(path, ".template.json")+".assets.json", before, after); err != nil {
			return nil, err
		}
	}
	slices.Sort(gone)
	return gone, os.WriteFile(manifestPath, []byte(text), 0o600)
}

func replaceIn(path, before, after string) error {
	text, err := os.ReadFile(path) //nolint:gosec // a folder of ours
	if err != nil {
		return err
	}
	return os.WriteFile(path, []byte(strings.ReplaceAll(string(text), before, after)), 0o600) //nolint:gosec // a folder of ours
}

func adaptTemplate(path string, outputs map[string]string, changes []change) (before, after string, gone []string, err error) {
	text, err := os.ReadFile(path) //nolint:gosec // a folder of ours
	if err != nil {
		return "", "", nil, err
	}
	before = templateHash(path)
	var template map[string]any
	if err := json.Unmarshal(text, &template); err != nil {
		return "", "", nil, err
	}
	resources, _ := template["Resources"].(map[string]any)
	removed := leaveOut(resources)
	for _, f := range changes {
		f(resources)
	}
	stack := strings.TrimSuffix(filepath.Base(path), ".template.json")
	for id, reason := range removed {
		gone = append(gone, fmt.Sprintf("%s/%s: %s", stack, id, reason))
	}
	adapted, err := json.Marshal(resolve(template, outputs))
	if err != nil {
		return "", "", nil, err
	}
	sum := sha256.Sum256(adapted)
	return before, hex.EncodeToString(sum[:]), gone, os.WriteFile(path, adapted, 0o600) //nolint:gosec // a folder of ours
}

// templateHash finds the hash that the assembly knows the template by.
func templateHash(path string) string {
	text, err := os.ReadFile(strings.TrimSuffix(path, ".template.json") + ".assets.json") //nolint:gosec // a folder of ours
	if err != nil {
		return ""
	}
	var assets struct {
		Files map[string]struct{ Source struct{ Path string } }
	}
	_ = json.Unmarshal(text, &assets)
	for hash, file := range assets.Files {
		if file.Source.Path == filepath.Base(path) {
			return hash
		}
	}
	return ""
}

// leaveOut removes what is refused and, again and again, what refers to it.
func leaveOut(resources map[string]any) map[string]string {
	gone := map[string]string{}
	for again := true; again; {
		again = false
		for id, value := range resources {
			resource, _ := value.(map[string]any)
			reason := refused(resource)
			if reason == "" {
				reason = refersTo(resource["Properties"], gone)
			}
			if reason != "" {
				gone[id] = reason
				delete(resources, id)
				again = true
			}
		}
	}
	for _, value := range resources {
		resource, _ := value.(map[string]any)
		if list, ok := resource["DependsOn"].([]any); ok {
			resource["DependsOn"] = slices.DeleteFunc(list, func(name any) bool { _, left := gone[name.(string)]; return left })
		}
	}
	return gone
}

func refersTo(value any, gone map[string]string) string {
	text, _ := json.Marshal(value)
	for id := range gone {
		if strings.Contains(string(text), `{"Ref":"`+id+`"}`) || strings.Contains(string(text), `{"Fn::GetAtt":["`+id+`"`) {
			return "refers to " + id + ", which is left out"
		}
	}
	return ""
}

// resolve puts the other stack's output in the place of Fn::GetStackOutput. An
// output that is not known yet stays: its stack is not deployed from this copy.
func resolve(value any, outputs map[string]string) any {
	switch v := value.(type) {
	case map[string]any:
		if call, is := v["Fn::GetStackOutput"].(map[string]any); is {
			if output, known := outputs[fmt.Sprint(call["StackName"], "/", call["OutputName"])]; known {
				return output
			}
		}
		for key, child := range v {
			v[key] = resolve(child, outputs)
		}
	case []any:
		for i, child := range v {
			v[i] = resolve(child, outputs)
		}
	case string:
		// The zone of the example belongs to nobody; the emulator made its own.
		if v == exampleZone && outputs[exampleZone] != "" {
			return outputs[exampleZone]
		}
	}
	return value
}
