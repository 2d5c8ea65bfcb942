package services

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"fmt"
	"math/big"
	"net/http"
	"strings"
	"time"
)

const keyBits = 2048

// pool is a Cognito user pool with machine clients.
type pool struct {
	id, issuer string
	keys       []signingKey
	scopes     map[string]bool
	clients    map[string]*appClient
}

// signingKey is one of a pool's keys. A pool has one for tokens about users and
// one for access tokens: who verifies has to look for the right one.
type signingKey struct {
	id      string
	private *rsa.PrivateKey
}

const keysPerPool = 2

// access is the key of access tokens.
func (p *pool) access() signingKey { return p.keys[keysPerPool-1] }

type appClient struct {
	id, secret string
	scopes     []string
	validity   time.Duration
}

// CreateUserPool makes a pool with signing keys of its own and returns its id.
func (r *Region) CreateUserPool() (string, error) {
	keys := make([]signingKey, keysPerPool)
	for i := range keys {
		private, err := rsa.GenerateKey(rand.Reader, keyBits)
		if err != nil {
			return "", fmt.Errorf("make the pool's signing keys: %w", err)
		}
		keys[i] = signingKey{id: base64.StdEncoding.EncodeToString([]byte(token())), private: private}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	id := r.name + "_" + RandomPassword(9)
	r.pools[id] = &pool{
		id: id, issuer: "https://cognito-idp." + r.name + ".amazonaws.com/" + id, keys: keys,
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
			writeJSON(w, http.StatusNotFound, map[string]string{"message": "User pool does not exist"})
			return
		}
		keys := []map[string]string{}
		for _, key := range p.keys {
			keys = append(keys, key.public())
		}
		writeJSON(w, http.StatusOK, map[string]any{"keys": keys})
	})
	return mux
}

// public is the key as RFC 7517 writes it.
func (k signingKey) public() map[string]string {
	return map[string]string{
		"kty": "RSA", "alg": "RS256", "use": "sig", "kid": k.id,
		"n": base64.RawURLEncoding.EncodeToString(k.private.N.Bytes()),
		"e": base64.RawURLEncoding.EncodeToString(big.NewInt(int64(k.private.E)).Bytes()),
	}
}
