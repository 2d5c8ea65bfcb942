package main

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func (w *world) get(t *testing.T, path string) answer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.server.URL+path, nil)
	require.NoError(t, err)
	return w.send(t, r)
}

func TestMetadataIsThatOfTheRFC(t *testing.T) {
	w := newWorld(t)
	a := w.get(t, metadataPath)
	require.Equal(t, http.StatusOK, a.status)
	require.Equal(t, "application/json", a.header.Get("Content-Type"))
	require.Equal(t, "public, max-age=300", a.header.Get("Cache-Control"))
	require.JSONEq(t, `{"issuer":"https://api.example.com","token_endpoint":"https://api.example.com/oauth2/token",
		"jwks_uri":"https://api.example.com/.well-known/jwks.json","scopes_supported":["objects/read","objects/write"],
		"response_types_supported":["none"],"grant_types_supported":["client_credentials"],
		"token_endpoint_auth_methods_supported":["client_secret_basic","client_secret_post"]}`, a.text)
}

func TestMetadataWithoutSecretsLeavesOnlyTheScopesOut(t *testing.T) {
	w := newWorld(t)
	w.secrets.fail("InternalServiceError")
	a := w.get(t, metadataPath)
	require.Equal(t, http.StatusOK, a.status)
	require.NotContains(t, a.text, "scopes_supported")
	require.Contains(t, a.text, "https://api.example.com/oauth2/token")
}

func TestKeysOfBothRegionsArePublished(t *testing.T) {
	w := newWorld(t)
	w.peer.Die()
	a := w.get(t, jwksPath)
	require.Equal(t, http.StatusOK, a.status)
	require.Equal(t, "public, max-age=300", a.header.Get("Cache-Control"))
	var set struct {
		Keys []map[string]string `json:"keys"`
	}
	require.NoError(t, json.Unmarshal([]byte(a.text), &set))
	require.Len(t, set.Keys, 2)
	for i, id := range []string{"own-1", "peer-1"} {
		require.Equal(t, id, set.Keys[i]["kid"])
		require.Len(t, set.Keys[i], 6, "kty, kid, use, alg, n and e: nothing private")
	}
}

func TestWithoutKeysClientsAreToldToComeBack(t *testing.T) {
	w := newWorld(t)
	w.parameters.Break(true)
	a := w.get(t, jwksPath)
	require.Equal(t, http.StatusServiceUnavailable, a.status)
	require.Equal(t, "application/problem+json", a.header.Get("Content-Type"))
	require.Equal(t, "5", a.header.Get("Retry-After"))
	w.parameters.Break(false)
	w.clock.Pass(time.Second)
	require.Equal(t, http.StatusOK, w.get(t, jwksPath).status)
}
