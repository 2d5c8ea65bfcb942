package config_test

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// exampleContext returns the value of the context key "regionpair" of testdata/cdk.json, with a JSON merge patch
// (RFC 7396) applied to its environment "dev". Each call returns its own copy.
func exampleContext(t testing.TB, patch string) map[string]any {
	t.Helper()
	text, err := os.ReadFile("testdata/cdk.json")
	require.NoError(t, err)
	var file struct {
		Context struct {
			Regionpair map[string]any
		}
	}
	require.NoError(t, json.Unmarshal(text, &file))
	environments := file.Context.Regionpair["environments"].(map[string]any)
	environments["dev"] = merge(environments["dev"], parse(t, patch))
	return file.Context.Regionpair
}

func parse(t testing.TB, text string) any {
	t.Helper()
	var value any
	require.NoError(t, json.Unmarshal([]byte(text), &value), text)
	return value
}

func merge(target, patch any) any {
	changes, ok := patch.(map[string]any)
	if !ok {
		return patch
	}
	merged := map[string]any{}
	if object, ok := target.(map[string]any); ok {
		merged = object
	}
	for key, change := range changes {
		if change == nil {
			delete(merged, key)
			continue
		}
		merged[key] = merge(merged[key], change)
	}
	return merged
}
