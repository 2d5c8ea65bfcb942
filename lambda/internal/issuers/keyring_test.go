package issuers

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/lambda/internal/issuers/issuertest"
)

func TestANewKeyIsFoundWhenItIsFirstUsed(t *testing.T) {
	for name, choose := range map[string]func(*world) *issuertest.Issuer{
		"own":  func(w *world) *issuertest.Issuer { return w.own },
		"peer": func(w *world) *issuertest.Issuer { return w.peer },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			issuer := choose(w)
			w.accepts(t, issuer.Token(t, nil))
			old := issuer.Token(t, nil)
			w.clock.Pass(refreshInterval)
			issuer.AddKey(t, "new")
			w.accepts(t, issuer.Token(t, nil))
			w.accepts(t, old)
		})
	}
}

func TestAWithdrawnKeyStopsBeingHonoured(t *testing.T) {
	w := newWorld(t)
	stolen := w.own.Token(t, map[string]any{"exp": w.clock.Now().Add(24 * time.Hour).Unix()})
	w.accepts(t, stolen)
	w.own.AddKey(t, "own-2")
	w.own.RemoveKey("own-1")
	w.clock.Pass(liveAge)
	w.eventually(t, func() bool {
		_, err := w.verifier.Verify(t.Context(), stolen)
		return err != nil
	})
	w.refuses(t, stolen, "unknown key id")
	w.accepts(t, w.own.Token(t, nil))
}

var garbage = map[string]http.HandlerFunc{
	"HTML":              text("<html>Service unavailable</html>"),
	"nothing":           text(""),
	"null":              text("null"),
	"no keys":           text(`{"keys":[]}`),
	"keys that are not": text(`{"keys":[1,"a",null,{"kty":"RSA","kid":"own-1","n":"AQAB","e":"AQAB"}]}`),
	"endless":           func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(strings.Repeat(" ", 1<<20))) },
	"server error":      func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) },
	"cut off": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		_, _ = w.Write([]byte("{"))
	},
}

func text(answer string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(answer)) }
}

func TestAPeerThatAnswersGarbageChangesNothing(t *testing.T) {
	for name, answer := range garbage {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			known := w.peer.Token(t, nil)
			w.peer.AddKey(t, "peer-2")
			w.peer.Answer(answer)
			w.refuses(t, w.peer.Token(t, nil), "unknown key id")
			require.Equal(t, 1, w.peer.Requests())
			w.accepts(t, known)
			w.accepts(t, w.own.Token(t, nil))
		})
	}
}

func TestAnIssuerWithoutKeysIsNoReasonToRefuse(t *testing.T) {
	for name, answer := range garbage {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			token := w.own.Token(t, nil)
			w.own.Answer(answer)
			_, err := w.verifier.Verify(t.Context(), token)
			require.ErrorIs(t, err, ErrUnavailable)
			require.NotErrorIs(t, err, ErrInvalid)

			w.own.Answer(nil)
			_, err = w.verifier.Verify(t.Context(), token)
			require.ErrorIs(t, err, ErrUnavailable, "a second attempt has to wait")
			w.clock.Pass(firstRetry)
			w.accepts(t, token)
		})
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	w := newWorld(t)
	elsewhere := issuertest.NewIssuer(t, "own-1")
	w.own.Answer(func(rw http.ResponseWriter, r *http.Request) {
		http.Redirect(rw, r, elsewhere.URL()+"/.well-known/jwks.json", http.StatusFound)
	})
	_, err := w.verifier.Verify(t.Context(), w.own.Token(t, nil))
	require.ErrorIs(t, err, ErrUnavailable)
	require.Zero(t, elsewhere.Requests())
}

func TestAnIssuerThatHangsIsGivenUp(t *testing.T) {
	w := newWorld(t)
	release := make(chan struct{})
	defer close(release)
	w.own.Answer(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-release:
		case <-r.Context().Done():
		}
	})
	start := time.Now()
	_, err := w.verifier.Verify(t.Context(), w.own.Token(t, nil))
	require.ErrorIs(t, err, ErrUnavailable)
	require.Less(t, time.Since(start), fetchTimeout+2*time.Second)
}

func TestKeyEndpointsNeedACertificateThatIsTrusted(t *testing.T) {
	w := newWorld(t)
	w.set = NewSet(SetProps{Parameters: w.parameters.Client(), Names: []string{ownName, peerName}})
	w.verifier = NewVerifier(w.set)
	_, err := w.verifier.Verify(t.Context(), w.own.Token(t, nil))
	require.ErrorIs(t, err, ErrUnavailable)
	require.ErrorContains(t, err, "certificate")
	require.Zero(t, w.own.Requests())
}

func TestTheClientKeepsNoConnectionThatTimedOut(t *testing.T) {
	var protocols []string
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { protocols = append(protocols, r.Proto) }))
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	client := NewHTTPClient()
	client.Transport.(*http.Transport).TLSClientConfig = server.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
	client.Transport.(*http.Transport).TLSClientConfig.NextProtos = nil
	response, err := client.Get(server.URL)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, []string{"HTTP/1.1"}, protocols)
}
