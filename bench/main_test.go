package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
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
}

func TestAMissedLimitIsMarked(t *testing.T) {
	assert.Contains(t, figure{"a", 2, "s", 1.8}.String(), "1.80  MISSED")
	assert.Contains(t, figure{"a", 1.8, "s", 1.8}.String(), "1.80  ok")
	assert.NotContains(t, figure{"a", 1, "s", 0}.String(), "ok")
}
