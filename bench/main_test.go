package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/internal/drill"
)

const printed = `goos: linux
BenchmarkFault/refused-2         	    5757	    229736 ns/op	    8200 B/op	      80 allocs/op
BenchmarkFault/hangs-2           	       1	2009051722 ns/op	    9000 B/op	      90 allocs/op
PASS
`

func TestReportedFindsTheBenchmarkAndTheUnit(t *testing.T) {
	for _, test := range []struct {
		name, unit string
		want       float64
	}{{"refused", "ns/op", 229736}, {"hangs", "ns/op", 2009051722}, {"hangs", "B/op", 9000}, {"", "B/op", 8200}} {
		got, err := reported(printed, test.name, test.unit)
		require.NoError(t, err)
		assert.InDelta(t, test.want, got, 0, test.name)
	}
	_, err := reported(printed, "slow", "ns/op")
	require.ErrorContains(t, err, `no benchmark "slow" reports ns/op`)
}

func TestPercentile(t *testing.T) {
	values := []float64{}
	for i := range 20 {
		values = append(values, float64(20-i))
	}
	assert.InDelta(t, 19, percentile(values, 0.95), 0)
	assert.InDelta(t, 20, percentile(values, 1), 0)
	assert.InDelta(t, 3, percentile([]float64{3}, 0.95), 0)
	assert.InDelta(t, 2, median([]float64{3, 1, 2}), 0)
}

func TestRatiosAreOfRunsThatFollowedEachOther(t *testing.T) {
	seconds := func(values ...int) []spent {
		taken := []spent{}
		for _, v := range values {
			taken = append(taken, spent{wall: time.Duration(v) * time.Second})
		}
		return taken
	}
	// The machine was half as fast while the second of each was measured.
	assert.InDelta(t, 1.5, medianRatio(seconds(3, 6, 3), seconds(2, 4, 2), wallOf), 1e-9)
}

func TestAMissedLimitIsMarked(t *testing.T) {
	assert.Contains(t, figure{"a", 2, "s", new(1.8)}.String(), "1.80  MISSED")
	assert.Contains(t, figure{"a", 1.8, "s", new(1.8)}.String(), "1.80  ok")
	assert.Contains(t, figure{"a", 1, "", new(0.0)}.String(), "0.00  MISSED")
	assert.NotContains(t, figure{"a", 1, "s", nil}.String(), "ok")
	text, err := json.Marshal(figure{"a", 1, "s", nil})
	require.NoError(t, err)
	assert.JSONEq(t, `{"name": "a", "value": 1, "unit": "s"}`, string(text))
}

func TestAnUnknownPartIsRefused(t *testing.T) {
	require.ErrorContains(t, run(options{}, []string{"synthesis", "sleep"}, false), `-only: there is no "sleep", there are functions, synthesis`)
}

func TestRunsThatProvedNothingDoNotCount(t *testing.T) {
	figures := recoveryOf("recovery", new(45.0), drill.Document{Runs: []drill.Result{
		{Verdict: drill.Pass, RTOSeconds: 40, Populations: []drill.Population{{RTOSeconds: 40}, {RTOSeconds: 46}}},
		{Verdict: drill.Inconclusive, RTOSeconds: 90},
		{Verdict: drill.Fail, RTOSeconds: 44},
	}})
	assert.Equal(t, figure{"recovery, p95 of 2 runs (1 more proved nothing)", 44, "s", new(45.0)}, figures[0])
	assert.Equal(t, figure{"recovery, p95 of 2 populations", 46, "s", new(45.0)}, figures[2])
}

func TestTwinsHaveTheSameResources(t *testing.T) {
	ours := map[string]int{"AWS::IAM::Role": 40, "AWS::S3::Bucket": 2}
	require.NoError(t, differing(ours, map[string]int{"AWS::IAM::Role": 38, "AWS::S3::Bucket": 2}))
	for _, theirs := range []map[string]int{
		{"AWS::IAM::Role": 37, "AWS::S3::Bucket": 2},
		{"AWS::IAM::Role": 40},
		{"AWS::IAM::Role": 40, "AWS::S3::Bucket": 2, "AWS::SQS::Queue": 1},
	} {
		require.ErrorContains(t, differing(ours, theirs), "the twin in bench/typescript has")
	}
}

// The twin is compared where its packages are installed, as `make bench` does.
func TestTheTwinIsOne(t *testing.T) {
	t.Chdir("..")
	if _, err := os.Stat(filepath.Join(twin, "node_modules")); err != nil {
		t.Skip("NOT TESTED: the twin's packages are not installed, which `make bench` does")
	}
	ctx, o := t.Context(), options{dir: t.TempDir()}
	ours, err := assemble(ctx, o, "standard", appContext{"aws:cdk:bundling-stacks": []string{}})
	require.NoError(t, err)
	theirs := filepath.Join(o.dir, "twin")
	context, err := exampleContext()
	require.NoError(t, err)
	_, _, err = command{dir: twin, environment: appContext{}.with(context).environment(theirs), words: []string{"npx", "tsx", "app.ts"}}.run(ctx)
	require.NoError(t, err)
	require.NoError(t, mustBeTwins(ours, theirs))
}
