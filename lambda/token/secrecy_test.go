package main

import (
	"encoding/base64"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/lambda/internal/logging"
)

// TestNoSecretEverShows lets everything go right and wrong, and then looks for
// every secret in all logs, metrics and answers.
func TestNoSecretEverShows(t *testing.T) {
	const presented, rotated = "presented-but-wrong-secret", "rotated-secret-abcdefghijklmnopqrstuvwxyz"
	secrets := []string{billingSecret, presented, rotated, appSecret, "access-token-", "leaked-token"}
	for _, secret := range slices.Clone(secrets) {
		secrets = append(secrets,
			base64.StdEncoding.EncodeToString([]byte(billing+":"+secret)),
			base64.StdEncoding.EncodeToString([]byte(appClient+":"+secret)))
	}
	t.Setenv("LOG_LEVEL", "debug")
	logs := &lockedBuffer{}
	previous := slog.Default()
	slog.SetDefault(logging.New(logs))
	defer slog.SetDefault(previous)

	w := newWorld(t)
	shown := []string{}
	keep := func(a answer) {
		a.AccessToken = ""
		header, err := json.Marshal(a.header)
		require.NoError(t, err)
		if a.status != http.StatusOK {
			shown = append(shown, a.text)
		}
		shown = append(shown, string(header))
	}
	provoke := func() {
		for _, secret := range []string{billingSecret, presented, rotated} {
			keep(w.ask(t, billing, secret, ""))
			keep(w.ask(t, billing, secret, secret))
			keep(w.ask(t, secret, secret, ""))
			keep(w.send(t, w.request(t, url.Values{"client_id": {billing}, "client_secret": {secret, secret}}.Encode())))
			keep(w.send(t, w.request(t, url.Values{"client_id": {secret}, "grant_type": {secret}, secret: {secret}, "client_secret": {secret}}.Encode())))
			malformed := w.request(t, "client_secret="+secret+"%zz")
			malformed.Header.Set("Authorization", secret)
			keep(w.send(t, malformed))
			inURL := w.request(t, goodForm)
			inURL.URL.RawQuery = "client_secret=" + secret
			keep(w.send(t, inURL))
		}
		keep(w.get(t, metadataPath))
		keep(w.get(t, jwksPath))
		w.clock.Pass(time.Hour)
	}
	provoke()
	w.secrets.put(billingSecretID, stable(billing, rotated))
	provoke()
	for _, outage := range outages {
		w.pool.instead(outage)
		provoke()
	}
	w.pool.instead(func(rw http.ResponseWriter, r *http.Request) {
		rw.WriteHeader(http.StatusBadRequest)
		_ = json.NewEncoder(rw).Encode(map[string]string{"error": r.Header.Get("Authorization"), "error_description": appSecret})
	})
	provoke()
	w.pool.instead(nil)
	for _, value := range []string{billingSecret, `"` + billingSecret, `{"client_id":"` + billing + `","client_secret":{"` + billingSecret + `":1}}`, `{"` + billingSecret + `"`} {
		for _, id := range []string{billingSecretID, credentialsID} {
			w.secrets.put(id, value)
		}
		w.start()
		provoke()
	}
	w.secrets.put(credentialsID, `{"`+billing+`":{"secretId":"`+billingSecretID+`","scopes":"`+appSecret+`","cognitoClientSecret":"`+appSecret+`"}}`)
	w.start()
	provoke()

	require.Contains(t, logs.String(), "issue a token")
	require.Contains(t, logs.String(), "refuse a token request")
	require.Contains(t, logs.String(), "cannot issue a token")
	shown = append(shown, logs.String(), w.metrics.String())
	for _, text := range shown {
		for _, secret := range secrets {
			require.NotContains(t, text, secret)
		}
	}
}
