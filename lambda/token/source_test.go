package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/internal/contract"
)

func TestTokensAreKeptUntilATenthOfTheirLifeIsLeft(t *testing.T) {
	w := newWorld(t)
	first := w.issues(t)
	w.clock.Pass(54*time.Minute - time.Second)
	second := w.issues(t)
	require.Equal(t, first.AccessToken, second.AccessToken)
	require.EqualValues(t, 361, second.ExpiresIn)
	require.Len(t, w.pool.requests(), 1)

	w.clock.Pass(time.Second)
	third := w.issues(t)
	require.NotEqual(t, first.AccessToken, third.AccessToken)
	require.EqualValues(t, 3600, third.ExpiresIn)
	require.Len(t, w.pool.requests(), 2)
	require.Equal(t, 2, w.metric(contract.MetricTokenCacheMisses))
	require.Equal(t, 1, w.metric(contract.MetricTokenCacheHits))
	require.Zero(t, w.metric(contract.MetricCognitoFailures))
}

func TestTokensAreKeptByClientAndScopes(t *testing.T) {
	w := newWorld(t)
	app := client{SecretID: billingSecretID, Scopes: []string{"objects/read", "objects/write"}, CognitoClientID: appClient, CognitoClientSecret: appSecret}
	other := app
	other.SecretID = "orders/clients/audit"
	w.setClients(t, map[string]client{billing: app, "orders.audit": other})
	w.secrets.put(other.SecretID, stable("orders.audit", "audit-secret"))
	tokens := []string{}
	for _, scope := range []string{"", "objects/read", "objects/write", "objects/write objects/read"} {
		tokens = append(tokens, w.ask(t, billing, billingSecret, scope).AccessToken, w.ask(t, "orders.audit", "audit-secret", scope).AccessToken)
	}
	slices.Sort(tokens)
	require.Len(t, slices.Compact(tokens), 6, "all scopes by name or by default are the same")
	require.Len(t, w.pool.requests(), 6)
}

func TestTheCacheIsBounded(t *testing.T) {
	w := newWorld(t)
	tokens := newCache(3, w.clock.Now)
	now := w.clock.Now()
	for i := range 10 {
		tokens.put(fmt.Sprint(i), grant{accessToken: fmt.Sprint(i), issuedAt: now, expiresAt: now.Add(time.Hour)})
		_, _, found := tokens.get("0")
		require.True(t, found, "what is used stays")
	}
	require.Len(t, tokens.byKey, 3)
	require.Equal(t, 3, tokens.recency.Len())
	for key, kept := range map[string]bool{"0": true, "9": true, "8": true, "7": false, "1": false} {
		_, _, found := tokens.get(key)
		require.Equal(t, kept, found, key)
	}
}

func TestPuttingATokenAgainReplacesIt(t *testing.T) {
	w := newWorld(t)
	tokens := newCache(3, w.clock.Now)
	for _, text := range []string{"a", "b"} {
		tokens.put("key", grant{accessToken: text, issuedAt: w.clock.Now(), expiresAt: w.clock.Now().Add(time.Hour)})
	}
	kept, settled, found := tokens.get("key")
	require.True(t, settled && found)
	require.Equal(t, "b", kept.accessToken)
	require.Equal(t, 1, tokens.recency.Len())
}

var outages = map[string]http.HandlerFunc{
	"internal error":    status(http.StatusInternalServerError),
	"unavailable":       status(http.StatusServiceUnavailable),
	"throttled":         status(http.StatusTooManyRequests),
	"redirect":          func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/elsewhere", http.StatusFound) },
	"hangs up":          hangUp,
	"HTML":              document("<html>" + appSecret),
	"empty":             document(""),
	"no token":          document(`{"expires_in":3600,"token_type":"Bearer"}`),
	"no life":           document(`{"access_token":"leaked-token","token_type":"Bearer"}`),
	"negative life":     document(`{"access_token":"leaked-token","token_type":"Bearer","expires_in":-1}`),
	"endless life":      document(`{"access_token":"leaked-token","token_type":"Bearer","expires_in":9223372036854775807}`),
	"other token type":  document(`{"access_token":"leaked-token","token_type":"mac","expires_in":3600}`),
	"token is a number": document(`{"access_token":7,"token_type":"Bearer","expires_in":3600}`),
}

func TestWithoutCognitoAKeptTokenIsGoodEnough(t *testing.T) {
	for name, outage := range outages {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			first := w.issues(t)
			w.pool.instead(outage)
			w.clock.Pass(55 * time.Minute)
			kept := w.issues(t)
			require.Equal(t, first.AccessToken, kept.AccessToken)
			require.EqualValues(t, 300, kept.ExpiresIn)
			require.Equal(t, 1, w.metric(contract.MetricCognitoFailures))

			asked := len(w.pool.requests())
			w.issues(t)
			require.Len(t, w.pool.requests(), asked, "Cognito is left alone for a while")
			w.clock.Pass(retryAfter)
			w.issues(t)
			require.Greater(t, len(w.pool.requests()), asked)

			w.clock.Pass(5 * time.Minute)
			a := w.ask(t, billing, billingSecret, "")
			require.Equal(t, http.StatusServiceUnavailable, a.status, "a token that has ended is never handed out")
			w.pool.instead(nil)
			require.NotEqual(t, first.AccessToken, w.issues(t).AccessToken)
		})
	}
}

func TestWithoutCognitoAndWithoutAKeptTokenClientsAreToldToComeBack(t *testing.T) {
	for name, outage := range outages {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.pool.instead(outage)
			a := w.ask(t, billing, billingSecret, "")
			require.Equal(t, http.StatusServiceUnavailable, a.status, a.text)
			require.Equal(t, "temporarily_unavailable", a.Error)
			require.Equal(t, "5", a.header.Get("Retry-After"))
			requireNotKept(t, a)
			require.Equal(t, 1, w.metric(contract.MetricTokenCacheMisses))
			require.Equal(t, 1, w.metric(contract.MetricCognitoFailures))
		})
	}
}

func TestAnotherScopeIsNoSubstitute(t *testing.T) {
	w := newWorld(t)
	w.ask(t, billing, billingSecret, "objects/read objects/write")
	w.pool.instead(status(http.StatusBadGateway))
	require.Equal(t, http.StatusServiceUnavailable, w.ask(t, billing, billingSecret, "objects/read").status)
}

func TestADeadConnectionIsTriedOnceMore(t *testing.T) {
	w := newWorld(t)
	w.ask(t, billing, billingSecret, "objects/read")
	once := true
	w.pool.instead(func(rw http.ResponseWriter, r *http.Request) {
		if once {
			once = false
			hangUp(rw, r)
		}
		document(`{"access_token":"second","token_type":"bearer","expires_in":60}`)(rw, r)
	})
	a := w.ask(t, billing, billingSecret, "objects/write")
	require.Equal(t, "second", a.AccessToken)
	require.EqualValues(t, 60, a.ExpiresIn)
}

func TestAReplacedAppClientIsPickedUp(t *testing.T) {
	w := newWorld(t)
	first := w.issues(t)
	w.clock.Pass(directoryPause)
	w.pool.setSecret("new-app-client", "new-app-secret")
	w.setClients(t, map[string]client{billing: {SecretID: billingSecretID, Scopes: []string{"objects/read", "objects/write"}, CognitoClientID: "new-app-client", CognitoClientSecret: "new-app-secret"}})
	require.Equal(t, first.AccessToken, w.issues(t).AccessToken, "the kept token is still good")
	a := w.ask(t, billing, billingSecret, "objects/read")
	require.Equal(t, http.StatusOK, a.status, a.text)
	require.NotEqual(t, first.AccessToken, w.issues(t).AccessToken, "tokens of the old app client are not handed out any more")
}

func TestATokenThatSomebodyElseJustGotIsNotAskedForAgain(t *testing.T) {
	w := newWorld(t)
	first := w.issues(t)
	app := client{CognitoClientID: appClient, CognitoClientSecret: appSecret}
	scopes := []string{"objects/read", "objects/write"}
	again, err := w.endpoint.source.fetch(t.Context(), cacheKey(billing, app, scopes), app, scopes)
	require.NoError(t, err)
	require.Equal(t, first.AccessToken, again.accessToken)
	require.Len(t, w.pool.requests(), 1)
}

func TestAnAppClientThatCognitoRefusesIsAnOperatorsProblem(t *testing.T) {
	for _, code := range []string{"invalid_client", "invalid_scope", "unauthorized_client", "<script>"} {
		t.Run(code, func(t *testing.T) {
			w := newWorld(t)
			w.pool.instead(func(rw http.ResponseWriter, _ *http.Request) {
				rw.WriteHeader(http.StatusBadRequest)
				_ = json.NewEncoder(rw).Encode(map[string]string{"error": code})
			})
			a := w.ask(t, billing, billingSecret, "")
			require.Equal(t, http.StatusInternalServerError, a.status, a.text)
			require.Equal(t, "server_error", a.Error)
			require.NotContains(t, a.text, code)
		})
	}
}

func TestACallerWhoLeavesDoesNotEndTheExchange(t *testing.T) {
	w := newWorld(t)
	release, started := make(chan struct{}), make(chan struct{})
	w.pool.instead(func(rw http.ResponseWriter, r *http.Request) {
		close(started)
		<-release
		document(`{"access_token":"late","token_type":"Bearer","expires_in":3600}`)(rw, r)
	})
	ctx, leave := context.WithCancel(t.Context())
	left := make(chan error)
	go func() {
		_, err := w.endpoint.source.grant(ctx, billing, client{CognitoClientID: appClient, CognitoClientSecret: appSecret}, []string{"objects/read", "objects/write"})
		left <- err
	}()
	<-started
	leave()
	require.ErrorIs(t, <-left, errCognitoUnavailable)
	close(release)
	require.Equal(t, "late", w.issues(t).AccessToken)
	require.Len(t, w.pool.requests(), 1)
}

func TestMetricsAreInTheEmbeddedFormat(t *testing.T) {
	w := newWorld(t)
	w.issues(t)
	line, rest, _ := strings.Cut(w.metrics.String(), "\n")
	require.Empty(t, rest)
	require.JSONEq(t, `{"_aws":{"Timestamp":`+fmt.Sprint(w.clock.Now().UnixMilli())+`,"CloudWatchMetrics":[{"Namespace":"regionpair",
		"Dimensions":[["FunctionName"]],"Metrics":[{"Name":"TokenCacheMisses","Unit":"Count"}]}]},"FunctionName":"token-function","TokenCacheMisses":1}`, line)
}
