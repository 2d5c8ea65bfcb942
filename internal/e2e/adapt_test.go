package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	originalHash = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	functionHash = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
)

// writeAssembly makes an assembly of one stack, "one", with these resources.
func writeAssembly(t *testing.T, resources string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"one.template.json": `{"Resources": ` + resources + `}`,
		"one.assets.json": `{"files": {
			"` + functionHash + `": {"source": {"path": "asset.f"}, "destinations": {"d": {"objectKey": "` + functionHash + `.zip"}}},
			"` + originalHash + `": {"source": {"path": "one.template.json"}, "destinations": {"d": {"objectKey": "` + originalHash + `.json"}}}}}`,
		"manifest.json": `{"artifacts": {"one": {"properties": {
			"terminationProtection": true, "stackTemplateAssetObjectUrl": "s3://b/` + originalHash + `.json"}}}}`,
	} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	return dir
}

func adaptTo(t *testing.T, a adapter, resources string) (dir string, gone []string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "adapted")
	gone, err := a.adapt(writeAssembly(t, resources), dir)
	require.NoError(t, err)
	return dir, gone
}

func readResources(t *testing.T, dir string) any {
	t.Helper()
	template, err := readDocument(filepath.Join(dir, "one.template.json"))
	require.NoError(t, err)
	return template["Resources"]
}

func TestAdaptResolvesOutputsAndTextsAnywhere(t *testing.T) {
	a := adapter{outputs: map[string]string{"peer/Key": "arn:key"}, texts: map[string]string{"ZONE": "Z1"}}
	const output = `{"Fn::GetStackOutput": {"StackName": "peer", "Region": "eu-west-1", "OutputName": "Key"}}`
	const unknown = `{"Fn::GetStackOutput": {"StackName": "peer", "Region": "eu-west-1", "OutputName": "Other"}}`

	dir, gone := adaptTo(t, a, `{"R": {"Type": "T", "Properties": {
		"Direct": `+output+`, "Deep": [{"Fn::Join": ["/", ["a", `+output+`]]}], "Later": `+unknown+`, "Zone": "ZONE", "Text": "my ZONE"}}}`)

	assert.Empty(t, gone)
	assert.Equal(t, parse(t, `{"R": {"Type": "T", "Properties": {
		"Direct": "arn:key", "Deep": [{"Fn::Join": ["/", ["a", "arn:key"]]}], "Later": `+unknown+`, "Zone": "Z1", "Text": "my ZONE"}}}`), readResources(t, dir))
}

func TestAdaptTellsWhatIsLeftOut(t *testing.T) {
	_, gone := adaptTo(t, adapter{}, `{"Z": {"Type": "T", "Properties": {"P": {"Ref": "A"}}}, "A": {"Type": "AWS::Route53::HealthCheck"}}`)

	assert.Equal(t, []string{"one/A: " + unknownType, "one/Z: refers to A, which is left out"}, gone)
}

func TestAdaptAppliesChangesLast(t *testing.T) {
	add := func(resources map[string]any) {
		resources["Added"] = map[string]any{"Type": "AWS::Route53::HealthCheck"}
	}

	dir, gone := adaptTo(t, adapter{changes: []change{add}}, `{}`)

	assert.Empty(t, gone)
	assert.Contains(t, readResources(t, dir), "Added")
}

func TestAdaptNamesTheTemplateByItsHash(t *testing.T) {
	dir, _ := adaptTo(t, adapter{}, `{"A": {"Type": "AWS::Route53::HealthCheck"}}`)

	template, err := os.ReadFile(filepath.Join(dir, "one.template.json"))
	require.NoError(t, err)
	sum := sha256.Sum256(template)
	hash := hex.EncodeToString(sum[:])
	for file, mentions := range map[string][]string{
		"one.assets.json": {`"` + hash + `":`, hash + ".json", functionHash + ".zip"},
		"manifest.json":   {"s3://b/" + hash + ".json"},
	} {
		text, err := os.ReadFile(filepath.Join(dir, file))
		require.NoError(t, err)
		assert.NotContains(t, string(text), originalHash, file)
		for _, mention := range mentions {
			assert.Contains(t, string(text), mention, file)
		}
	}
}

func TestAdaptTakesTerminationProtectionOff(t *testing.T) {
	dir, _ := adaptTo(t, adapter{}, `{}`)

	text, err := os.ReadFile(filepath.Join(dir, "manifest.json"))
	require.NoError(t, err)
	assert.NotContains(t, string(text), "terminationProtection")
}

func TestAdaptLeavesTheOriginalAloneAndTheCopyFresh(t *testing.T) {
	from, to := writeAssembly(t, `{"A": {"Type": "AWS::Route53::HealthCheck"}}`), filepath.Join(t.TempDir(), "adapted")
	require.NoError(t, os.MkdirAll(to, 0o750))
	require.NoError(t, os.WriteFile(filepath.Join(to, "stale"), nil, 0o600))

	_, err := adapter{}.adapt(from, to)
	require.NoError(t, err)

	assert.NoFileExists(t, filepath.Join(to, "stale"))
	assert.Equal(t, parse(t, `{"A": {"Type": "AWS::Route53::HealthCheck"}}`), readResources(t, from))
}

func TestAdaptRefusesATemplateThatTheAssetsDoNotList(t *testing.T) {
	from := writeAssembly(t, `{}`)
	assets, err := json.Marshal(map[string]any{"files": map[string]any{}})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(from, "one.assets.json"), assets, 0o600))

	_, err = adapter{}.adapt(from, filepath.Join(t.TempDir(), "adapted"))

	assert.ErrorContains(t, err, "does not list one.template.json")
}

func TestAuthorizersAreAskedEachTimeWhereTheirKeyIsNotKnown(t *testing.T) {
	authorizer := func(properties string) string {
		return `{"Type": "AWS::ApiGateway::Authorizer", "Properties": ` + properties + `}`
	}
	dir, _ := adaptTo(t, adapter{}, `{
		"Route": `+authorizer(`{"IdentitySource": "method.request.header.Authorization,context.resourcePath", "AuthorizerResultTtlInSeconds": 300}`)+`,
		"Token": `+authorizer(`{"IdentitySource": "method.request.header.Authorization", "AuthorizerResultTtlInSeconds": 300}`)+`}`)
	resources := readResources(t, dir).(map[string]any)
	for id, kept := range map[string]float64{"Route": 0, "Token": 300} {
		properties := resources[id].(map[string]any)["Properties"].(map[string]any)
		assert.Equal(t, "method.request.header.Authorization", properties["IdentitySource"], id)
		assert.InDelta(t, kept, properties["AuthorizerResultTtlInSeconds"], 0, id)
	}
}

func TestASecretIsReferredToByItsARN(t *testing.T) {
	dir, _ := adaptTo(t, adapter{}, `{
		"Secret": {"Type": "AWS::SecretsManager::Secret"},
		"Policy": {"Type": "T", "Properties": {"Resource": [{"Ref": "Secret"}, {"Ref": "Bucket"}]}}}`)

	properties := readResources(t, dir).(map[string]any)["Policy"].(map[string]any)["Properties"].(map[string]any)
	assert.Equal(t, []any{map[string]any{"Fn::GetAtt": []any{"Secret", "Id"}}, map[string]any{"Ref": "Bucket"}}, properties["Resource"])
}

func TestSchedulesDoNotStart(t *testing.T) {
	dir, _ := adaptTo(t, adapter{}, `{"Rule": {"Type": "AWS::Events::Rule", "Properties": {"ScheduleExpression": "rate(1 minute)", "State": "ENABLED"}}}`)

	rule := readResources(t, dir).(map[string]any)["Rule"].(map[string]any)["Properties"].(map[string]any)
	assert.Equal(t, "DISABLED", rule["State"])
}
