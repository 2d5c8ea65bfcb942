package drill

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/internal/localcloud"
)

func objectRoutes(rate float64) []localcloud.Route {
	return []localcloud.Route{
		{Method: "PUT", Path: "/objects/{key+}", Scopes: []string{"objects/write"}, RatePerSecond: rate},
		{Method: "GET", Path: "/objects/{key+}", Scopes: []string{"objects/read"}, RatePerSecond: rate},
	}
}

func TestTheClientIsChosenByItsScopes(t *testing.T) {
	pair := localcloud.Pair{
		Routes:  objectRoutes(500),
		Clients: map[string]string{"a.reporting": "1", "b.partner": "2"},
		Scopes:  map[string][]string{"a.reporting": {"objects/read"}, "b.partner": {"objects/read", "objects/write"}},
	}
	s, err := subjectOf(pair)
	require.NoError(t, err)
	assert.Equal(t, "b.partner", s.clientID)
	assert.True(t, s.objects)
	assert.InDelta(t, 1, s.share, 0)

	delete(pair.Clients, "b.partner")
	_, err = subjectOf(pair)
	require.ErrorContains(t, err, "no machine client may read and write objects")
	_, err = subjectOf(localcloud.Pair{})
	require.ErrorContains(t, err, "no machine client")
}

func TestTheLoadStaysUnderTheThrottle(t *testing.T) {
	s, err := subjectOf(localcloud.Pair{
		Routes: objectRoutes(50), Clients: map[string]string{"c": "1"}, Scopes: map[string][]string{"c": {"objects/read", "objects/write"}},
	})
	require.NoError(t, err)
	assert.LessOrEqual(t, s.share*writers*ratePerWorker, 50.0)
	assert.Positive(t, s.share)
}

func TestAnotherAPIIsAskedWhatNeedsNoKnowledge(t *testing.T) {
	s, err := subjectOf(localcloud.Pair{
		Routes: []localcloud.Route{
			{Method: "GET", Path: "/quotes", Scopes: []string{"quotes/read"}},
			{Method: "GET", Path: "/quotes/{author}", Scopes: []string{"quotes/read"}},
			{Method: "GET", Path: "/admin", Scopes: []string{"quotes/admin"}},
			{Method: "GET", Path: "/status", Public: true},
			{Method: "POST", Path: "/quotes", Scopes: []string{"quotes/read"}},
		},
		Clients: map[string]string{"c": "1"}, Scopes: map[string][]string{"c": {"quotes/read"}},
	})
	require.NoError(t, err)
	assert.False(t, s.objects)
	assert.Equal(t, []string{"/quotes", "/status"}, s.paths)
}

func TestTheHistogramNamesWhatWasAnswered(t *testing.T) {
	samples := []sample{{kind: write, failed: true, err: "status 403"}, {kind: write, failed: true, err: "status 403"}, {kind: token, region: "eu-west-1"}}
	assert.Equal(t, "2 × write: status 403\n  1 × token: served by eu-west-1", histogram(samples))
	assert.Equal(t, "there were no answers", histogram(nil))
}
