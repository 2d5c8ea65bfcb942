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

// adapter makes an assembly deployable in the emulators: it resolves
// Fn::GetStackOutput, which they know in their own process only, leaves out what they refuse and
// what refers to that, asks for the ARNs of secrets by another name, has
// authorizers asked each time, starts no schedule, so that functions run when
// the scenario wants it, and takes termination protection off.
type adapter struct {
	// outputs by <stack>/<output>. One that is not known yet stays: its stack
	// is not deployed from this copy.
	outputs map[string]string
	// texts stand for others, as the emulator's hosted zone for the example's.
	texts map[string]string
	// changes are made to the resources of every template.
	changes []change
}

type change func(resources map[string]any)

// adapt writes an adapted copy of the assembly. It returns what was left out,
// as "stack/logical id: reason", sorted.
func (a adapter) adapt(from, to string) ([]string, error) {
	if err := os.RemoveAll(to); err != nil {
		return nil, err
	}
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		return nil, fmt.Errorf("copy the assembly: %w", err)
	}
	templates, err := filepath.Glob(filepath.Join(to, "*.template.json"))
	if err != nil {
		return nil, err
	}
	gone := []string{}
	manifest := filepath.Join(to, "manifest.json")
	for _, path := range templates {
		removed, err := a.adaptTemplate(path, manifest)
		if err != nil {
			return nil, fmt.Errorf("adapt %s: %w", path, err)
		}
		gone = append(gone, removed...)
	}
	slices.Sort(gone)
	return gone, unprotect(manifest)
}

func (a adapter) adaptTemplate(path, manifest string) ([]string, error) {
	assets := strings.TrimSuffix(path, ".template.json") + ".assets.json"
	before, err := templateHash(assets, filepath.Base(path))
	if err != nil {
		return nil, err
	}
	template, err := readDocument(path)
	if err != nil {
		return nil, err
	}
	resources, _ := template["Resources"].(map[string]any)
	gone := []string{}
	for id, reason := range leaveOut(resources) {
		gone = append(gone, fmt.Sprintf("%s/%s: %s", strings.TrimSuffix(filepath.Base(path), ".template.json"), id, reason))
	}
	askEachTime(resources)
	stopSchedules(resources)
	template["Resources"] = nameSecrets(resources, secretsIn(resources))
	for _, change := range a.changes {
		change(resources)
	}
	adapted, err := json.Marshal(a.resolve(template))
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(path, adapted, 0o600); err != nil {
		return nil, err
	}
	// The CLI uploads a template under its hash, and once only.
	sum := sha256.Sum256(adapted)
	for _, file := range []string{assets, manifest} {
		if err := replaceIn(file, before, hex.EncodeToString(sum[:])); err != nil {
			return nil, err
		}
	}
	return gone, nil
}

// askEachTime takes identity sources of the request context from authorizers,
// which the emulator counts as absent, and with them the answers that would be
// kept under what is left.
func askEachTime(resources map[string]any) {
	for _, value := range resources {
		resource, _ := value.(map[string]any)
		properties, _ := resource["Properties"].(map[string]any)
		text, _ := properties["IdentitySource"].(string)
		if resource["Type"] != "AWS::ApiGateway::Authorizer" || text == "" {
			continue
		}
		all := strings.Split(text, ",")
		known := slices.DeleteFunc(slices.Clone(all), func(source string) bool { return strings.HasPrefix(source, "context.") })
		if len(known) < len(all) {
			properties["IdentitySource"] = strings.Join(known, ",")
			properties["AuthorizerResultTtlInSeconds"] = 0
		}
	}
}

func stopSchedules(resources map[string]any) {
	for _, value := range resources {
		if resource, ok := value.(map[string]any); ok && resource["Type"] == "AWS::Events::Rule" {
			resource["Properties"].(map[string]any)["State"] = "DISABLED"
		}
	}
}

// secretsIn are the logical ids of secrets.
func secretsIn(resources map[string]any) map[string]bool {
	secrets := map[string]bool{}
	for id, value := range resources {
		if resource, ok := value.(map[string]any); ok && resource["Type"] == "AWS::SecretsManager::Secret" {
			secrets[id] = true
		}
	}
	return secrets
}

// nameSecrets writes Id for Ref: both are the secret's ARN, and the emulator
// answers Ref with the name, which no policy matches.
func nameSecrets(value any, secrets map[string]bool) any {
	switch v := value.(type) {
	case map[string]any:
		if name, _ := v["Ref"].(string); secrets[name] {
			return map[string]any{"Fn::GetAtt": []any{name, "Id"}}
		}
		for key, child := range v {
			v[key] = nameSecrets(child, secrets)
		}
	case []any:
		for i, child := range v {
			v[i] = nameSecrets(child, secrets)
		}
	}
	return value
}

// resolve puts values in the place of what the emulator cannot look up.
func (a adapter) resolve(value any) any {
	switch v := value.(type) {
	case map[string]any:
		if call, is := v["Fn::GetStackOutput"].(map[string]any); is {
			if output, known := a.outputs[fmt.Sprint(call["StackName"], "/", call["OutputName"])]; known {
				return output
			}
		}
		for key, child := range v {
			v[key] = a.resolve(child)
		}
	case []any:
		for i, child := range v {
			v[i] = a.resolve(child)
		}
	case string:
		if text, stands := a.texts[v]; stands {
			return text
		}
	}
	return value
}

// templateHash finds the hash that the assembly knows the template by.
func templateHash(assets, template string) (string, error) {
	text, err := os.ReadFile(assets) //nolint:gosec // a folder of ours
	if err != nil {
		return "", err
	}
	var list struct {
		Files map[string]struct{ Source struct{ Path string } }
	}
	if err := json.Unmarshal(text, &list); err != nil {
		return "", fmt.Errorf("read %s: %w", assets, err)
	}
	for hash, file := range list.Files {
		if file.Source.Path == template {
			return hash, nil
		}
	}
	return "", fmt.Errorf("%s does not list %s", assets, template)
}

// unprotect takes termination protection off, so that the pair can be
// destroyed again.
func unprotect(path string) error {
	manifest, err := readDocument(path)
	if err != nil {
		return err
	}
	artifacts, _ := manifest["artifacts"].(map[string]any)
	for _, value := range artifacts {
		artifact, _ := value.(map[string]any)
		if properties, ok := artifact["properties"].(map[string]any); ok {
			delete(properties, "terminationProtection")
		}
	}
	text, err := json.Marshal(manifest)
	if err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o600)
}

func readDocument(path string) (map[string]any, error) {
	text, err := os.ReadFile(path) //nolint:gosec // a folder of ours
	if err != nil {
		return nil, err
	}
	var document map[string]any
	if err := json.Unmarshal(text, &document); err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return document, nil
}

func replaceIn(path, before, after string) error {
	text, err := os.ReadFile(path) //nolint:gosec // a folder of ours
	if err != nil {
		return err
	}
	return os.WriteFile(path, []byte(strings.ReplaceAll(string(text), before, after)), 0o600) //nolint:gosec // a folder of ours
}
