package services_test

import (
	"context"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"github.com/regionpair/regionpair/internal/localcloud/services"
)

// userPool is a pool with one client and its token endpoint.
type userPool struct {
	region         *services.Region
	id             string
	client, secret string
	server         *httptest.Server
}

func newUserPool(t testing.TB) *userPool {
	t.Helper()
	p := &userPool{region: newRegion("eu-west-1")}
	var err error
	p.id, err = p.region.CreateUserPool()
	require.NoError(t, err)
	require.NoError(t, p.region.CreateResourceServer(p.id, "objects", []string{"read", "write"}))
	p.client, p.secret, err = p.region.CreateClient(p.id, []string{"objects/read", "objects/write"}, 30*time.Minute)
	require.NoError(t, err)
	require.NoError(t, p.region.CreateDomain(p.id, "orders"))
	p.server = httptest.NewServer(p.region.CognitoDomains())
	t.Cleanup(p.server.Close)
	return p
}

// http reaches the pool's endpoint under every host name.
func (p *userPool) http() *http.Client {
	return &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, p.server.Listener.Addr().String())
	}}}
}

// token asks with an unmodified OAuth client.
func (p *userPool) token(t testing.TB, secret string, style oauth2.AuthStyle, scopes ...string) (*oauth2.Token, error) {
	t.Helper()
	config := clientcredentials.Config{
		ClientID: p.client, ClientSecret: secret, Scopes: scopes, AuthStyle: style,
		TokenURL: "http://Orders.auth.eu-west-1.amazoncognito.com/oauth2/token",
	}
	return config.Token(context.WithValue(t.Context(), oauth2.HTTPClient, p.http()))
}

// keys reads the pool's published keys by their ids.
func (p *userPool) keys(t testing.TB) map[string]*rsa.PublicKey {
	t.Helper()
	recorder := httptest.NewRecorder()
	p.region.CognitoIDP().ServeHTTP(recorder, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/"+p.id+"/.well-known/jwks.json", nil))
	require.Equal(t, http.StatusOK, recorder.Code)
	var document struct {
		Keys []struct{ Kty, Alg, Use, Kid, N, E string }
	}
	require.NoError(t, json.Unmarshal(recorder.Body.Bytes(), &document))
	keys := map[string]*rsa.PublicKey{}
	for _, key := range document.Keys {
		assert.Equal(t, "RSA/RS256/sig", key.Kty+"/"+key.Alg+"/"+key.Use)
		n, err := base64.RawURLEncoding.DecodeString(key.N)
		require.NoError(t, err)
		e, err := base64.RawURLEncoding.DecodeString(key.E)
		require.NoError(t, err)
		keys[key.Kid] = &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(new(big.Int).SetBytes(e).Int64())}
	}
	return keys
}

func TestAnUnmodifiedClientGetsATokenThatTheKeysVerify(t *testing.T) {
	p := newUserPool(t)
	keys := p.keys(t)
	assert.Len(t, keys, 2, "as Cognito has")
	for name, style := range map[string]oauth2.AuthStyle{"header": oauth2.AuthStyleInHeader, "body": oauth2.AuthStyleInParams} {
		t.Run(name, func(t *testing.T) {
			token, err := p.token(t, p.secret, style, "objects/read")
			require.NoError(t, err)
			assert.Equal(t, "Bearer", token.TokenType)
			claims := jwt.MapClaims{}
			_, err = jwt.ParseWithClaims(token.AccessToken, claims, func(parsed *jwt.Token) (any, error) {
				key, exists := keys[parsed.Header["kid"].(string)]
				if !exists {
					return nil, errors.New("the key is not published")
				}
				return key, nil
			}, jwt.WithValidMethods([]string{"RS256"}), jwt.WithIssuer("https://cognito-idp.eu-west-1.amazonaws.com/"+p.id), jwt.WithExpirationRequired(), jwt.WithIssuedAt())
			require.NoError(t, err)
			assert.Equal(t, "access", claims["token_use"])
			assert.Equal(t, "objects/read", claims["scope"])
			assert.Equal(t, p.client, claims["client_id"])
			assert.NotEmpty(t, claims["jti"])
			assert.InDelta(t, 1800, claims["exp"].(float64)-claims["iat"].(float64), 0)
		})
	}
	token, err := p.token(t, p.secret, oauth2.AuthStyleInHeader)
	require.NoError(t, err)
	claims := jwt.MapClaims{}
	_, _, err = jwt.NewParser().ParseUnverified(token.AccessToken, claims)
	require.NoError(t, err)
	assert.Equal(t, "objects/read objects/write", claims["scope"], "without a scope all of the client's are granted")
}

func TestRequestsThatGetNoToken(t *testing.T) {
	p := newUserPool(t)
	good := url.Values{"grant_type": {"client_credentials"}, "client_id": {p.client}, "client_secret": {p.secret}}
	for name, test := range map[string]struct{ field, value, want string }{
		"no grant type":        {"grant_type", "", "invalid_request"},
		"unknown grant type":   {"grant_type", "password", "unsupported_grant_type"},
		"grant type of people": {"grant_type", "authorization_code", "unauthorized_client"},
		"unknown client":       {"client_id", "other", "invalid_client"},
		"wrong secret":         {"client_secret", "wrong", "invalid_client"},
		"no secret":            {"client_secret", "", "invalid_client"},
		"unknown scope":        {"scope", "objects/read objects/other", "invalid_scope"},
		"too large":            {"scope", strings.Repeat("x", 64<<10), "invalid_request"},
	} {
		t.Run(name, func(t *testing.T) {
			form := url.Values{test.field: {test.value}}
			for field, values := range good {
				if field != test.field {
					form[field] = values
				}
			}
			request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://orders.auth.eu-west-1.amazoncognito.com/oauth2/token", strings.NewReader(form.Encode()))
			require.NoError(t, err)
			request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			response, err := p.http().Do(request)
			require.NoError(t, err)
			defer func() { _ = response.Body.Close() }()
			var answer struct{ Error string }
			require.NoError(t, json.NewDecoder(response.Body).Decode(&answer))
			assert.Equal(t, http.StatusBadRequest, response.StatusCode)
			assert.Equal(t, test.want, answer.Error)
		})
	}
}

func TestUnknownDomainsAndPools(t *testing.T) {
	p := newUserPool(t)
	recorder := httptest.NewRecorder()
	request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/oauth2/token", nil)
	request.Host = "other.auth.eu-west-1.amazoncognito.com"
	p.region.CognitoDomains().ServeHTTP(recorder, request)
	assert.Equal(t, http.StatusNotFound, recorder.Code)
	recorder = httptest.NewRecorder()
	p.region.CognitoIDP().ServeHTTP(recorder, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/eu-west-1_none/.well-known/jwks.json", nil))
	assert.Equal(t, http.StatusNotFound, recorder.Code)
}

func TestPoolsAreSetUpInOrder(t *testing.T) {
	p := newUserPool(t)
	_, _, err := p.region.CreateClient(p.id, []string{"objects/admin"}, time.Hour)
	require.ErrorContains(t, err, "resource server")
	_, _, err = p.region.CreateClient("none", nil, time.Hour)
	require.ErrorContains(t, err, "no user pool none")
	require.ErrorContains(t, p.region.CreateResourceServer("none", "objects", nil), "no user pool none")
	require.ErrorContains(t, p.region.CreateDomain("none", "other"), "no user pool none")
	require.ErrorContains(t, p.region.CreateDomain(p.id, "orders"), "taken")
	assert.Equal(t, "arn:aws:cognito-idp:eu-west-1:111122223333:userpool/"+p.id, p.region.UserPoolARN(p.id))
}

func BenchmarkToken(b *testing.B) {
	p := newUserPool(b)
	for b.Loop() {
		if _, err := p.token(b, p.secret, oauth2.AuthStyleInHeader, "objects/read"); err != nil {
			b.Fatal(err)
		}
	}
}
