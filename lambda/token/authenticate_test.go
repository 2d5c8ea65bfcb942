package main

import (
	"context"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/internal/contract"
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
		"deleted": func(w *world) { w.secrets.remove(billingSecretID) },
		"marked for deletion": func(w *world) {
			w.secrets.refuse(billingSecretID, "InvalidRequestException: You can't perform this operation on the secret because it was marked for deletion.")
		},
		"denied by its own policy": func(w *world) {
			w.secrets.refuse(billingSecretID, "AccessDeniedException: with an explicit deny in a resource-based policy")
		},
		"key disabled": func(w *world) { w.secrets.refuse(billingSecretID, "DecryptionFailure: the key is disabled") },
		"disabled": func(w *world) {
			w.secrets.put(billingSecretID, `{"client_id":"`+billing+`","client_secret":"`+billingSecret+`","disabled":true}`)
		},
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

// A request that Secrets Manager calls invalid for another reason says nothing
// about the secret, and a role that may read nothing says nothing about clients.
func TestAnOutageIsNotARefusal(t *testing.T) {
	w := newWorld(t)
	w.issues(t)
	w.secrets.refuse(billingSecretID, "InvalidRequestException: The parameter name is not valid.")
	w.clock.Pass(stableSecretAge)
	w.issues(t)
}

// What cannot be renewed counts for the life of a token and no longer.
func TestALastGoodSecretEnds(t *testing.T) {
	w := newWorld(t)
	w.issues(t)
	w.secrets.refuse(billingSecretID, "InternalServiceError: no")
	w.clock.Pass(59 * time.Minute)
	w.issues(t)
	w.clock.Pass(2 * time.Minute)
	require.Equal(t, 503, w.status(t, billing, billingSecret))
	require.Equal(t, 1, w.metric(contract.MetricTokenFailures))
}

// RFC 6749 wants the parts of a Basic header form-encoded; many clients send
// them as they are. Both work, whatever an operator has put into the secret.
func TestSecretsThatNeedEncodingWorkEncodedAndRaw(t *testing.T) {
	for _, secret := range []string{"pa+ss/w=o%2Brd:&x y", "100%", "%zz", "a+b", "a%20b", "ü"} {
		w := newWorld(t)
		w.secrets.put(billingSecretID, stable(billing, secret))
		for name, sent := range map[string]string{"raw": secret, "encoded": url.QueryEscape(secret)} {
			r := w.request(t, goodForm)
			r.Header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(billing+":"+sent)))
			require.Equal(t, 200, w.send(t, r).status, "%s %s", name, secret)
		}
		require.Equal(t, 401, w.status(t, billing, "x"+secret))
	}
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
	require.True(t, secret.matches([2]digest{digestOf("a"), digestOf("b")}))
	require.True(t, secret.matches([2]digest{digestOf("b"), digestOf("a")}))
	require.False(t, secret.matches([2]digest{digestOf(""), digestOf("b")}))
	require.False(t, secret.matches([2]digest{}))
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
				presented := credentials{secret: test.secret}.readings()
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
	require.Equal(t, 1, w.metric(contract.MetricTokenCacheMisses))
	require.Equal(t, 19, w.metric(contract.MetricTokenCacheHits))
	require.Equal(t, 20, strings.Count(w.metrics.String(), "\n"))
}
