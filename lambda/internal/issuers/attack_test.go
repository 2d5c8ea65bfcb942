package issuers

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/lambda/internal/issuers/issuertest"
)

// attack makes a token that must be refused.
type attack struct {
	name   string
	reason string
	token  func(t *testing.T, w *world) string
}

func claimed(changes map[string]any) func(*testing.T, *world) string {
	return func(t *testing.T, w *world) string {
		t.Helper()
		return w.own.Token(t, changes)
	}
}

func headed(header map[string]any) func(*testing.T, *world) string {
	return func(t *testing.T, w *world) string {
		t.Helper()
		return issuertest.Sign(t, jwt.SigningMethodRS256, w.own.Private(), header, w.own.Claims(nil))
	}
}

func signedBy(method jwt.SigningMethod, key func(w *world) any) func(*testing.T, *world) string {
	return func(t *testing.T, w *world) string {
		t.Helper()
		return issuertest.Sign(t, method, key(w), map[string]any{"kid": "own-1"}, w.own.Claims(nil))
	}
}

func changed(change func(parts []string) []string) func(*testing.T, *world) string {
	return func(t *testing.T, w *world) string {
		t.Helper()
		return strings.Join(change(strings.Split(w.own.Token(t, nil), ".")), ".")
	}
}

func publicPEM(w *world) any {
	der, err := x509.MarshalPKIXPublicKey(&w.own.Private().PublicKey)
	if err != nil {
		panic(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
}

func private(w *world) any { return w.own.Private() }

func encoded(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }

const wrongSignature = "the signature or its algorithm is wrong"

var attacks = []attack{
	{"alg none", wrongSignature, signedBy(jwt.SigningMethodNone, func(*world) any { return jwt.UnsafeAllowNoneSignatureType })},
	{"alg none without a signature", wrongSignature, changed(func(parts []string) []string {
		return []string{encoded(`{"alg":"none","kid":"own-1"}`), parts[1], ""}
	})},
	{"alg NONE in capitals", "unverifiable", changed(func(parts []string) []string {
		return []string{encoded(`{"alg":"NONE","kid":"own-1"}`), parts[1], ""}
	})},
	{"HS256 with the public key as PEM", wrongSignature, signedBy(jwt.SigningMethodHS256, publicPEM)},
	{"HS256 with the modulus", wrongSignature, signedBy(jwt.SigningMethodHS256, func(w *world) any { return w.own.Private().N.Bytes() })},
	{"RS512", wrongSignature, signedBy(jwt.SigningMethodRS512, private)},
	{"PS256", wrongSignature, signedBy(jwt.SigningMethodPS256, private)},
	{"no signature", wrongSignature, changed(func(parts []string) []string { return []string{parts[0], parts[1], ""} })},
	{"other payload under the signature", wrongSignature, func(t *testing.T, w *world) string {
		t.Helper()
		good, bad := strings.Split(w.own.Token(t, nil), "."), strings.Split(w.own.Token(t, map[string]any{"scope": "objects/write"}), ".")
		return strings.Join([]string{good[0], bad[1], good[2]}, ".")
	}},
	{"signed with somebody's own key", wrongSignature, signedBy(jwt.SigningMethodRS256, func(*world) any {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic(err)
		}
		return key
	})},
	{"key in the header", "the header names no key", func(t *testing.T, w *world) string {
		t.Helper()
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		require.NoError(t, err)
		jwk := Key{ID: "mine", Public: &key.PublicKey}.JWK()
		return issuertest.Sign(t, jwt.SigningMethodRS256, key, map[string]any{"jwk": jwk, "jku": "https://attacker.example/keys"}, w.own.Claims(nil))
	}},
	{"peer's signature under the own issuer's name", "unknown key id", func(t *testing.T, w *world) string {
		t.Helper()
		return w.peer.Token(t, map[string]any{"iss": w.own.URL()})
	}},
	{"issuer nobody trusts", "the issuer is not trusted", func(t *testing.T, _ *world) string {
		t.Helper()
		return issuertest.NewIssuer(t, "own-1").Token(t, nil)
	}},
	{"issuer with a slash at the end", "the issuer is not trusted", func(t *testing.T, w *world) string {
		t.Helper()
		return w.own.Token(t, map[string]any{"iss": w.own.URL() + "/"})
	}},
	{"no issuer", "the issuer is not trusted", claimed(map[string]any{"iss": nil})},
	{"issuers in a list", "malformed", claimed(map[string]any{"iss": []string{"https://a.example"}})},
	{"id token", "not an access token", claimed(map[string]any{"token_use": "id"})},
	{"no token_use", "not an access token", claimed(map[string]any{"token_use": nil})},
	{"no client", "the claims name no client", claimed(map[string]any{"client_id": nil})},
	{"expired", "expired", claimed(map[string]any{"exp": time.Now().Add(-time.Minute).Unix()})},
	{"no expiry", "a required claim is missing", claimed(map[string]any{"exp": nil})},
	{"expiry as text", "malformed", claimed(map[string]any{"exp": "never"})},
	{"expiry beyond all dates", "expired", claimed(map[string]any{"exp": -1e300})},
	{"not yet valid", "not valid yet", claimed(map[string]any{"nbf": time.Now().Add(time.Minute).Unix()})},
	{"issued in the future", "issued in the future", claimed(map[string]any{"iat": time.Now().Add(time.Minute).Unix()})},
	{"no key id", "the header names no key", headed(map[string]any{})},
	{"key id is a number", "the header names no key", headed(map[string]any{"kid": 7})},
	{"unknown key id", "unknown key id", headed(map[string]any{"kid": "../../own-1"})},
	{"critical extension", "the header asks for an extension", headed(map[string]any{"kid": "own-1", "crit": []string{"b64"}, "b64": false})},
	{"longer than 8 KiB", "longer than 8 KiB", claimed(map[string]any{"padding": strings.Repeat("a", MaxTokenBytes)})},
	{"nothing", "malformed", func(*testing.T, *world) string { return "" }},
	{"dots", "malformed", func(*testing.T, *world) string { return ".." }},
	{"garbage", "malformed", func(*testing.T, *world) string { return strings.Repeat("\x00.", 4000) }},
	{"four parts", "malformed", changed(func(parts []string) []string { return append(parts, parts[0]) })},
	{"encrypted token", "malformed", changed(func(parts []string) []string { return append(parts, parts[0], parts[1]) })},
	{"padded base64", "malformed", changed(func(parts []string) []string { return []string{parts[0] + "==", parts[1], parts[2]} })},
	{"same signature in another spelling", "malformed", changed(func(parts []string) []string {
		const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
		end := len(parts[2]) - 1
		// The last four bits of a 2048 bit signature are padding.
		sibling := alphabet[strings.IndexByte(alphabet, parts[2][end])+1]
		return []string{parts[0], parts[1], parts[2][:end] + string(sibling)}
	})},
	{"payload is a list", "malformed", changed(func(parts []string) []string { return []string{parts[0], encoded("[]"), parts[2]} })},
	{"payload is null", "the issuer is not trusted", changed(func(parts []string) []string { return []string{parts[0], encoded("null"), parts[2]} })},
}

func TestAttacks(t *testing.T) {
	w := newWorld(t)
	w.accepts(t, w.own.Token(t, nil))
	for _, a := range attacks {
		t.Run(a.name, func(t *testing.T) {
			token := a.token(t, w)
			w.refuses(t, token, a.reason)
		})
	}
}

func TestErrorsNeverHoldAPartOfTheToken(t *testing.T) {
	w := newWorld(t)
	for _, a := range attacks {
		token := a.token(t, w)
		_, err := w.verifier.Verify(t.Context(), token)
		require.Error(t, err, a.name)
		for part := range strings.SplitSeq(token, ".") {
			if len(part) > 2 {
				require.NotContains(t, err.Error(), part, a.name)
			}
		}
		require.NotContains(t, err.Error(), w.own.URL(), a.name)
	}
}

func TestFloodOfUnknownKeyIDsFetchesOnce(t *testing.T) {
	w := newWorld(t)
	w.accepts(t, w.own.Token(t, nil))
	require.Equal(t, 1, w.own.Requests())
	flood := func() {
		for i := range 500 {
			token := issuertest.Sign(t, jwt.SigningMethodHS256, []byte("x"), map[string]any{"kid": fmt.Sprint(i)}, w.own.Claims(nil))
			parts := strings.Split(token, ".")
			header, err := json.Marshal(map[string]string{"alg": "RS256", "kid": fmt.Sprint(i)})
			require.NoError(t, err)
			w.refuses(t, encoded(string(header))+"."+parts[1]+"."+parts[2], "unknown key id")
		}
	}
	flood()
	require.Equal(t, 1, w.own.Requests(), "the keys were fetched a moment ago")
	w.clock.Pass(refreshInterval)
	flood()
	require.Equal(t, 2, w.own.Requests())
	w.accepts(t, w.own.Token(t, nil))
}

func TestForgedTokensNeverChooseWhereToConnect(t *testing.T) {
	w := newWorld(t)
	stranger := issuertest.NewIssuer(t, "own-1")
	w.refuses(t, stranger.Token(t, nil), "the issuer is not trusted")
	require.Zero(t, stranger.Requests())
}
