package issuers

import (
	"context"
	"encoding/json"
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

// The snapshot is renewed on a schedule: a key that the peer has withdrawn is
// gone with the next one, without a request that crosses Regions.
func TestAKeyThatThePeerHasWithdrawnGoesWithTheNextSnapshot(t *testing.T) {
	w := newWorld(t)
	stolen := w.peer.Token(t, map[string]any{"exp": w.clock.Now().Add(24 * time.Hour).Unix()})
	w.accepts(t, stolen)
	require.Zero(t, w.peer.Requests())
	w.peer.AddKey(t, "peer-2")
	w.peer.RemoveKey("peer-1")
	w.parameters.Set(peerName, w.peer.Parameter(true))
	w.clock.Pass(parametersAge)
	w.accepts(t, w.peer.Token(t, nil))
	require.Zero(t, w.peer.Requests())
	w.refuses(t, stolen, "unknown key id")
}

// Once the peer has not answered, all that is known of it counts, until the next
// snapshot says what does.
func TestAFailedFetchKeepsNoKeyThatThePeerHasWithdrawn(t *testing.T) {
	w := newWorld(t)
	stolen := w.peer.Token(t, map[string]any{"exp": w.clock.Now().Add(24 * time.Hour).Unix()})
	w.peer.AddKey(t, "peer-2")
	w.accepts(t, w.peer.Token(t, nil))
	w.clock.Pass(refreshInterval)
	w.peer.Answer(garbage["server error"])
	w.peer.AddKey(t, "peer-3")
	_, err := w.verifier.Verify(t.Context(), w.peer.Token(t, nil))
	require.ErrorIs(t, err, ErrUnavailable)
	w.accepts(t, stolen)

	w.peer.Answer(nil)
	w.peer.RemoveKey("peer-1")
	w.parameters.Set(peerName, w.peer.Parameter(true))
	w.clock.Pass(parametersAge)
	w.accepts(t, w.peer.Token(t, nil))
	w.refuses(t, stolen, "unknown key id")
}

// A snapshot that is read after a fetch may have been taken before it.
func TestAnOlderSnapshotTakesNoNewKeyAway(t *testing.T) {
	w := newWorld(t)
	w.peer.AddKey(t, "peer-2")
	w.accepts(t, w.peer.Token(t, nil))
	w.clock.Pass(refreshInterval)
	older := w.peer.Parameter(true)
	w.clock.Pass(refreshInterval)
	w.peer.AddKey(t, "peer-3")
	token := w.peer.Token(t, map[string]any{"exp": w.clock.Now().Add(24 * time.Hour).Unix()})
	w.accepts(t, token)
	w.peer.Die()
	w.parameters.Set(peerName, older)
	w.clock.Pass(2 * liveAge)
	w.accepts(t, token)
}

// A new key of the peer is fetched once, counts while the peer answers, and
// outlives the peer.
func TestANewKeyOfThePeerOutlivesThePeer(t *testing.T) {
	w := newWorld(t)
	w.peer.AddKey(t, "peer-2")
	token := w.peer.Token(t, map[string]any{"exp": w.clock.Now().Add(24 * time.Hour).Unix()})
	w.accepts(t, token)
	require.Equal(t, 1, w.peer.Requests())
	w.peer.Die()
	w.clock.Pass(2 * liveAge)
	w.accepts(t, token)
}

// Whoever presents unknown keys of an issuer that does not answer is neither
// good nor bad, and must not be told to get another token.
func TestAnUnknownKeyOfADeadIssuerIsLeftUndecided(t *testing.T) {
	w := newWorld(t)
	w.peer.AddKey(t, "peer-2")
	token := w.peer.Token(t, nil)
	w.peer.Die()
	_, err := w.verifier.Verify(t.Context(), token)
	require.ErrorIs(t, err, ErrUnavailable)
}

// usable is a key set that only its surroundings make unacceptable.
var usable = `{"keys":[{"kty":"RSA","kid":"own-1","n":"` + modulus(2048, 1) + `","e":"AQAB"},{"kty":"RSA","kid":"peer-2","n":"` + modulus(2048, 1) + `","e":"AQAB"}]}`

var garbage = map[string]http.HandlerFunc{
	"HTML":              text("<html>Service unavailable</html>"),
	"nothing":           text(""),
	"null":              text("null"),
	"no keys":           text(`{"keys":[]}`),
	"keys that are not": text(`{"keys":[1,"a",null,{"kty":"RSA","kid":"own-1","n":"AQAB","e":"AQAB"}]}`),
	"endless":           text(usable + strings.Repeat(" ", 1<<20)),
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
			_, err := w.verifier.Verify(t.Context(), w.peer.Token(t, nil))
			require.ErrorIs(t, err, ErrUnavailable, "nobody can say whether the peer has such a key")
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

func TestACallerWhoLeavesDoesNotEndTheFetch(t *testing.T) {
	w := newWorld(t)
	require.NoError(t, w.set.Load(t.Context()))
	token := w.own.Token(t, nil)
	release, started := make(chan struct{}), make(chan struct{})
	w.own.Answer(func(rw http.ResponseWriter, _ *http.Request) {
		close(started)
		<-release
		w.own.Answer(nil)
		_ = json.NewEncoder(rw).Encode(w.own.JWKS())
	})
	ctx, leave := context.WithCancel(t.Context())
	left := make(chan error)
	go func() {
		_, err := w.verifier.Verify(ctx, token)
		left <- err
	}()
	<-started
	leave()
	err := <-left
	require.ErrorIs(t, err, ErrUnavailable)
	require.ErrorIs(t, err, context.Canceled)
	close(release)
	w.accepts(t, token)
	require.Equal(t, 1, w.own.Requests())
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
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, nil)
	require.NoError(t, err)
	response, err := client.Do(request)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, []string{"HTTP/1.1"}, protocols)
}
