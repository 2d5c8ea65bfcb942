package main

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/config"
)

func compile(t *testing.T) *jsonschema.Schema {
	t.Helper()
	schema, err := jsonschema.NewCompiler().Compile("../../../regionpair.schema.json")
	require.NoError(t, err)
	return schema
}

func example(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../testdata/cdk.json")
	require.NoError(t, err)
	return string(text)
}

func instance(t *testing.T, text string) any {
	t.Helper()
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	require.NoError(t, err)
	return value
}

func TestSchemaAcceptsTheExample(t *testing.T) {
	assert.NoError(t, compile(t).Validate(instance(t, example(t))))
}

// Whatever Load accepts, completed with its defaults, the schema must accept too.
func TestSchemaAcceptsTheCompletedExample(t *testing.T) {
	var file map[string]map[string]any
	text := strings.Replace(example(t), `"app": "go run .",`, "", 1)
	require.NoError(t, json.Unmarshal([]byte(text), &file))
	cfg, err := config.Load(file["context"]["regionpair"], "dev")
	require.NoError(t, err)
	complete, err := json.Marshal(map[string]any{"context": map[string]any{
		"regionpair": map[string]any{"environments": map[string]any{"dev": cfg}},
	}})
	require.NoError(t, err)
	assert.NoError(t, compile(t).Validate(instance(t, string(complete))))
}

func TestSchemaLeavesTheRestOfCdkJsonAlone(t *testing.T) {
	assert.NoError(t, compile(t).Validate(instance(t, `{"app": "go run .", "context": {"@aws-cdk/core:checkSecretUsage": true}}`)))
}

func TestSchemaRefuses(t *testing.T) {
	schema := compile(t)
	for name, tc := range map[string]struct{ old, typo string }{
		"an unknown key":              {`"primaryRegion"`, `"primaryRegoin"`},
		"an unknown key of the top":   {`"environments"`, `"enviroments"`},
		"an unknown key of a client":  {`{"scopes": ["objects/read"]}`, `{"scope": ["objects/read"]}`},
		"an unknown Region":           {`"eu-west-1"`, `"eu-west-9"`},
		"a number for a string":       {`"123456789012"`, `123456789012`},
		"a name with capitals":        {`"orders"`, `"Orders"`},
		"a name that is too long":     {`"orders"`, `"` + strings.Repeat("n", 28) + `"`},
		"a client without scopes":     {`["objects/read"]`, `[]`},
		"a scope that is there twice": {`["objects/read"]`, `["objects/read", "objects/read"]`},
		"a client name with capitals": {`"partner"`, `"Partner"`},
		"an interval of 20 seconds":   {`"clients"`, `"health": {"intervalSeconds": 20}, "clients"`},
		"a threshold of 0":            {`"clients"`, `"health": {"failureThreshold": 0}, "clients"`},
		"a missing required key":      {`"domainName": "api.example.com",`, ``},
	} {
		t.Run(name, func(t *testing.T) {
			text := example(t)
			require.Contains(t, text, tc.old)
			assert.Error(t, schema.Validate(instance(t, strings.Replace(text, tc.old, tc.typo, 1))))
		})
	}
}
