package main_test

import (
	"encoding/json"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/internal/drill"
)

// TestAGrayFailureIsDrilled: the deployed guard reads the metrics of the primary's
// API, and moves the clients. Without its rule they stay where a share of their
// requests fails.
func TestAGrayFailureIsDrilled(t *testing.T) {
	t.Parallel()
	watched := filepath.Join(t.TempDir(), "watched")
	require.NoError(t, synthesize(watched, map[string]any{"health": map[string]any{"grayFailure": map[string]any{"enabled": true, "p99Milliseconds": 5000}}}))
	for assembly, moves := range map[string]bool{watched: true, hostAssembly: false} {
		got := regionpair(t, "drill", "--assembly", assembly, "--fault", "gray-errors,gray-latency", "--time-scale", "20", "--parallel", "2", "--json")
		require.Zero(t, got.exit, "%s", got.stderr)
		var document drill.Document
		require.NoError(t, json.Unmarshal([]byte(got.stdout), &document))
		require.Len(t, document.Runs, 2)
		for _, run := range document.Runs {
			assert.Equal(t, moves, run.MovedPopulations > 0, "%s: %s", run.Fault, got.stderr)
			assert.Equal(t, moves, run.DNSSwitchSeconds > 60, "a health check would be quicker: %s", got.stderr)
		}
	}
}
