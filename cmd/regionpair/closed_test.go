package main_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/internal/drill"
)

// closedAssembly is the pair with allowedCidrs and mutualTls.
func closedAssembly(t *testing.T) string {
	t.Helper()
	dir := ownAssembly(t)
	for _, name := range []string{"orders-primary", "orders-secondary"} {
		path := filepath.Join(dir, name+".template.json")
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		var template map[string]any
		require.NoError(t, json.Unmarshal(text, &template))
		for id, resource := range template["Resources"].(map[string]any) {
			properties, _ := resource.(map[string]any)["Properties"].(map[string]any)
			switch kind := resource.(map[string]any)["Type"]; {
			case kind == "AWS::ApiGateway::DomainName":
				properties["MutualTlsAuthentication"] = map[string]any{"TruststoreUri": "s3://truststore/ca.pem"}
			case kind == "AWS::ApiGateway::RestApi" && id == "UnitApi6CBD0C0E":
				policy := properties["Policy"].(map[string]any)
				policy["Statement"] = append(policy["Statement"].([]any), map[string]any{
					"Effect": "Deny", "Principal": map[string]any{"AWS": "*"}, "Action": "execute-api:Invoke", "Resource": "execute-api:/*",
					"Condition": map[string]any{"NotIpAddress": map[string]any{"aws:SourceIp": []any{"198.51.100.0/24"}}},
				})
			}
		}
		text, err = json.Marshal(template)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(path, text, 0o600))
	}
	return dir
}

func TestAPairThatRefusesStrangersIsDrilled(t *testing.T) {
	t.Parallel()
	dir := closedAssembly(t)
	refused := regionpair(t, "drill", "--assembly", dir, "--client-address", "192.0.2.200")
	assert.Equal(t, 2, refused.exit)
	assert.Contains(t, refused.stderr, "clients call from 192.0.2.200, and the resource policy of the API in eu-west-1 admits them to no method; it names 198.51.100.0/24")
	assert.NotContains(t, refused.stderr, "== crash", "it is said before anything starts")
	described := decode[drill.Description](t, regionpair(t, "describe", "--json", "--assembly", dir).stdout)
	assert.Empty(t, described.Drill.Refusals)

	got := regionpair(t, "drill", "--assembly", dir, "--fault", "takeover", "--time-scale", "20", "--json")
	require.Equal(t, 0, got.exit, got.stderr)
	assert.Contains(t, got.stderr, "clients call from 198.51.100.1 and present the certificate client.pem")
	document := decode[drill.Document](t, got.stdout)
	assert.Equal(t, described.Drill.NotEmulated, document.NotEmulated, "describe says beforehand what a drill leaves out")
	require.Len(t, document.Runs, 1)
	assert.Empty(t, document.Runs[0].UnexpectedHosts)
}
