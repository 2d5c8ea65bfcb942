package issuertest

import (
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// Issuer publishes its keys over HTTPS and signs tokens as Cognito does.
type Issuer struct {
	// Now tells the time that tokens are issued at.
	Now func() time.Time

	server   *httptest.Server
	requests atomic.Int64

	mu     sync.Mutex
	keyID  string
	keys   map[string]*rsa.PrivateKey
	answer http.HandlerFunc
}

// NewIssuer starts an issuer with one key.
func NewIssuer(t testing.TB, keyID string) *Issuer {
	t.Helper()
	i := &Issuer{Now: time.Now, keys: map[string]*rsa.PrivateKey{}}
	i.AddKey(t, keyID)
	i.server = httptest.NewTLSServer(http.HandlerFunc(i.serve))
	t.Cleanup(i.server.Close)
	return i
}

// AddKey publishes another key, which signs from now on.
func (i *Issuer) AddKey(t testing.TB, keyID string) {
	t.Helper()
	key := newKey(t)
	i.mu.Lock()
	defer i.mu.Unlock()
	i.keyID, i.keys[keyID] = keyID, key
}

// RemoveKey no longer publishes the key.
func (i *Issuer) RemoveKey(keyID string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	delete(i.keys, keyID)
}

// Answer replaces what the key endpoint answers; nil is the key set again.
func (i *Issuer) Answer(h http.HandlerFunc) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.answer = h
}

// Die ends the issuer: nothing can connect to it any more.
func (i *Issuer) Die() { i.server.Close() }

// Requests that reached the key endpoint.
func (i *Issuer) Requests() int { return int(i.requests.Load()) }

// URL is the issuer's name.
func (i *Issuer) URL() string { return i.server.URL }

// Transport trusts the certificates of all issuers.
func (i *Issuer) Transport() http.RoundTripper { return i.server.Client().Transport }

// Private returns the key that signs.
func (i *Issuer) Private() *rsa.PrivateKey {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.keys[i.keyID]
}

// Parameter is what Parameter Store says of the issuer; the peer's holds a
// copy of the keys.
func (i *Issuer) Parameter(withKeys bool) string {
	document := map[string]any{"issuer": i.URL(), "jwksUri": i.URL() + "/.well-known/jwks.json"}
	if withKeys {
		document["keys"] = i.JWKS()
		document["capturedAt"] = i.Now().Format(time.RFC3339)
	}
	return encode(document)
}

// JWKS is the published key set.
func (i *Issuer) JWKS() map[string]any {
	i.mu.Lock()
	defer i.mu.Unlock()
	keys := []map[string]string{}
	for id, key := range i.keys {
		keys = append(keys, map[string]string{
			"kty": "RSA", "alg": "RS256", "use": "sig", "kid": id,
			"n": base64.RawURLEncoding.EncodeToString(key.N.Bytes()),
			"e": base64.RawURLEncoding.EncodeToString(big.NewInt(int64(key.E)).Bytes()),
		})
	}
	return map[string]any{"keys": keys}
}

// Claims of an access token that is valid for an hour, with some replaced. A
// nil value leaves the claim out.
func (i *Issuer) Claims(changes map[string]any) jwt.MapClaims {
	now := i.Now()
	claims := jwt.MapClaims{
		"iss": i.URL(), "sub": "app-client", "client_id": "app-client", "token_use": "access",
		"scope": "objects/read", "jti": fmt.Sprint(now.UnixNano()), "version": 2,
		"iat": now.Unix(), "auth_time": now.Unix(), "exp": now.Add(time.Hour).Unix(),
	}
	for name, value := range changes {
		if value == nil {
			delete(claims, name)
			continue
		}
		claims[name] = value
	}
	return claims
}

// Token is an access token with some claims replaced.
func (i *Issuer) Token(t testing.TB, changes map[string]any) string {
	t.Helper()
	i.mu.Lock()
	keyID, key := i.keyID, i.keys[i.keyID]
	i.mu.Unlock()
	return Sign(t, jwt.SigningMethodRS256, key, map[string]any{"kid": keyID}, i.Claims(changes))
}

// Sign makes a token in any way there is, right or wrong.
func Sign(t testing.TB, method jwt.SigningMethod, key any, header map[string]any, claims jwt.Claims) string {
	t.Helper()
	token := jwt.NewWithClaims(method, claims)
	for name, value := range header {
		token.Header[name] = value
	}
	text, err := token.SignedString(key)
	if err != nil {
		t.Fatalf("sign a token: %v", err)
	}
	return text
}

func (i *Issuer) serve(w http.ResponseWriter, r *http.Request) {
	i.requests.Add(1)
	i.mu.Lock()
	answer := i.answer
	i.mu.Unlock()
	if answer != nil {
		answer(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write([]byte(encode(i.JWKS())))
}

func encode(document map[string]any) string {
	text, err := json.Marshal(document)
	if err != nil {
		// Only texts are ever encoded.
		panic(err)
	}
	return string(text)
}
