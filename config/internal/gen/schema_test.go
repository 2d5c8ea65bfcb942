package main

import (
	"encoding/json"
	"maps"
	"os"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
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

func TestSchemaLeavesTheRestOfCdkJsonAlone(t *testing.T) {
	assert.NoError(t, compile(t).Validate(instance(t, `{"app": "go run .", "context": {"@aws-cdk/core:checkSecretUsage": true}}`)))
}

// mistake is what the example is changed to.
type mistake struct{ old, typo string }

// with adds fields to the example.
func with(fields string) mistake { return mistake{`"clients"`, fields + `, "clients"`} }

// TestSchemaAcceptsWhatLoadAccepts holds the conditions to the configuration that
// has every field.
func TestSchemaAcceptsWhatLoadAccepts(t *testing.T) {
	var file, patch map[string]any
	require.NoError(t, json.Unmarshal([]byte(example(t)), &file))
	everything, err := os.ReadFile("../../testdata/everything.json")
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(everything, &patch))
	environments := file["context"].(map[string]any)["regionpair"].(map[string]any)["environments"].(map[string]any)
	maps.Copy(environments["dev"].(map[string]any), patch)
	text, err := json.Marshal(file)
	require.NoError(t, err)
	assert.NoError(t, compile(t).Validate(instance(t, string(text))))
}

func TestSchemaRefuses(t *testing.T) {
	schema := compile(t)
	for name, tc := range map[string]mistake{
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
		"weighted without weights":    with(`"routing": {"policy": "weighted"}`),
		"weights without weighted":    with(`"routing": {"primaryWeight": 1, "secondaryWeight": 1}`),
		"a guard where both serve":    with(`"routing": {"policy": "latency"}, "failback": {"mode": "guarded"}`),
		"a TTL of alias records":      with(`"routing": {"records": "alias", "ttlSeconds": 10}`),
		"patience without a guard":    with(`"failback": {"mode": "auto", "stableMinutes": 3}`),
		"egress without its switch":   with(`"egress": {"cidr": "10.1.0.0/16"}`),
		"egress that is off":          with(`"egress": {"enabled": false, "maxAzs": 3}`),
		"a gray failure, unswitched":  with(`"health": {"grayFailure": {"errorPercent": 10}}`),
		"a gray failure, unguarded":   with(`"health": {"grayFailure": {"enabled": true}}, "failback": {"mode": "auto"}`),
		"a gray failure, both serve":  with(`"health": {"grayFailure": {"enabled": true}}, "routing": {"policy": "latency"}`),
		"a WAF without its switch":    with(`"waf": {"rateLimitPer5Minutes": 100}`),
		"a handler without routes":    with(`"handler": {"entry": "./orders"}`),
		"mutual TLS with TLS 1.3":     with(`"mutualTls": {"truststoreUri": "s3://trust.example.com/ca.pem"}, "tlsPolicy": "SecurityPolicy_TLS13_1_3_2025_09"`),
		"a version of no truststore":  with(`"mutualTls": {"truststoreVersion": "1"}`),
		"one certificate":             with(`"certificates": {"primary": "arn:aws:acm:eu-west-1:123456789012:certificate/1"}`),
		"one key":                     with(`"storage": {"keys": {"primary": "arn:aws:kms:eu-west-1:123456789012:key/1"}}`),
		"one key of a table":          with(`"tables": {"orders": {"partitionKey": "id", "keys": {"secondary": "arn:aws:kms:eu-central-1:123456789012:key/1"}}}`),
		"one key of the index":        with(`"storage": {"durability": "sync", "witnessRegion": "eu-west-3", "indexKeys": {"primary": "arn:aws:kms:eu-west-1:123456789012:key/1"}}`),
		"a workspace without channel": with(`"alarms": {"slack": {"workspaceId": "T0123456789"}}`),
		"datapoints of no periods":    with(`"alarms": {"tuning": {"latency": {"datapointsToAlarm": 2}}}`),
		"a strong table's witness":    with(`"tables": {"orders": {"partitionKey": "id", "consistency": "strong"}}`),
		"a strong table's TTL":        with(`"tables": {"orders": {"partitionKey": "id", "consistency": "strong", "witnessRegion": "eu-west-3", "timeToLiveAttribute": "at"}}`),
		"a witness of eventual":       with(`"tables": {"orders": {"partitionKey": "id", "witnessRegion": "eu-west-3"}}`),
		"capacity on demand":          with(`"tables": {"orders": {"partitionKey": "id", "capacity": {"maxRead": 5}}}`),
		"a route for nobody":          with(`"handler": {"entry": "./orders", "routes": [{"method": "GET", "path": "/a"}]}`),
		"a public route with scopes":  with(`"handler": {"entry": "./orders", "routes": [{"method": "GET", "path": "/a", "public": true, "scopes": ["objects/read"]}]}`),
		"a burst without a rate":      with(`"handler": {"entry": "./orders", "routes": [{"method": "GET", "path": "/a", "public": true, "burst": 5}]}`),
	} {
		t.Run(name, func(t *testing.T) {
			text := example(t)
			require.Contains(t, text, tc.old)
			assert.Error(t, schema.Validate(instance(t, strings.Replace(text, tc.old, tc.typo, 1))))
		})
	}
}
