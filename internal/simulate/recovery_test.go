package simulate_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/internal/failover"
	"github.com/regionpair/regionpair/internal/simulate"
)

// What others have measured from the client's side, with the settings that they
// give, lies within what the simulation expects of nine in ten clients.
func TestRecoveryTimesContainPublicMeasurements(t *testing.T) {
	for _, measured := range []struct {
		who              string
		interval         time.Duration
		threshold        int
		ttl              time.Duration
		seconds          []float64
		leastP5, mostP95 float64
	}{
		{"Keycloak's benchmark of two sites, 30 s x 1, alias", 30 * time.Second, 1, failover.AliasTTL, []float64{57, 72}, 25, 95},
		{"a pair of load balancers, alias", 10 * time.Second, 3, failover.AliasTTL, []float64{83}, 25, 95},
	} {
		r, err := simulate.Recover(simulate.Outage{
			Interval: measured.interval, Threshold: measured.threshold, CheckerRegions: failover.CheckerRegions, TTL: measured.ttl, Fault: "crash", Clients: 200_000,
		})
		require.NoError(t, err)
		t.Logf("%s: %+v", measured.who, r.Recovery)
		for _, seconds := range measured.seconds {
			assert.LessOrEqual(t, r.Recovery.P5, seconds, measured.who)
			assert.GreaterOrEqual(t, r.Recovery.P95, seconds, measured.who)
		}
		assert.GreaterOrEqual(t, r.Recovery.P5, measured.leastP5, "an interval that contains everything says nothing")
		assert.LessOrEqual(t, r.Recovery.P95, measured.mostP95)
	}
}

func TestRecoveryTimesOfPostures(t *testing.T) {
	for _, test := range []struct {
		posture, fault string
		p95            float64
	}{
		{"standard", "crash", 43}, {"standard", "blackhole", 55}, {"fast", "crash", 28.5}, {"fast", "blackhole", 36.5},
	} {
		o, err := simulate.NewOutage(test.posture)
		require.NoError(t, err)
		o.Fault, o.Clients = test.fault, 100_000
		require.Empty(t, o.Validate())
		r, err := simulate.Recover(o)
		require.NoError(t, err)
		assert.InDelta(t, test.p95, r.Recovery.P95, 2, "%s, %s: %+v", test.posture, test.fault, r.Recovery)
		assert.GreaterOrEqual(t, r.Recovery.P5, r.Detection.P5)
		assert.Greater(t, r.WithinBound, 0.99, "the bound holds for clients that honour the TTL")
		again, err := simulate.Recover(o)
		require.NoError(t, err)
		assert.Equal(t, r, again, "a seed decides everything")
		sum := 0.0
		for _, s := range r.Distribution {
			sum += s.Share
		}
		assert.InDelta(t, 1, sum, 1e-9)
	}
}

func TestClientsThatKeepAnswersRecoverLater(t *testing.T) {
	o, err := simulate.NewOutage("standard")
	require.NoError(t, err)
	o.Clients, o.Keeps = 100_000, map[time.Duration]float64{5 * time.Minute: 0.1}
	r, err := simulate.Recover(o)
	require.NoError(t, err)
	assert.InDelta(t, 38, r.Recovery.P50, 5, "most are not concerned")
	assert.Greater(t, r.Recovery.P99, 200.0)
	assert.InDelta(t, 0.9, r.WithinBound, 0.02)
}

func TestAllClientsAreWithinTheBoundOnlyWhenTheyAre(t *testing.T) {
	r := simulate.Recovery{Clients: 1_000_000, IntervalSeconds: 10, Threshold: 3, TTLSeconds: 10, BoundSeconds: 45, WithinBound: 0.999996}
	assert.Contains(t, r.Text(), "99.99 % of the clients are served again within the bound of 45 s.")
	assert.Contains(t, r.Text(), "10 s x 3, 0 checkers, TTL 10 s; fault ; 1 000 000 clients")
	r.WithinBound = 1
	assert.Contains(t, r.Text(), "100.0 % of the clients")
}

func TestOutagesThatCannotBeSimulated(t *testing.T) {
	o := simulate.Outage{Interval: 15 * time.Second, Threshold: 11, Fault: "flood", Clients: 1, Keeps: map[time.Duration]float64{time.Minute: 1.5}}
	problems := o.Validate()
	require.Len(t, problems, 6)
	assert.EqualError(t, problems[0], "the interval must be 10s or 30s, got 15s")
	assert.EqualError(t, problems[3], `fault "flood" is unknown; there are crash, http-5xx, blackhole, slow`)
	_, err := simulate.NewOutage("slow")
	require.EqualError(t, err, `posture "slow" is unknown; there are standard, fast and economy`)
}
