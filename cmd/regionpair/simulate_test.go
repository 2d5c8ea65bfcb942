package main_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/internal/simulate"
)

func TestSimulate(t *testing.T) {
	got := regionpair(t, "simulate", "--posture", "fast", "--fault", "blackhole", "--clients", "50000")
	require.Equal(t, 0, got.exit, got.stderr)
	assert.Contains(t, got.stdout, "fast: 10 s x 2, 16 checkers, TTL 5 s; fault blackhole")
	assert.Contains(t, got.stdout, "####")
	document := decode[simulate.Recovery](t, regionpair(t, "simulate", "--interval", "30s", "--threshold", "1", "--alias", "--clients", "50000", "--json").stdout)
	assert.Empty(t, document.Posture, "values of one's own")
	assert.InDelta(t, 60, document.TTLSeconds, 0)
	assert.Equal(t, 50000, document.Clients)
	wrong := regionpair(t, "simulate", "--interval", "15s", "--keep", "often", "--ttl", "5s", "--alias")
	assert.Equal(t, 2, wrong.exit)
	for _, want := range []string{"--alias and --ttl do not go together", `such as 5m=0.1, got "often"`, "the interval must be 10s or 30s, got 15s"} {
		assert.Contains(t, wrong.stderr, want)
	}
}
