package issuers

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/lambda/internal/issuers/issuertest"
)

func TestAPeerMayBeMissingUntilTheRegionsAreWired(t *testing.T) {
	w := newWorld(t)
	w.parameters.Set(peerName, "")
	w.accepts(t, w.own.Token(t, nil))
	w.refuses(t, w.peer.Token(t, nil), "the issuer is not trusted")

	w.parameters.Set(peerName, w.peer.Parameter(true))
	w.clock.Pass(parametersAge)
	w.eventually(t, func() bool {
		_, err := w.verifier.Verify(t.Context(), w.peer.Token(t, nil))
		return err == nil
	})
}

func TestAPeerThatIsRemovedIsNotTrustedAnyMore(t *testing.T) {
	w := newWorld(t)
	w.accepts(t, w.peer.Token(t, nil))
	w.parameters.Set(peerName, "")
	w.clock.Pass(parametersAge)
	w.eventually(t, func() bool {
		_, err := w.verifier.Verify(t.Context(), w.peer.Token(t, nil))
		return err != nil
	})
	w.refuses(t, w.peer.Token(t, nil), "the issuer is not trusted")
}

func TestAReplacedIssuerBringsItsOwnKeys(t *testing.T) {
	w := newWorld(t)
	w.accepts(t, w.own.Token(t, nil))
	replaced := issuertest.NewIssuer(t, "own-1")
	w.parameters.Set(ownName, replaced.Parameter(false))
	w.clock.Pass(parametersAge)
	w.eventually(t, func() bool {
		_, err := w.verifier.Verify(t.Context(), replaced.Token(t, nil))
		return err == nil
	})
	w.refuses(t, w.own.Token(t, nil), "the issuer is not trusted")
	require.Equal(t, 1, replaced.Requests())
}

func TestLastGoodIssuersAreKept(t *testing.T) {
	for name, breakIt := range map[string]func(*world){
		"unreachable": func(w *world) { w.parameters.Break(true) },
		"not JSON":    func(w *world) { w.parameters.Set(peerName, "{"); w.parameters.Set(ownName, "[]") },
		"no issuer":   func(w *world) { w.parameters.Set(peerName, `{"jwksUri":"https://a.example"}`) },
		"no https":    func(w *world) { w.parameters.Set(peerName, `{"issuer":"a","jwksUri":"http://a.example"}`) },
		"unusable snapshot": func(w *world) {
			w.parameters.Set(peerName, `{"issuer":"a","jwksUri":"https://a.example","keys":{"keys":[]}}`)
		},
		"own is gone": func(w *world) { w.parameters.Set(ownName, "") },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.accepts(t, w.own.Token(t, nil))
			breakIt(w)
			for round := range 3 {
				w.clock.Pass(parametersAge)
				w.eventually(t, func() bool {
					w.accepts(t, w.own.Token(t, nil))
					return w.parameters.Requests() >= 2+round
				})
				w.accepts(t, w.peer.Token(t, nil))
			}
		})
	}
}

func TestFailedReadsAreNotRepeatedAtOnce(t *testing.T) {
	w := newWorld(t)
	w.accepts(t, w.own.Token(t, nil))
	w.parameters.Break(true)
	w.clock.Pass(parametersAge)
	for range 100 {
		w.accepts(t, w.own.Token(t, nil))
	}
	w.eventually(t, func() bool { return w.parameters.Requests() == 2 })
	w.accepts(t, w.own.Token(t, nil))
	require.Never(t, func() bool { return w.parameters.Requests() > 2 }, 100*time.Millisecond, 10*time.Millisecond)
}

func TestWithoutParametersNothingCanBeSaid(t *testing.T) {
	for name, breakIt := range map[string]func(*world){
		"unreachable": func(w *world) { w.parameters.Break(true) },
		"own missing": func(w *world) { w.parameters.Set(ownName, "") },
		"own broken":  func(w *world) { w.parameters.Set(ownName, "{") },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			breakIt(w)
			_, err := w.verifier.Verify(t.Context(), w.peer.Token(t, nil))
			require.ErrorIs(t, err, ErrUnavailable)
			_, err = w.set.JWKS(t.Context())
			require.ErrorIs(t, err, ErrUnavailable)

			w.parameters.Break(false)
			w.parameters.Set(ownName, w.own.Parameter(false))
			w.clock.Pass(parametersFirstRetry)
			w.accepts(t, w.own.Token(t, nil))
		})
	}
}

// A flood of tokens, good or not, costs one call in each pause, also before
// anything was ever read: Parameter Store allows an account 40 calls a second.
func TestAFloodAsksParameterStoreOnceInEachPause(t *testing.T) {
	w := newWorld(t)
	w.parameters.Break(true)
	for range 1000 {
		_, err := w.verifier.Verify(t.Context(), "a.b.c")
		require.ErrorIs(t, err, ErrUnavailable)
	}
	require.Equal(t, 1, w.parameters.Requests())
	w.clock.Pass(parametersFirstRetry)
	for range 1000 {
		_, _ = w.verifier.Verify(t.Context(), "a.b.c")
	}
	require.Equal(t, 2, w.parameters.Requests())
}

// Lambda freezes a function once it has answered: what goes on in the background
// is never finished. Every renewal is over when its caller has its answer.
func TestNothingGoesOnAfterAnAnswer(t *testing.T) {
	w := newWorld(t)
	w.accepts(t, w.own.Token(t, nil))
	for range 5 {
		w.clock.Pass(max(parametersAge, liveAge))
		reads, fetches := w.parameters.Requests(), w.own.Requests()
		w.accepts(t, w.own.Token(t, nil))
		require.Equal(t, reads+1, w.parameters.Requests())
		require.Equal(t, fetches+1, w.own.Requests())
		time.Sleep(10 * time.Millisecond)
		require.Equal(t, reads+1, w.parameters.Requests())
		require.Equal(t, fetches+1, w.own.Requests())
	}
}

func TestWarmReadsWhatTheFirstRequestNeeds(t *testing.T) {
	w := newWorld(t)
	w.set.Warm(t.Context())
	reads, fetches := w.parameters.Requests(), w.own.Requests()
	w.accepts(t, w.own.Token(t, nil))
	require.Equal(t, reads, w.parameters.Requests())
	require.Equal(t, fetches, w.own.Requests())
}

func TestACallerWhoLeavesEndsItsOwnWaitOnly(t *testing.T) {
	w := newWorld(t)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := w.verifier.Verify(gone, w.own.Token(t, nil))
	require.ErrorIs(t, err, context.Canceled)
	require.NotErrorIs(t, err, ErrInvalid)
	w.eventually(t, func() bool {
		_, err := w.verifier.Verify(t.Context(), w.own.Token(t, nil))
		return err == nil
	})
	require.Equal(t, 1, w.own.Requests())
}

func ids(set JWKS) []string {
	list := []string{}
	for _, key := range set.Keys {
		list = append(list, key.ID)
	}
	return list
}

func TestJWKSIsTheUnionOfBothRegions(t *testing.T) {
	w := newWorld(t)
	set, err := w.set.JWKS(t.Context())
	require.NoError(t, err)
	require.Equal(t, []string{"own-1", "peer-1"}, ids(set))

	document, err := json.Marshal(set)
	require.NoError(t, err)
	keys, err := ParseJWKS(document)
	require.NoError(t, err)
	require.True(t, w.own.Private().PublicKey.Equal(keys["own-1"].Public))
	require.True(t, w.peer.Private().PublicKey.Equal(keys["peer-1"].Public))
	require.NotContains(t, string(document), `"d"`, "the private exponent must never be published")
}

func TestJWKSLeavesOutWhatCannotBeHad(t *testing.T) {
	w := newWorld(t)
	w.own.Die()
	set, err := w.set.JWKS(t.Context())
	require.NoError(t, err)
	require.Equal(t, []string{"peer-1"}, ids(set))

	w.parameters.Set(peerName, "")
	w.start()
	_, err = w.set.JWKS(t.Context())
	require.ErrorIs(t, err, ErrUnavailable)
}

func TestSplitNames(t *testing.T) {
	names, err := SplitNames(" /a/own , /a/peer,")
	require.NoError(t, err)
	require.Equal(t, []string{"/a/own", "/a/peer"}, names)
	for _, list := range []string{"", " , "} {
		_, err := SplitNames(list)
		require.ErrorContains(t, err, "ISSUER_PARAMETERS must name")
	}
}
