package assembly_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/internal/assembly"
)

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
}

func TestLoadOrdersStacksAndFindsAssets(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "manifest.json", `{"version":"54.0.0","artifacts":{
		"a-global":{"type":"aws:cloudformation:stack","environment":"aws://111122223333/us-east-1","dependencies":["z-primary","a-global.assets"],"properties":{"templateFile":"g.json","stackName":"orders-global"}},
		"z-primary":{"type":"aws:cloudformation:stack","environment":"aws://111122223333/eu-west-1","properties":{"templateFile":"p.json"}},
		"a-global.assets":{"type":"cdk:asset-manifest","properties":{"file":"assets.json"}},
		"Tree":{"type":"cdk:tree","properties":{"file":"tree.json"}}}}`)
	write(t, dir, "g.json", `{"Resources":{"R":{"Type":"T","DependsOn":"X","Properties":{"N":1.50}},"S":{"Type":"T","DependsOn":["X","Y"]}}}`)
	write(t, dir, "p.json", `{"Resources":{}}`)
	write(t, dir, "assets.json", `{"files":{"abc":{"source":{"path":"asset.abc","packaging":"zip"},"destinations":{"d":{"objectKey":"abc.zip"}}}}}`)

	a, err := assembly.Load(dir)
	require.NoError(t, err)
	require.Len(t, a.Stacks, 2)
	assert.Equal(t, "z-primary", a.Stacks[0].Name)
	global, found := a.Stack("orders-global")
	require.True(t, found)
	assert.Equal(t, []string{"z-primary"}, global.DependsOn)
	assert.Equal(t, "us-east-1", global.Region)
	assert.Equal(t, assembly.Names{"X"}, global.Template.Resources["R"].DependsOn)
	assert.Equal(t, assembly.Names{"X", "Y"}, global.Template.Resources["S"].DependsOn)
	assert.Equal(t, json.Number("1.50"), global.Template.Resources["R"].Properties["N"])
	asset, found := a.Asset("abc.zip")
	require.True(t, found)
	assert.Equal(t, assembly.Asset{Path: filepath.Join(dir, "asset.abc"), Packaging: "zip"}, asset)
	_, found = a.Asset("other.zip")
	assert.False(t, found)
}

func TestLoadSaysWhatToDo(t *testing.T) {
	for name, test := range map[string]struct{ manifest, want string }{
		"nothing there":  {"", "synthesize first, with `cdk synth`"},
		"no stack":       {`{"artifacts":{}}`, "synthesize again, with `cdk synth`"},
		"no environment": {`{"artifacts":{"s":{"type":"aws:cloudformation:stack","environment":"aws://unknown-account/unknown-region"}}}`, "must name an account and a Region"},
		"no template":    {`{"artifacts":{"s":{"type":"aws:cloudformation:stack","environment":"aws://1/eu-west-1","properties":{"templateFile":"s.json"}}}}`, "s.json"},
		"not JSON":       {`{`, "manifest.json"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if test.manifest != "" {
				write(t, dir, "manifest.json", test.manifest)
			}
			_, err := assembly.Load(dir)
			require.ErrorContains(t, err, test.want)
		})
	}
}
