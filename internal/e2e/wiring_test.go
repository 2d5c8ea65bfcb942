package main

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestMovedConstructsHaveOtherIDs(t *testing.T) {
	moved := 0
	resources := parse(t, `{"Rule": {"Type": "Custom::BucketReplication"}, "Bucket": {"Type": "AWS::S3::Bucket"}}`).(map[string]any)

	move(&moved)(resources)

	assert.Equal(t, parse(t, `{"MovedRule": {"Type": "Custom::BucketReplication"}, "Bucket": {"Type": "AWS::S3::Bucket"}}`), any(resources))
	assert.Equal(t, 1, moved)
}

func TestBrokenLinesAreOneAgain(t *testing.T) {
	assert.Equal(t, "it belongs to another stack", unwrap("it belongs\n  to another\n  stack"))
}

func TestAPIsAreKnownByAnotherHostName(t *testing.T) {
	for called, want := range map[string]string{
		"0a1b2c3d.execute-api.eu-west-1.amazonaws.com":        "0a1b2c3d.execute-api.127.0.0.3",
		"api.example.com.execute-api.eu-west-1.amazonaws.com": "api.example.com.execute-api.eu-west-1.amazonaws.com",
		"ssm.eu-west-1.amazonaws.com":                         "ssm.eu-west-1.amazonaws.com",
	} {
		assert.Equal(t, want, invocation(called, "127.0.0.3"))
	}
}

func TestReadinessIsHeldToTheList(t *testing.T) {
	document := func(verdicts map[string]string) answer {
		checks := []map[string]string{}
		for id := range notReady {
			checks = append(checks, map[string]string{"id": id, "verdict": "failed"})
		}
		for id, verdict := range verdicts {
			checks = append(checks, map[string]string{"id": id, "verdict": verdict})
		}
		text, err := json.Marshal(map[string]any{"checks": checks})
		require.NoError(t, err)
		return answer{stdout: string(text)}
	}

	require.NoError(t, checkReadiness(document(map[string]string{"DATA-01": "ok"})))
	require.ErrorContains(t, checkReadiness(document(map[string]string{"DATA-01": "failed"})), "DATA-01 is failed")
	require.ErrorContains(t, checkReadiness(document(map[string]string{"DNS-01": "ok"})), "take it off the list")
	require.ErrorContains(t, checkReadiness(answer{stdout: `{"checks":[]}`}), "there is no check DNS-01")
}
