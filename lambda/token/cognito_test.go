package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// pool is the token endpoint of a user pool.
type pool struct {
	server *httptest.Server

	mu sync.Mutex
	// secrets of the app clients, by id.
	secrets map[string]string
	asked   []string // the scopes of every request
	answer  http.HandlerFunc
}

func newPool(t testing.TB) *pool {
	t.Helper()
	p := &pool{secrets: map[string]string{}}
	p.server = httptest.NewTLSServer(http.HandlerFunc(p.serve))
	t.Cleanup(p.server.Close)
	return p
}

// instead replaces the endpoint's answer; nil is the usual one again.
func (p *pool) instead(h http.HandlerFunc) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answer = h
}

func (p *pool) setSecret(id, secret string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.secrets = map[string]string{id: secret}
}

func (p *pool) requests() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string{}, p.asked...)
}

func (p *pool) serve(w http.ResponseWriter, r *http.Request) {
	scope := r.PostFormValue("scope")
	p.mu.Lock()
	p.asked = append(p.asked, scope)
	number, answer := len(p.asked), p.answer
	p.mu.Unlock()
	if answer != nil {
		answer(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	if problem := p.check(r); problem != "" {
		w.WriteHeader(http.StatusBadRequest)
		_ = json.NewEncoder(w).Encode(map[string]string{"error": problem})
		return
	}
	_ = json.NewEncoder(w).Encode(map[string]any{
		"access_token": fmt.Sprintf("access-token-%d-%s", number, strings.ReplaceAll(scope, " ", "+")),
		"expires_in":   3600, "token_type": "Bearer",
	})
}

func (p *pool) check(r *http.Request) string {
	id, secret, _ := r.BasicAuth()
	id, idError := url.QueryUnescape(id)
	secret, secretError := url.QueryUnescape(secret)
	p.mu.Lock()
	defer p.mu.Unlock()
	known, exists := p.secrets[id]
	switch {
	case r.Method != http.MethodPost || r.PostFormValue("grant_type") != "client_credentials":
		return "unsupported_grant_type"
	case idError != nil || secretError != nil || !exists || known != secret:
		return "invalid_client"
	}
	return ""
}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

func document(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(text)) }
}

func hangUp(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
