package main

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestReferences(t *testing.T) {
	for template, want := range map[string][]string{
		`{"Ref": "A"}`:                                {"A"},
		`{"Fn::GetAtt": ["A", "Arn"]}`:                {"A"},
		`{"Fn::GetAtt": "A.Arn"}`:                     {"A"},
		`{"Fn::GetAtt": "A.Outputs.B"}`:               {"A"},
		`{"Fn::Sub": "x-${A}-${B.Arn}-${!C}"}`:        {"A", "B"},
		`{"Fn::Sub": ["${A}", {"X": {"Ref": "B"}}]}`:  {"A", "B"},
		`{"P": [{"Fn::Join": ["", [{"Ref": "A"}]]}]}`: {"A"},
		`{"P": "A", "Q": ["A.Arn", "${A}"], "A": 1}`:  nil,
		`{"Fn::GetStackOutput": {"StackName": "A"}}`:  nil,
	} {
		assert.Equal(t, want, references(parse(t, template)), template)
	}
}

func parse(t *testing.T, text string) any {
	t.Helper()
	var value any
	require.NoError(t, json.Unmarshal([]byte(text), &value))
	return value
}
