package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/internal/cost"
)

// oneKey is an assembly with one KMS key, $1 a month.
func oneKey(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"manifest.json": `{"version":"1","artifacts":{"keys":{"type":"aws:cloudformation:stack","environment":"aws://111122223333/eu-west-1","properties":{"templateFile":"keys.json"}}}}`,
		"keys.json":     `{"Resources":{"Key":{"Type":"AWS::KMS::Key","Properties":{"EnableKeyRotation":true}}}}`,
	} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	return dir
}

func runCost(t *testing.T, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	var out, log bytes.Buffer
	command := newRoot()
	command.SetOut(&out)
	command.SetErr(&log)
	command.SetArgs(append([]string{"cost", "--assembly", oneKey(t)}, args...))
	err = command.ExecuteContext(t.Context())
	return out.String(), log.String(), err
}

func TestCostPrintsATable(t *testing.T) {
	out, _, err := runCost(t)
	require.NoError(t, err)
	assert.Contains(t, out, "1.00  KMS: 1 key\n")
	assert.Contains(t, out, "1.00  dollars for an idle month")
	assert.Contains(t, out, "3.00  when every key has been rotated twice")
}

func TestCostIsAGate(t *testing.T) {
	_, _, err := runCost(t, "--max", "1")
	require.NoError(t, err)
	out, log, err := runCost(t, "--max", "0.99", "--json")
	require.ErrorIs(t, err, errMissed)
	assert.Equal(t, "An idle month costs $1.00, and --max is $0.99.\n", log)
	var report cost.Report
	require.NoError(t, json.Unmarshal([]byte(out), &report))
	assert.InDelta(t, 1, report.Monthly, 0)
	_, _, err = runCost(t, "--max", "0")
	require.EqualError(t, err, "--max must be more than 0 dollars, got 0")
}
