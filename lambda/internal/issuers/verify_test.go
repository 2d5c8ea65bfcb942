package issuers

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestTokensOfBothRegionsAreAccepted(t *testing.T) {
	w := newWorld(t)
	for name, text := range map[string]string{
		w.own.URL():  w.own.Token(t, map[string]any{"scope": "objects/read  objects/write"}),
		w.peer.URL(): w.peer.Token(t, map[string]any{"scope": "objects/read  objects/write"}),
	} {
		token, err := w.verifier.Verify(t.Context(), text)
		require.NoError(t, err)
		require.Equal(t, name, token.Issuer)
		require.Equal(t, "app-client", token.ClientID)
		require.Equal(t, []string{"objects/read", "objects/write"}, token.Scopes)
		require.Equal(t, w.clock.Now().Add(time.Hour).Unix(), token.ExpiresAt.Unix())
		require.True(t, token.Has("objects/admin", "objects/write"))
		require.False(t, token.Has("objects/admin", "objects"))
	}
}

func TestScopesMayBeMissing(t *testing.T) {
	w := newWorld(t)
	token, err := w.verifier.Verify(t.Context(), w.own.Token(t, map[string]any{"scope": nil}))
	require.NoError(t, err)
	require.Empty(t, token.Scopes)
	require.False(t, token.Has("objects/read"))
	require.False(t, token.Has(""))
}

func TestTokensOfADeadRegionAreAcceptedWithoutANetworkCall(t *testing.T) {
	w := newWorld(t)
	token := w.peer.Token(t, nil)
	w.peer.Die()
	w.accepts(t, token)
	require.Zero(t, w.peer.Requests())
	w.clock.Pass(2 * time.Hour)
	w.refuses(t, token, "expired")
}

func TestTheOwnIssuerMayDieAfterItsKeysWereFetched(t *testing.T) {
	w := newWorld(t)
	w.accepts(t, w.own.Token(t, nil))
	w.own.Die()
	for range 4 {
		w.clock.Pass(2 * liveAge)
		w.accepts(t, w.own.Token(t, nil))
	}
}

func TestClocksMayDifferALittle(t *testing.T) {
	w := newWorld(t)
	w.accepts(t, w.own.Token(t, map[string]any{"iat": w.clock.Now().Add(20 * time.Second).Unix()}))
	w.accepts(t, w.own.Token(t, map[string]any{"exp": w.clock.Now().Add(-20 * time.Second).Unix()}))
}

func TestVerifierIsSafeForConcurrentUse(t *testing.T) {
	w := newWorld(t)
	own, peer := w.own.Token(t, nil), w.peer.Token(t, nil)
	var group sync.WaitGroup
	for range 32 {
		group.Go(func() {
			for _, token := range []string{own, peer} {
				if _, err := w.verifier.Verify(t.Context(), token); err != nil {
					t.Errorf("verify: %v", err)
				}
			}
		})
	}
	group.Wait()
	require.Equal(t, 1, w.own.Requests(), "all share one fetch")
	require.Equal(t, 1, w.parameters.Requests(), "all share one read")
}
