package services

import (
	"crypto/subtle"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/golang-jwt/jwt/v5"
)

// CognitoDomains serves the pools' token endpoints.
func (r *Region) CognitoDomains() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /oauth2/token", func(w http.ResponseWriter, request *http.Request) {
		prefix, _, _ := strings.Cut(strings.ToLower(request.Host), ".")
		r.mu.Lock()
		p, exists := r.domains[prefix]
		r.mu.Unlock()
		if !exists {
			http.NotFound(w, request)
			return
		}
		request.Body = http.MaxBytesReader(w, request.Body, 64<<10)
		r.issue(w, request, p)
	})
	return mux
}

func (r *Region) issue(w http.ResponseWriter, request *http.Request, p *pool) {
	granted, refused := r.grant(request, p)
	if refused != "" {
		writeJSON(w, http.StatusBadRequest, map[string]string{"error": refused})
		return
	}
	signed, err := r.sign(p, granted)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{
		"access_token": signed, "expires_in": int(granted.client.validity.Seconds()), "token_type": "Bearer",
	})
}

// grant is what a client gets.
type grant struct {
	client *appClient
	scopes []string
}

// grant answers with Cognito's error when the request gets nothing.
func (r *Region) grant(request *http.Request, p *pool) (granted grant, refused string) {
	if err := request.ParseForm(); err != nil || request.PostForm.Get("grant_type") == "" {
		return grant{}, "invalid_request"
	}
	client, known := r.authenticate(request, p)
	if !known {
		return grant{}, "invalid_client"
	}
	switch request.PostForm.Get("grant_type") {
	case "client_credentials":
	case "authorization_code", "refresh_token":
		return grant{}, "unauthorized_client"
	default:
		return grant{}, "unsupported_grant_type"
	}
	scopes := strings.Fields(request.PostForm.Get("scope"))
	if len(scopes) == 0 {
		scopes = client.scopes
	}
	for _, scope := range scopes {
		if !slices.Contains(client.scopes, scope) {
			return grant{}, "invalid_scope"
		}
	}
	return grant{client, scopes}, ""
}

func (r *Region) authenticate(request *http.Request, p *pool) (*appClient, bool) {
	id, secret, basic := request.BasicAuth()
	if !basic {
		id, secret = request.PostForm.Get("client_id"), request.PostForm.Get("client_secret")
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	client, exists := p.clients[id]
	if !exists || subtle.ConstantTimeCompare([]byte(client.secret), []byte(secret)) != 1 {
		return nil, false
	}
	return client, true
}

// sign makes an access token with the claims that Cognito writes.
func (r *Region) sign(p *pool, g grant) (string, error) {
	now, key := r.now(), p.access()
	t := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.MapClaims{
		"sub": g.client.id, "client_id": g.client.id, "token_use": "access", "version": 2,
		"scope": strings.Join(g.scopes, " "), "iss": p.issuer, "jti": token(),
		"auth_time": now.Unix(), "iat": now.Unix(), "exp": now.Add(g.client.validity).Unix(),
	})
	t.Header["kid"] = key.id
	return t.SignedString(key.private)
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}
