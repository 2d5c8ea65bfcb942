package regionpairtest

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
)

// Document is the CloudFormation template of one stack.
type Document struct {
	// Stack is the name of the stack.
	Stack string `json:"-"`
	// Resources by logical id.
	Resources map[string]Resource
	// Outputs by name.
	Outputs map[string]any

	text []byte
}

// Resource of a template.
type Resource struct {
	// Type such as "AWS::S3::Bucket".
	Type string
	// Properties as the template has them, intrinsic functions included.
	Properties map[string]any
	// Metadata that CDK adds, such as the path of the construct.
	Metadata map[string]any
	// DependsOn names other resources: a string, or a list of strings.
	DependsOn any
	// DeletionPolicy decides what happens to the resource when it leaves the
	// template; empty means Delete.
	DeletionPolicy string
	// UpdateReplacePolicy decides what happens to the old resource when an
	// update replaces it; empty means Delete.
	UpdateReplacePolicy string
}

// Text is the resource as JSON, to look for values anywhere in it.
func (r Resource) Text() string {
	text, _ := json.Marshal(r)
	return string(text)
}

// Text is the template as CDK wrote it, with hashes of assets replaced: they
// are all that may differ between two checkouts of one commit.
func (d Document) Text() string {
	return assetHash.ReplaceAllString(string(d.text), "<asset hash>")
}

var assetHash = regexp.MustCompile(`\b[0-9a-f]{64}\b`)

// OfType returns the resources of one type by logical id.
func (d Document) OfType(resourceType string) map[string]Resource {
	found := map[string]Resource{}
	for id, resource := range d.Resources {
		if resource.Type == resourceType {
			found[id] = resource
		}
	}
	return found
}

// ids returns the logical ids in order.
func (d Document) ids() []string {
	ids := make([]string, 0, len(d.Resources))
	for id := range d.Resources {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// Context is what an app of a test is given: the caller's values, and building
// of functions switched off, which takes a synthesis from seconds to
// milliseconds and keeps the hashes of a snapshot from changing with every
// line of a handler.
func Context(values map[string]any) *map[string]any {
	context := map[string]any{"aws:cdk:bundling-stacks": []string{}}
	for key, value := range values {
		context[key] = value
	}
	return &context
}

// Template synthesizes the stack's app, once for all its stacks, and returns
// the template of the stack.
func Template(t testing.TB, stack awscdk.Stack) Document {
	t.Helper()
	assembly := awscdk.Stage_Of(stack).Synth(nil)
	document := Read(t, filepath.Join(*assembly.Directory(), *stack.TemplateFile()))
	document.Stack = *stack.StackName()
	return document
}

// Templates returns the templates of several stacks of one app.
func Templates(t testing.TB, stacks ...awscdk.Stack) []Document {
	t.Helper()
	documents := make([]Document, 0, len(stacks))
	for _, stack := range stacks {
		documents = append(documents, Template(t, stack))
	}
	return documents
}

// Read returns a template that was synthesized before, such as
// "cdk.out/orders-primary.template.json".
func Read(t testing.TB, path string) Document {
	t.Helper()
	text, err := os.ReadFile(path) //nolint:gosec // a file that the test names
	if err != nil {
		t.Fatalf("read a template: %v", err)
	}
	document := Document{Stack: strings.TrimSuffix(filepath.Base(path), ".template.json"), text: text}
	if err := json.Unmarshal(text, &document); err != nil {
		t.Fatalf("%s is no CloudFormation template: %v", path, err)
	}
	return document
}
