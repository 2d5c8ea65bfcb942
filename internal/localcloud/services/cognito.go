package services

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

const keyBits = 2048

// pool is a Cognito user pool with machine clients.
type pool struct {
	id, issuer string
	keyID      string
	key        *rsa.PrivateKey
	scopes     map[string]bool
	clients    map[string]*appClient
}

type appClient struct {
	id, secret string
	scopes     []string
	validity   time.Duration
}

// CreateUserPool makes a pool with a signing key of its own and returns its
// id.
func (r *Region) CreateUserPool() (string, error) {
	key, err := rsa.GenerateKey(rand.Reader, keyBits)
	if err != nil {
		return "", fmt.Errorf("make the pool's signing key: %w", err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	id := r.name + "_" + RandomPassword(9)
	r.pools[id] = &pool{
		id: id, issuer: "https://cognito-idp." + r.name + ".amazonaws.com/" + id, keyID: token(16), key: key,
		scopes: map[string]bool{}, clients: map[string]*appClient{},
	}
	return id, nil
}

// UserPoolARN returns the ARN of a pool.
func (r *Region) UserPoolARN(id string) string { return r.arn("cognito-idp", "userpool/"+id) }

// CreateResourceServer adds scopes to a pool.
func (r *Region) CreateResourceServer(poolID, identifier string, scopes []string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	p, exists := r.pools[poolID]
	if !exists {
		return fmt.Errorf("there is no user pool %s", poolID)
	}
	for _, scope := range scopes {
		p.scopes[identifier+"/"+scope] = true
	}
	return nil
}

// CreateClient adds a machine client to a pool. Its scopes must exist.
func (r *Region) CreateClient(poolID string, scopes []string, validity time.Duration) (id, secret string, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	p, exists := r.pools[poolID]
	if !exists {
		return "", "", fmt.Errorf("there is no user pool %s", poolID)
	}
	for _, scope := range scopes {
		if !p.scopes[scope] {
			return "", "", fmt.Errorf("the scope %s does not exist in user pool %s: the client has to wait for its resource server", scope, poolID)
		}
	}
	c := &appClient{id: strings.ToLower(RandomPassword(26)), secret: RandomPassword(51), scopes: scopes, validity: validity}
	p.clients[c.id] = c
	return c.id, c.secret, nil
}

// CreateDomain gives a pool a token endpoint below
// auth.<region>.amazoncognito.com.
func (r *Region) CreateDomain(poolID, prefix string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	p, exists := r.pools[poolID]
	if !exists {
		return fmt.Errorf("there is no user pool %s", poolID)
	}
	if _, taken := r.domains[prefix]; taken {
		return fmt.Errorf("the domain %s is taken", prefix)
	}
	r.domains[prefix] = p
	return nil
}

// CognitoIDP serves the pools' keys.
func (r *Region) CognitoIDP() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{pool}/.well-known/jwks.json", func(w http.ResponseWriter, request *http.Request) {
		r.mu.Lock()
		p, exists := r.pools[request.PathValue("pool")]
		r.mu.Unlock()
		if !exists {
			http.Error(w, `{"message":"User pool does not exist"}`, http.StatusBadRequest)
			return
		}
		writeJSON(w, http.StatusOK, map[string]any{"keys": []map[string]string{{
			"kty": "RSA", "alg": "RS256", "use": "sig", "kid": p.keyID,
			"n": base64.RawURLEncoding.EncodeToString(p.key.N.Bytes()),
			"e": base64.RawURLEncoding.EncodeToString(big.NewInt(int64(p.key.E)).Bytes()),
		}}})
	})
	return mux
}

// CognitoDomains serves the pools' token endpoints.
func (r *Region) CognitoDomains() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /oauth2/token", func(w http.ResponseWriter, request *http.Request) {
		prefix, _, _ := strings.Cut(request.Host, ".")
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
	client, known := r.authenticate(request, p)
	if !known {
		writeJSON(w, http.StatusBadRequest, map[string]string{"error": "invalid_client"})
		return
	}
	if request.PostFormValue("grant_type") != "client_credentials" {
		writeJSON(w, http.StatusBadRequest, map[string]string{"error": "unauthorized_client"})
		return
	}
	scopes := strings.Fields(request.PostFormValue("scope"))
	if len(scopes) == 0 {
		scopes = client.scopes
	}
	for _, scope := range scopes {
		if !slices.Contains(client.scopes, scope) {
			writeJSON(w, http.StatusBadRequest, map[string]string{"error": "invalid_scope"})
			return
		}
	}
	signed, err := r.sign(p, client, scopes)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{
		"access_token": signed, "expires_in": int(client.validity.Seconds()), "token_type": "Bearer",
	})
}

func (r *Region) authenticate(request *http.Request, p *pool) (*appClient, bool) {
	id, secret, basic := request.BasicAuth()
	if !basic {
		id, secret = request.PostFormValue("client_id"), request.PostFormValue("client_secret")
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
func (r *Region) sign(p *pool, client *appClient, scopes []string) (string, error) {
	now := r.now()
	t := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.MapClaims{
		"sub": client.id, "client_id": client.id, "token_use": "access", "version": 2,
		"scope": strings.Join(scopes, " "), "iss": p.issuer, "jti": token(16),
		"auth_time": now.Unix(), "iat": now.Unix(), "exp": now.Add(client.validity).Unix(),
	})
	t.Header["kid"] = p.keyID
	return t.SignedString(p.key)
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}
