package issuers

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/lambda/internal/issuers/issuertest"
)

const (
	ownName  = "/orders/issuers/own"
	peerName = "/orders/issuers/peer"
)

// world is this Region's issuer, its peer's, and what Parameter Store says of both.
type world struct {
	own, peer  *issuertest.Issuer
	parameters *issuertest.Parameters
	clock      *issuertest.Clock
	set        *Set
	verifier   *Verifier
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{own: issuertest.NewIssuer(t, "own-1"), peer: issuertest.NewIssuer(t, "peer-1"), clock: issuertest.NewClock()}
	w.own.Now, w.peer.Now = w.clock.Now, w.clock.Now
	w.parameters = issuertest.NewParameters(t, map[string]string{ownName: w.own.Parameter(false), peerName: w.peer.Parameter(true)})
	w.start()
	return w
}

// start is a new copy of the function, which knows nothing.
func (w *world) start() {
	client := NewHTTPClient()
	client.Transport = w.own.Transport()
	w.set = NewSet(SetProps{Parameters: w.parameters.Client(), Names: []string{ownName, peerName}, HTTP: client, Now: w.clock.Now})
	w.verifier = NewVerifier(w.set)
}

func (w *world) accepts(t testing.TB, token string) {
	t.Helper()
	_, err := w.verifier.Verify(t.Context(), token)
	require.NoError(t, err)
}

func (w *world) refuses(t testing.TB, token, reason string) {
	t.Helper()
	_, err := w.verifier.Verify(t.Context(), token)
	require.ErrorIs(t, err, ErrInvalid)
	require.EqualError(t, err, "invalid token: "+reason)
}

func (w *world) eventually(t testing.TB, condition func() bool) {
	t.Helper()
	require.Eventually(t, condition, 5*time.Second, 5*time.Millisecond)
}
