package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A REST API passes the path on as the client encoded it, and pathParameters
// decoded or not: the path alone counts.
func TestThePathIsDecodedExactlyOnce(t *testing.T) {
	for path, want := range map[string]string{
		"a%20b":     "a b",
		"%C3%BC":    "ü",
		"ü":         "ü",
		"a/b":       "a/b",
		"a%2Fb":     "a/b",
		"a%252Fb":   "a%2Fb",
		"a+b":       "a+b",
		"a%2Bb":     "a+b",
		"a%25b":     "a%b",
		"a%2525b":   "a%25b",
		"a%3Fb%23c": "a?b#c",
		"a%2Eb":     "a.b",
		"...":       "...",
		"%E2%80%AE": "\u202e",
	} {
		t.Run(path, func(t *testing.T) {
			a := newStore(t)
			event := events.APIGatewayProxyRequest{HTTPMethod: "PUT", Path: "/objects/" + path, Body: path, PathParameters: map[string]string{"key": "misleading"}}
			require.Equal(t, http.StatusNoContent, sendEvent(t, a, event).status)
			var listed page
			require.NoError(t, json.Unmarshal(send(t, a, "GET", "/objects", nil, nil).body, &listed))
			require.Len(t, listed.Objects, 1)
			assert.Equal(t, want, listed.Objects[0].Key)
			event.HTTPMethod, event.Body = "GET", ""
			assert.Equal(t, path, string(sendEvent(t, a, event).body))
		})
	}
}

func TestEncodingHidesNoBadKey(t *testing.T) {
	for path, want := range map[string]string{
		"%2F": "empty", "%2Fa": "empty", "a%2F%2Fb": "empty", "a%2F": "empty", "..%2Fa": "'..'", "%2e%2e/a": "'..'", "a/%2E": "'.'",
		"a%00b": "control", "a%0Ab": "control", "a%7F": "control", "a%C2%85b": "control", "%FF": "UTF-8", "%C0%AF": "UTF-8", "%zz": "cannot be read",
		strings.Repeat("%C3%BC", 513): "1026 bytes",
	} {
		for _, method := range []string{"GET", "PUT", "DELETE"} {
			got := sendEvent(t, newAPIInMemory(s3Error(500, "must not be asked")), events.APIGatewayProxyRequest{HTTPMethod: method, Path: "/objects/" + path})
			assert.Equal(t, http.StatusBadRequest, got.status, path)
			assert.Contains(t, string(got.body), want, path)
		}
	}
}
