package stacks_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/config"
	"github.com/regionpair/regionpair/regionpairtest"
	"github.com/regionpair/regionpair/stacks"
)

func TestMain(m *testing.M) {
	code := m.Run()
	jsii.Close()
	os.Exit(code)
}

// template is a synthesized CloudFormation template.
type template struct{ regionpairtest.Document }

type resource = regionpairtest.Resource

// of returns the resources of one type by logical id.
func (t template) of(resourceType string) map[string]resource { return t.OfType(resourceType) }

// only returns the single resource of a type.
func (t template) only(tb testing.TB, resourceType string) resource {
	tb.Helper()
	found := t.of(resourceType)
	require.Len(tb, found, 1, resourceType)
	for _, r := range found {
		return r
	}
	return resource{}
}

// pair is the templates of one configuration.
type pair struct {
	primary, secondary, global template
	// data has no resources when there are no tables.
	data template
	// metadata is what CDK notes beside the templates.
	metadata string
}

func (p pair) all() map[string]template {
	all := map[string]template{"primary": p.primary, "secondary": p.secondary, "global": p.global}
	if len(p.data.Resources) > 0 {
		all["data"] = p.data
	}
	return all
}

func load(tb testing.TB, environment string, change ...func(*config.Config)) config.Config {
	tb.Helper()
	text, err := os.ReadFile("testdata/cdk.json")
	require.NoError(tb, err)
	var context any
	require.NoError(tb, json.Unmarshal(text, &context))
	c, err := config.Load(context, environment)
	require.NoError(tb, err)
	for _, f := range change {
		f(&c)
	}
	require.NoError(tb, c.Validate())
	return c
}

// context is what cdk.json gives an app, without building the functions.
func appContext(tb testing.TB) map[string]any {
	tb.Helper()
	text, err := os.ReadFile("../cdk.json")
	require.NoError(tb, err)
	var file struct{ Context map[string]any }
	require.NoError(tb, json.Unmarshal(text, &file))
	delete(file.Context, "regionpair")
	file.Context["aws:cdk:bundling-stacks"] = []string{}
	return file.Context
}

func synth(tb testing.TB, c config.Config) pair {
	tb.Helper()
	out := tb.TempDir()
	context := appContext(tb)
	app := awscdk.NewApp(&awscdk.AppProps{Outdir: &out, Context: &context, AnalyticsReporting: jsii.Bool(false)})
	stacks.NewPair(app, c)
	app.Synth(nil)
	p := pair{
		metadata:  metadata(tb, out),
		primary:   read(tb, out, c.StackName(config.Primary)),
		secondary: read(tb, out, c.StackName(config.Secondary)),
		global:    read(tb, out, c.GlobalStackName()),
	}
	if len(c.Tables) > 0 || c.Storage.Durability == config.DurabilitySync {
		p.data = read(tb, out, c.DataStackName())
	}
	return p
}

func metadata(tb testing.TB, out string) string {
	tb.Helper()
	files, err := filepath.Glob(filepath.Join(out, "*.metadata.json"))
	require.NoError(tb, err)
	require.NotEmpty(tb, files)
	all := ""
	for _, file := range append(files, filepath.Join(out, "manifest.json"), filepath.Join(out, "tree.json")) {
		text, err := os.ReadFile(file)
		require.NoError(tb, err)
		all += string(text)
	}
	return all
}

func read(tb testing.TB, out, stack string) template {
	tb.Helper()
	return template{regionpairtest.Read(tb, filepath.Join(out, stack+".template.json"))}
}

var synthesized = struct {
	sync.Mutex
	pairs map[string]pair
}{pairs: map[string]pair{}}

// documents returns the templates of the environments, each named after its
// environment and its stack.
func documents(tb testing.TB, environments ...string) []regionpairtest.Document {
	tb.Helper()
	var all []regionpairtest.Document
	for _, environment := range environments {
		for name, t := range synthOnce(tb, environment).all() {
			document := t.Document
			document.Stack = environment + " " + name
			all = append(all, document)
		}
	}
	return all
}

// synthOnce shares one synthesis among the tests that only look at it.
func synthOnce(tb testing.TB, environment string) pair {
	tb.Helper()
	synthesized.Lock()
	defer synthesized.Unlock()
	p, done := synthesized.pairs[environment]
	if !done {
		p = synth(tb, load(tb, environment))
		synthesized.pairs[environment] = p
	}
	return p
}
