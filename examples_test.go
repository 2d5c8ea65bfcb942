package main_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/config"
	"github.com/regionpair/regionpair/regionpairtest"
)

// synthesizeExample runs an example from a copy outside the checkout, as its
// importer would, and returns its templates by stack. Functions are not built.
func synthesizeExample(t *testing.T, name string) map[string]regionpairtest.Document {
	t.Helper()
	mayTakeSeconds(t)
	app, out := filepath.Join(t.TempDir(), name), filepath.Join(t.TempDir(), "cdk.out")
	copyTree(t, filepath.Join("examples", name), app)
	module, err := filepath.Abs(".")
	require.NoError(t, err)
	run := func(environment []string, command ...string) string {
		process := exec.CommandContext(t.Context(), command[0], command[1:]...)
		process.Dir, process.Env = app, append(os.Environ(), environment...)
		output, err := process.CombinedOutput()
		require.NoError(t, err, string(output))
		return string(output)
	}
	run(nil, "go", "mod", "edit", "-replace=github.com/regionpair/regionpair="+module)
	output := run([]string{
		"CDK_OUTDIR=" + out, "CDK_VALIDATION=true",
		`CDK_CONTEXT_JSON={"aws:cdk:bundling-stacks":[],"@aws-cdk/core:validateAgainstDefaultRules":true}`,
	}, "go", "run", ".")
	assert.NotContains(t, output, "WARNING")
	files, err := filepath.Glob(filepath.Join(out, "*.template.json"))
	require.NoError(t, err)
	templates := map[string]regionpairtest.Document{}
	for _, file := range files {
		document := regionpairtest.Read(t, file)
		templates[document.Stack] = document
	}
	mustBeNamed(t, name, templates)
	return templates
}

// mustBeNamed holds the names in an example's cdk.json against its stacks.
func mustBeNamed(t *testing.T, name string, templates map[string]regionpairtest.Document) {
	t.Helper()
	names := namesOfExample(t, name)
	for stack := range templates {
		assert.True(t, strings.HasPrefix(stack, names.Name+"-"), stack)
	}
	for _, domain := range templates[names.Name+"-primary"].OfType("AWS::ApiGateway::DomainName") {
		assert.Equal(t, names.DomainName, domain.Properties["DomainName"])
	}
}

func namesOfExample(t *testing.T, name string) config.PairNames {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("examples", name, "cdk.json"))
	require.NoError(t, err)
	var file struct{ Context map[string]any }
	require.NoError(t, json.Unmarshal(text, &file))
	names, err := config.DecodePairNames(file.Context[config.NamesContext])
	require.NoError(t, err, name)
	return names
}

// What the pages tell people to type works in each example: go.mod and go.sum have
// all that the commands are built from, and cdk.json says which pair they are about.
func TestEveryExampleHasTheCommands(t *testing.T) {
	modules, err := filepath.Glob("examples/*/go.mod")
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(modules), 5)
	for _, module := range modules {
		namesOfExample(t, filepath.Base(filepath.Dir(module)))
		text, err := os.ReadFile(module)
		require.NoError(t, err)
		assert.Contains(t, string(text), "\ntool github.com/regionpair/regionpair/cmd/regionpair\n", module)
		list := exec.CommandContext(t.Context(), "go", "list", "-deps", "github.com/regionpair/regionpair/cmd/regionpair")
		list.Dir, list.Env = filepath.Dir(module), append(os.Environ(), "GOFLAGS=-mod=readonly")
		output, err := list.CombinedOutput()
		assert.NoError(t, err, "%s: %s", module, output)
	}
}

func TestTheExampleWholeAppAddsItsOwnResourceToEachRegion(t *testing.T) {
	templates := synthesizeExample(t, "whole-app")
	require.Len(t, templates, 3)
	for _, stack := range []string{"notes-primary", "notes-secondary"} {
		assert.Len(t, templates[stack].OfType("AWS::SQS::Queue"), 1, stack)
		assert.Len(t, templates[stack].OfType("AWS::ApiGateway::DomainName"), 1, stack)
	}
	assert.Empty(t, templates["notes-global"].OfType("AWS::SQS::Queue"))
}

func TestTheExampleSynchronousObjectsHasAnIndex(t *testing.T) {
	templates := synthesizeExample(t, "synchronous-objects")
	require.Len(t, templates, 4)
	for _, table := range templates["ledger-data"].OfType("AWS::DynamoDB::GlobalTable") {
		assert.Equal(t, "STRONG", table.Properties["MultiRegionConsistency"])
		assert.Equal(t, "ledger-objects", table.Properties["TableName"])
	}
}

func TestTheExampleExistingApiMakesAPairOfWhatIsThere(t *testing.T) {
	templates := synthesizeExample(t, "existing-api")
	require.Len(t, templates, 3)
	for _, stack := range []string{"shop-primary", "shop-secondary"} {
		template := templates[stack]
		assert.Len(t, template.OfType("AWS::ApiGateway::DomainName"), 1, stack)
		assert.Len(t, template.OfType("AWS::S3::Bucket"), 1, "%s: the bucket is the one that was there", stack)
		assert.Empty(t, template.OfType("AWS::Cognito::UserPool"), "%s: tokens stay as they are", stack)
		runtimes := map[any]int{}
		for _, function := range template.OfType("AWS::Lambda::Function") {
			runtimes[function.Properties["Runtime"]]++
		}
		assert.Equal(t, map[any]int{"python3.13": 2, "provided.al2023": 1}, runtimes, stack)
	}
	global := templates["shop-global"]
	assert.Len(t, global.OfType("Custom::BucketReplication"), 2)
	assert.Len(t, global.OfType("AWS::Route53::HealthCheck"), 5)
	for _, record := range global.OfType("AWS::Route53::RecordSet") {
		assert.Contains(t, record.Text(), "Fn::GetStackOutput", "the Regions are referred to weakly")
	}
}
