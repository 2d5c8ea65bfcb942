package services

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Where time is scaled, functions that a schedule invokes ask for minutes that people
// have not come to yet, and people for periods that have not ended.
func TestScaledMinutesAreKeptBesideThoseOfPeople(t *testing.T) {
	began := time.Date(2026, 1, 2, 3, 4, 0, 0, time.UTC)
	now := began
	scaled := func() time.Time { return began.Add(10 * now.Sub(began)) }
	m := newMetrics(func() time.Time { return now })
	m.Scale(scaled)
	for range 60 {
		m.Measure("space", "Count", nil, 1)
		now = now.Add(time.Second)
	}
	sums := func(start, end time.Time, period time.Duration) []float64 {
		points, known := m.read(seriesKey("space", "Count", nil), "Sum", period, start, end)
		require.True(t, known)
		values := []float64{}
		for _, p := range points {
			values = append(values, p.value)
		}
		return values
	}
	end := scaled().Truncate(time.Minute)
	assert.Equal(t, []float64{6, 6, 6}, sums(end.Add(-3*time.Minute), end, time.Minute), "10 minutes of a schedule were one of people")
	assert.Equal(t, []float64{60}, sums(now.Add(-5*time.Minute), now.Add(time.Minute), time.Minute))
	assert.Equal(t, []float64{60}, sums(now.Add(-24*time.Hour), now.Add(time.Hour), time.Hour), "a period that has not ended")
}

func TestPercentiles(t *testing.T) {
	m := newMetrics(time.Now)
	for i := range 200 {
		m.Measure("space", "Latency", nil, float64(i+1))
	}
	for statistic, want := range map[string]float64{"p50": 100, "p99": 198, "p100": 200, "p0": 1} {
		points, known := m.read(seriesKey("space", "Latency", nil), statistic, 24*time.Hour, time.Now().Add(-24*time.Hour), time.Now().Add(time.Minute))
		require.True(t, known)
		require.NotEmpty(t, points)
		assert.InDelta(t, want, points[0].value, 0, statistic)
	}
	for _, statistic := range []string{"p", "p101", "tm99", "x"} {
		_, known := m.read("", statistic, time.Minute, time.Now(), time.Now())
		assert.False(t, known, statistic)
	}
}
