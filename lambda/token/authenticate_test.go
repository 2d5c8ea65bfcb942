package main

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func (w *world) status(t *testing.T, id, secret string) int {
	t.Helper()
	return w.ask(t, id, secret, "").status
}

func TestARotationLocksNobodyOut(t *testing.T) {
	w := newWorld(t)
	w.issues(t)
	const second, third = "second-secret-abcdefghijklmnopqrstuvwxyz", "third-secret-abcdefghijklmnopqrstuvwxyz"
	w.clock.Pass(stableSecretPause)
	w.secrets.put(billingSecretID, stable(billing, second))
	require.Equal(t, 200, w.status(t, billing, second), "a new secret counts at once")
	require.Equal(t, 200, w.status(t, billing, billingSecret), "and the one before it, too")

	w.clock.Pass(stableSecretPause)
	w.secrets.put(billingSecretID, stable(billing, third))
	require.Equal(t, 200, w.status(t, billing, third))
	require.Equal(t, 200, w.status(t, billing, second))
	require.Equal(t, 401, w.status(t, billing, billingSecret), "the one before that is over")
}

func TestAnOldSecretEndsWithoutANewOneBeingUsed(t *testing.T) {
	w := newWorld(t)
	w.issues(t)
	w.secrets.put(billingSecretID, stable(billing, "second"))
	w.secrets.put(billingSecretID, stable(billing, "third"))
	require.Equal(t, 200, w.status(t, billing, billingSecret), "kept for a while")
	w.clock.Pass(stableSecretAge)
	require.Equal(t, 401, w.status(t, billing, billingSecret))
}

func TestWrongSecretsDoNotFloodSecretsManager(t *testing.T) {
	w := newWorld(t)
	w.issues(t)
	before := w.secrets.readsOf(billingSecretID)
	for range 50 {
		require.Equal(t, 401, w.status(t, billing, "wrong"))
		require.Equal(t, 401, w.status(t, "orders.unknown", "wrong"))
	}
	require.Equal(t, before, w.secrets.readsOf(billingSecretID), "they were read a moment ago")
	require.Equal(t, 1, w.secrets.readsOf(credentialsID))
	w.clock.Pass(directoryPause)
	for range 50 {
		require.Equal(t, 401, w.status(t, billing, "wrong"))
		require.Equal(t, 401, w.status(t, "orders.unknown", "wrong"))
	}
	require.Equal(t, before+2, w.secrets.readsOf(billingSecretID), "one read of two versions")
	require.Equal(t, 2, w.secrets.readsOf(credentialsID))
}

func TestANewClientIsKnownWhenItFirstCalls(t *testing.T) {
	w := newWorld(t)
	w.issues(t)
	w.clock.Pass(directoryPause)
	w.setClients(t, map[string]client{"orders.new": {SecretID: "orders/clients/new", Scopes: []string{"objects/read"}, CognitoClientID: appClient, CognitoClientSecret: appSecret}})
	w.secrets.put("orders/clients/new", stable("orders.new", "new-secret"))
	require.Equal(t, 200, w.status(t, "orders.new", "new-secret"))
	require.Equal(t, 401, w.status(t, billing, billingSecret), "it is not configured any more")
}

func TestAClientWhoseSecretIsDeletedIsRefused(t *testing.T) {
	for name, remove := range map[string]func(*world){
		"deleted":             func(w *world) { w.secrets.remove(billingSecretID) },
		"marked for deletion": func(w *world) { w.secrets.fail("InvalidRequestException") },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.issues(t)
			remove(w)
			w.clock.Pass(stableSecretAge)
			require.Equal(t, 401, w.status(t, billing, billingSecret))
		})
	}
}

func TestSecretsOfOneClientAreOfNoUseToAnother(t *testing.T) {
	w := newWorld(t)
	app := client{Scopes: []string{"objects/read"}, CognitoClientID: appClient, CognitoClientSecret: appSecret}
	first, second := app, app
	first.SecretID, second.SecretID = billingSecretID, "orders/clients/audit"
	w.setClients(t, map[string]client{billing: first, "orders.audit": second})
	w.secrets.put("orders/clients/audit", stable("orders.audit", "audit-secret"))
	require.Equal(t, 401, w.status(t, billing, "audit-secret"))
	require.Equal(t, 401, w.status(t, "orders.audit", billingSecret))
	require.Equal(t, 200, w.status(t, "orders.audit", "audit-secret"))
}

func TestLastGoodSecretsAreKept(t *testing.T) {
	for _, code := range []string{"InternalServiceError", "AccessDeniedException", "ThrottlingException"} {
		t.Run(code, func(t *testing.T) {
			w := newWorld(t)
			w.issues(t)
			w.secrets.fail(code)
			w.clock.Pass(directoryAge)
			w.issues(t)
			require.Equal(t, 401, w.status(t, billing, "wrong"))
		})
	}
}

func TestWithoutSecretsClientsAreToldToComeBack(t *testing.T) {
	for name, breakIt := range map[string]func(*testing.T, *world){
		"unreachable":            func(_ *testing.T, w *world) { w.secrets.fail("InternalServiceError") },
		"no app clients":         func(_ *testing.T, w *world) { w.secrets.remove(credentialsID) },
		"app clients not JSON":   func(_ *testing.T, w *world) { w.secrets.put(credentialsID, "{"+appSecret) },
		"app client incomplete":  func(t *testing.T, w *world) { t.Helper(); w.setClients(t, map[string]client{billing: {SecretID: "a"}}) },
		"secret is not JSON":     func(_ *testing.T, w *world) { w.secrets.put(billingSecretID, billingSecret) },
		"secret of another":      func(_ *testing.T, w *world) { w.secrets.put(billingSecretID, stable("orders.other", billingSecret)) },
		"secret without a value": func(_ *testing.T, w *world) { w.secrets.put(billingSecretID, stable(billing, "")) },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			breakIt(t, w)
			a := w.ask(t, billing, billingSecret, "")
			require.Equal(t, http.StatusServiceUnavailable, a.status, a.text)
			require.Equal(t, "temporarily_unavailable", a.Error)
			require.Equal(t, "5", a.header.Get("Retry-After"))
			requireNotKept(t, a)
			require.NotEqual(t, http.StatusOK, w.status(t, billing, ""), "an empty secret is never right")

			w.secrets.fail("")
			w.clock.Pass(firstPause)
			w.setClients(t, map[string]client{billing: {SecretID: billingSecretID, Scopes: []string{"objects/read"}, CognitoClientID: appClient, CognitoClientSecret: appSecret}})
			w.secrets.put(billingSecretID, stable(billing, billingSecret))
			w.issues(t)
		})
	}
}

func TestAMistakeThatWasCorrectedDoesNotLockOut(t *testing.T) {
	w := newWorld(t)
	w.secrets.put(billingSecretID, "not JSON")
	w.secrets.put(billingSecretID, stable(billing, "third-secret"))
	require.Equal(t, 200, w.status(t, billing, "third-secret"))
	require.Equal(t, 401, w.status(t, billing, "not JSON"))
}

func TestCredentialsAreBounded(t *testing.T) {
	for length, status := range map[int]int{maxCredentialBytes: 200, maxCredentialBytes + 1: 401} {
		w := newWorld(t)
		secret := strings.Repeat("a", length)
		w.secrets.put(billingSecretID, stable(billing, secret))
		require.Equal(t, status, w.status(t, billing, secret), "%d bytes", length)
	}
}

func TestACallerWhoLeavesDoesNotEndTheRead(t *testing.T) {
	w := newWorld(t)
	w.secrets.slow(50 * time.Millisecond)
	gone, leave := context.WithCancel(t.Context())
	leave()
	_, problem := w.endpoint.authenticator.authenticate(gone, credentials{clientID: billing, secret: billingSecret})
	require.NotNil(t, problem)
	require.Equal(t, "temporarily_unavailable", problem.code)
	require.ErrorIs(t, problem, context.Canceled)
	require.Eventually(t, func() bool {
		_, err := w.endpoint.authenticator.directory.get(gone)
		return err == nil
	}, 5*time.Second, 5*time.Millisecond)
	w.issues(t)
	require.Equal(t, 1, w.secrets.readsOf(credentialsID))
}

func TestAMissingPreviousSecretMatchesNothing(t *testing.T) {
	secret := newDecoy()
	secret.current = digestOf("a")
	require.True(t, secret.matches(digestOf("a")))
	require.False(t, secret.matches(digestOf("")))
	require.False(t, secret.matches(digest{}))
	require.NotEqual(t, newDecoy(), newDecoy())
}

// BenchmarkSecretCompare must show one figure: the time to refuse says nothing
// about whether the client exists or where the first wrong byte is.
func BenchmarkSecretCompare(b *testing.B) {
	w := newWorld(b)
	w.issues(b)
	for _, test := range []struct{ name, id, secret string }{
		{"UnknownClient", "orders.unknown", billingSecret},
		{"FirstByteDiffers", billing, "X" + billingSecret[1:]},
		{"LastByteDiffers", billing, billingSecret[:len(billingSecret)-1] + "X"},
		{"RightSecret", billing, billingSecret},
	} {
		b.Run(test.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				presented := digestOf(test.secret)
				_, matched, err := w.endpoint.authenticator.lookUp(b.Context(), test.id, presented)
				if err != nil || matched != (test.name == "RightSecret") {
					b.Fatal(matched, err)
				}
			}
		})
	}
}

func TestCallersWaitForOneRead(t *testing.T) {
	w := newWorld(t)
	w.secrets.slow(50 * time.Millisecond)
	done := make(chan int)
	for range 20 {
		go func() {
			r := w.request(t, goodPost)
			response, err := w.server.Client().Do(r)
			if err != nil {
				done <- 0
				return
			}
			_ = response.Body.Close()
			done <- response.StatusCode
		}()
	}
	for range 20 {
		require.Equal(t, http.StatusOK, <-done)
	}
	require.Equal(t, 1, w.secrets.readsOf(credentialsID))
	require.Equal(t, 2, w.secrets.readsOf(billingSecretID), "its two versions")
	require.Len(t, w.pool.requests(), 1)
	require.Equal(t, 1, w.metric(metricMiss))
	require.Equal(t, 19, w.metric(metricHit))
	require.Equal(t, 20, strings.Count(w.metrics.String(), "\n"))
}
