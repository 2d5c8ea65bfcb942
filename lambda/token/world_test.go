package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/lambda/internal/issuers"
	"github.com/regionpair/regionpair/lambda/internal/issuers/issuertest"
	"github.com/regionpair/regionpair/lambda/internal/metric"
)

const (
	billing         = "orders.billing"
	billingSecretID = "orders/clients/billing"
	billingSecret   = "stable-secret-of-billing-1234567890"
	appClient       = "app-client-id"
	appSecret       = "regional-secret-of-the-app-client"
	credentialsID   = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:Credentials-a1b2c3"
	ownName         = "/orders/issuers/own"
	peerName        = "/orders/issuers/peer"
)

// world is a token endpoint in one Region, with everything it talks to.
type world struct {
	endpoint   *endpoint
	server     *httptest.Server
	secrets    *secretStore
	pool       *pool
	own, peer  *issuertest.Issuer
	parameters *issuertest.Parameters
	clock      *issuertest.Clock
	metrics    *lockedBuffer
}

type lockedBuffer struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.String()
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{
		secrets: newSecretStore(t), pool: newPool(t), clock: issuertest.NewClock(), metrics: &lockedBuffer{},
		own: issuertest.NewIssuer(t, "own-1"), peer: issuertest.NewIssuer(t, "peer-1"),
	}
	w.parameters = issuertest.NewParameters(t, map[string]string{ownName: w.own.Parameter(false), peerName: w.peer.Parameter(true)})
	w.pool.setSecret(appClient, appSecret)
	w.setClients(t, map[string]client{billing: {
		SecretID: billingSecretID, Scopes: []string{"objects/write", "objects/read"},
		CognitoClientID: appClient, CognitoClientSecret: appSecret,
	}})
	w.secrets.put(billingSecretID, stable(billing, billingSecret))
	w.start()
	w.server = httptest.NewTLSServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { w.endpoint.routes().ServeHTTP(rw, r) }))
	t.Cleanup(w.server.Close)
	return w
}

// start is a new copy of the function, which knows nothing.
func (w *world) start() {
	http := issuers.NewHTTPClient()
	http.Transport = w.pool.server.Client().Transport
	names := []string{ownName, peerName}
	w.endpoint = newEndpoint(endpointProps{
		settings: settings{
			credentialsSecret: credentialsID, cognitoTokenURL: w.pool.server.URL + "/oauth2/token",
			publicBaseURL: "https://api.example.com", issuerParameters: names, tokenValidity: time.Hour,
		},
		secrets: w.secrets.client(),
		keys:    issuers.NewSet(issuers.SetProps{Parameters: w.parameters.Client(), Names: names, HTTP: http, Now: w.clock.Now}),
		metrics: metric.NewCounter(w.metrics, "token-function"),
		http:    http,
		now:     w.clock.Now,
	})
}

func (w *world) setClients(t testing.TB, clients map[string]client) {
	t.Helper()
	text, err := json.Marshal(clients)
	require.NoError(t, err)
	w.secrets.put(credentialsID, string(text))
}

func stable(clientID, secret string) string {
	text, err := json.Marshal(map[string]string{"client_id": clientID, "client_secret": secret})
	if err != nil {
		panic(err)
	}
	return string(text)
}

// answer of the endpoint.
type answer struct {
	status int
	header http.Header
	text   string

	AccessToken string `json:"access_token"`
	TokenType   string `json:"token_type"`
	ExpiresIn   int64  `json:"expires_in"`
	Scope       string `json:"scope"`
	Error       string `json:"error"`
	Description string `json:"error_description"`
}

func (w *world) send(t testing.TB, r *http.Request) answer {
	t.Helper()
	response, err := w.server.Client().Do(r)
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	a := answer{status: response.StatusCode, header: response.Header, text: string(body)}
	if strings.HasPrefix(response.Header.Get("Content-Type"), "application/json") {
		require.NoError(t, json.Unmarshal(body, &a))
	}
	return a
}

func (w *world) request(t testing.TB, body string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.server.URL+issuePath, strings.NewReader(body))
	require.NoError(t, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r
}

// ask uses client_secret_basic.
func (w *world) ask(t testing.TB, id, secret, scope string) answer {
	t.Helper()
	form := url.Values{"grant_type": {"client_credentials"}}
	if scope != "" {
		form.Set("scope", scope)
	}
	r := w.request(t, form.Encode())
	r.SetBasicAuth(url.QueryEscape(id), url.QueryEscape(secret))
	return w.send(t, r)
}

func (w *world) issues(t testing.TB) answer {
	t.Helper()
	a := w.ask(t, billing, billingSecret, "")
	require.Equal(t, http.StatusOK, a.status, a.text)
	return a
}

func (w *world) refuses(t testing.TB, r *http.Request, status int, code string) answer {
	t.Helper()
	a := w.send(t, r)
	require.Equal(t, status, a.status, a.text)
	require.Equal(t, code, a.Error)
	require.NotEmpty(t, a.Description)
	require.Empty(t, a.AccessToken)
	requireNotKept(t, a)
	return a
}

func requireNotKept(t testing.TB, a answer) {
	t.Helper()
	require.Equal(t, "no-store", a.header.Get("Cache-Control"))
	require.Equal(t, "no-cache", a.header.Get("Pragma"))
	require.Equal(t, "application/json", a.header.Get("Content-Type"))
}

// metric is how often the metric was counted.
func (w *world) metric(name string) int {
	return strings.Count(w.metrics.String(), `"`+name+`":1`)
}
