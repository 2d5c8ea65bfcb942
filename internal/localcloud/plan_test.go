package localcloud

import (
	"archive/zip"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/internal/assembly"
)

// fakeAssembly is a cloud assembly of one stack, with the files of its assets.
func fakeAssembly(t *testing.T, resources map[string]any, assets map[string]string) *assembly.Assembly {
	t.Helper()
	dir := t.TempDir()
	write := func(name string, content any) {
		text, err := json.Marshal(content)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), text, 0o600))
	}
	files := map[string]any{}
	for name, content := range assets {
		require.NoError(t, os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600))
		key, _, _ := strings.Cut(name, "/")
		files[key] = map[string]any{"source": map[string]string{"path": key}, "destinations": map[string]any{"x": map[string]string{"objectKey": key}}}
	}
	write("assets.json", map[string]any{"files": files})
	write("template.json", map[string]any{"Resources": resources})
	write("manifest.json", map[string]any{"artifacts": map[string]any{
		"stack":  map[string]any{"type": "aws:cloudformation:stack", "environment": "aws://111122223333/eu-west-1", "properties": map[string]string{"templateFile": "template.json"}},
		"assets": map[string]any{"type": "cdk:asset-manifest", "properties": map[string]string{"file": "assets.json"}},
	}})
	a, err := assembly.Load(dir)
	require.NoError(t, err)
	return a
}

func function(runtime, asset string, more map[string]any) map[string]any {
	properties := map[string]any{"Runtime": runtime, "Handler": "index.handler", "Code": map[string]any{"S3Key": asset}}
	for name, value := range more {
		properties[name] = value
	}
	return map[string]any{"Type": "AWS::Lambda::Function", "Properties": properties}
}

// method of a REST API that invokes a function, or an alias of one.
func method(reference any) map[string]any {
	return map[string]any{"Type": "AWS::ApiGateway::Method", "Properties": map[string]any{
		"Integration": map[string]any{"Uri": map[string]any{"Fn::Join": []any{"", []any{"arn:", reference, "/invocations"}}}},
	}}
}

func planOf(t *testing.T, resources map[string]any, assets map[string]string) (map[string]functionPlan, error) {
	t.Helper()
	c := &Cloud{assembly: fakeAssembly(t, resources, assets), options: Options{Dir: t.TempDir()}}
	err := c.planFunctions()
	return c.plans, err
}

func TestWhatRequestsNeedMustRunAndTheRestIsListed(t *testing.T) {
	image := map[string]any{"Type": "AWS::Lambda::Function", "Properties": map[string]any{"PackageType": "Image", "Code": map[string]any{"ImageUri": "x"}}}
	plans, err := planOf(t, map[string]any{
		"Orders": function("java21", "java", nil), "Invoices": function("java21", "java", nil), "Probe": function("dotnet8", "java", nil), "Cron": function("ruby3.4", "java", nil),
		"Image": image, "Sdk": function("nodejs24.x", "sdk", nil),
		"Health": function("provided.al2023", "go", map[string]any{"Environment": map[string]any{"Variables": map[string]any{"PROBE": map[string]any{"Ref": "Probe"}}}}),
		"Live":   map[string]any{"Type": "AWS::Lambda::Alias", "Properties": map[string]any{"FunctionName": map[string]any{"Ref": "Invoices"}}},
		"Get":    method(map[string]any{"Fn::GetAtt": []any{"Orders", "Arn"}}), "Post": method(map[string]any{"Ref": "Live"}), "Put": method(map[string]any{"Fn::GetAtt": []any{"Image", "Arn"}}),
		"Head": method(map[string]any{"Fn::GetAtt": []any{"Health", "Arn"}}), "Delete": method(map[string]any{"Fn::GetAtt": []any{"Sdk", "Arn"}}),
	}, map[string]string{"java/app.class": "", "go/bootstrap": "#!/bin/sh\n", "sdk/index.js": "require('@aws-sdk/client-of-nothing')"})
	require.Error(t, err)
	for _, want := range []string{
		"stack/Invoices, stack/Orders: its runtime is java21, and the local cloud runs provided.al2023, nodejs and python",
		"stack/Probe: its runtime is dotnet8", "stack/Image: its code is a container image", "npm install --save-dev @aws-sdk/client-of-nothing",
	} {
		require.ErrorContains(t, err, want)
	}
	assert.NotContains(t, err.Error(), "Cron", "no request needs it")
	assert.Equal(t, "its runtime is ruby3.4, and the local cloud runs provided.al2023, nodejs and python", plans["stack/Cron"].reason)
	assert.Empty(t, plans["stack/Health"].reason)
}

func TestCodeMayBeInlineZippedOrInLayers(t *testing.T) {
	archive := filepath.Join(t.TempDir(), "code.zip")
	file, err := os.Create(archive)
	require.NoError(t, err)
	packed := zip.NewWriter(file)
	entry, err := packed.Create("index.js")
	require.NoError(t, err)
	_, err = entry.Write([]byte("exports.handler = async () => 'zipped'"))
	require.NoError(t, err)
	require.NoError(t, packed.Close())
	require.NoError(t, file.Close())
	zipped, err := os.ReadFile(archive)
	require.NoError(t, err)

	inline := function("python3.13", "", map[string]any{"Code": map[string]any{"ZipFile": "def handler(e, c): pass"}})
	plans, err := planOf(t, map[string]any{
		"Inline": inline, "Zipped": function("nodejs24.x", "code.zip", map[string]any{"Layers": []any{map[string]any{"Ref": "Layer"}}}),
		"Foreign": function("nodejs24.x", "code.zip", map[string]any{"Layers": []any{"arn:aws:lambda:eu-west-1:9:layer:powertools:1"}}),
		"Layer":   map[string]any{"Type": "AWS::Lambda::LayerVersion", "Properties": map[string]any{"Content": map[string]any{"S3Key": "layer"}}},
	}, map[string]string{"code.zip": string(zipped), "layer/nodejs/x.js": ""})
	require.NoError(t, err)
	assert.FileExists(t, filepath.Join(plans["stack/Inline"].root, "index.py"))
	assert.FileExists(t, filepath.Join(plans["stack/Zipped"].root, "index.js"))
	assert.Contains(t, plans["stack/Zipped"].Environment["NODE_PATH"], filepath.Join("layer", "nodejs", "node_modules"))
	assert.Contains(t, plans["stack/Foreign"].reason, "powertools:1 is not part of its stack")
}
