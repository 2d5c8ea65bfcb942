package services

import (
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Metrics holds what the services of a Region have measured, by the minute. It
// is safe for concurrent use.
//
// Where time is scaled, what was measured is kept twice: by the minutes of people's
// clocks, and by those of schedules, which are ahead of them.
type Metrics struct {
	now, scaled func() time.Time

	mu     sync.Mutex
	series map[string]minutes
	ahead  map[string]minutes
}

type minutes map[time.Time]sample

// sample is what was measured in one minute, or in a longer period.
type sample []float64

func newMetrics(now func() time.Time) *Metrics {
	return &Metrics{now: now, series: map[string]minutes{}, ahead: map[string]minutes{}}
}

// Scale keeps what is measured by the minutes of another clock, too, which runs
// faster than that of people.
func (m *Metrics) Scale(clock func() time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.scaled = clock
}

// Dimensions of a metric.
type Dimensions map[string]string

func seriesKey(namespace, name string, dimensions Dimensions) string {
	parts := []string{namespace, name}
	for _, key := range slices.Sorted(maps.Keys(dimensions)) {
		parts = append(parts, key+"="+dimensions[key])
	}
	return strings.Join(parts, "\x00")
}

// Measure adds a value to the current minute.
func (m *Metrics) Measure(namespace, name string, dimensions Dimensions, value float64) {
	key := seriesKey(namespace, name, dimensions)
	m.mu.Lock()
	defer m.mu.Unlock()
	measure(m.series, key, m.now(), value)
	if m.scaled != nil {
		measure(m.ahead, key, m.scaled(), value)
	}
}

func measure(series map[string]minutes, key string, at time.Time, value float64) {
	if series[key] == nil {
		series[key] = minutes{}
	}
	minute := at.Truncate(time.Minute)
	series[key][minute] = append(series[key][minute], value)
}

func (s sample) sum() float64 {
	total := 0.0
	for _, value := range s {
		total += value
	}
	return total
}

func (s sample) statistic(name string) (float64, bool) {
	switch name {
	case "Sum":
		return s.sum(), true
	case "Average":
		return s.sum() / float64(len(s)), true
	case "Maximum":
		return slices.Max(s), true
	case "Minimum":
		return slices.Min(s), true
	case "SampleCount":
		return float64(len(s)), true
	}
	return s.percentile(name)
}

// percentile of a name such as "p99".
func (s sample) percentile(name string) (float64, bool) {
	text, isPercentile := strings.CutPrefix(name, "p")
	percent, err := strconv.ParseFloat(text, 64)
	if !isPercentile || err != nil || percent < 0 || percent > 100 {
		return 0, false
	}
	ordered := slices.Sorted(slices.Values(s))
	return ordered[max(0, int(math.Ceil(percent/100*float64(len(ordered))))-1)], true
}

// point is a value of a statistic in one minute.
type point struct {
	at    time.Time
	value float64
}

// soon is further ahead than the last period begins that anybody asks for whose clock
// is not scaled.
const soon = time.Minute

// read returns the periods from start to before end, newest first.
func (m *Metrics) read(key, statistic string, period time.Duration, start, end time.Time) (points []point, known bool) {
	if _, known := (sample{0}).statistic(statistic); !known {
		return nil, false
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	series := m.series
	if end.Add(-period).After(m.now().Add(soon)) {
		series = m.ahead
	}
	periods := minutes{}
	for minute, s := range series[key] {
		at := minute.Truncate(period)
		if at.Before(start.Truncate(period)) || !at.Before(end) {
			continue
		}
		periods[at] = append(periods[at], s...)
	}
	for at, s := range periods {
		value, _ := s.statistic(statistic)
		points = append(points, point{at, value})
	}
	slices.SortFunc(points, func(a, b point) int { return b.at.Compare(a.at) })
	return points, true
}
