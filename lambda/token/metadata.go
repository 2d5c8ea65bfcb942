package main

import (
	"encoding/json"
	"net/http"

	"github.com/regionpair/regionpair/lambda/internal/logging"
	"github.com/regionpair/regionpair/lambda/internal/problem"
)

// publicCacheControl lets clients and proxies keep the metadata and the keys
// for five minutes.
const publicCacheControl = "public, max-age=300"

// metadata describes the endpoint (RFC 8414).
type metadata struct {
	Issuer        string   `json:"issuer"`
	TokenEndpoint string   `json:"token_endpoint"`
	JWKSURI       string   `json:"jwks_uri"`
	Scopes        []string `json:"scopes_supported,omitempty"`
	// ResponseTypes is required. There is no authorization endpoint, but an empty
	// list is refused by clients that check it.
	ResponseTypes []string `json:"response_types_supported"`
	GrantTypes    []string `json:"grant_types_supported"`
	AuthMethods   []string `json:"token_endpoint_auth_methods_supported"`
}

func (e *endpoint) serveMetadata(w http.ResponseWriter, r *http.Request) {
	base := e.settings.publicBaseURL
	m := metadata{
		Issuer: base, TokenEndpoint: base + issuePath, JWKSURI: base + jwksPath,
		ResponseTypes: []string{"none"},
		GrantTypes:    []string{"client_credentials"},
		AuthMethods:   []string{"client_secret_basic", "client_secret_post"},
	}
	// Scopes are optional: everything else is worth an answer without them.
	if known, err := e.authenticator.directory.get(r.Context()); err == nil {
		m.Scopes = known.scopes()
	} else {
		logging.From(r.Context()).Warn("leave the scopes out of the metadata", "error", err)
	}
	writePublic(w, r, m)
}

func (e *endpoint) serveJWKS(w http.ResponseWriter, r *http.Request) {
	keys, err := e.keys.JWKS(r.Context())
	if err != nil {
		logging.From(r.Context()).Error("cannot publish the keys", "error", err)
		w.Header().Set("Retry-After", retryAfterSeconds())
		problem.Write(w, r, problem.Problem{Status: http.StatusServiceUnavailable, Detail: "the keys are not available now, try again later"})
		return
	}
	writePublic(w, r, keys)
}

func writePublic(w http.ResponseWriter, r *http.Request, body any) {
	text, err := json.Marshal(body)
	if err != nil {
		// Only strings are ever written.
		panic(err)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", publicCacheControl)
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		_, _ = w.Write(text)
	}
}
