package services

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// Metrics holds what the services of a Region have measured, by the minute. It
// is safe for concurrent use.
type Metrics struct {
	now func() time.Time

	mu     sync.Mutex
	series map[string]map[time.Time]*sample
}

// sample sums up what was measured in one minute.
type sample struct{ count, sum, least, most float64 }

func newMetrics(now func() time.Time) *Metrics {
	return &Metrics{now: now, series: map[string]map[time.Time]*sample{}}
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
	minute := m.now().Truncate(time.Minute)
	m.mu.Lock()
	defer m.mu.Unlock()
	key := seriesKey(namespace, name, dimensions)
	if m.series[key] == nil {
		m.series[key] = map[time.Time]*sample{}
	}
	s := m.series[key][minute]
	if s == nil {
		s = &sample{least: value, most: value}
		m.series[key][minute] = s
	}
	s.count++
	s.sum += value
	s.least, s.most = min(s.least, value), max(s.most, value)
}

func (s *sample) statistic(name string) (float64, bool) {
	switch name {
	case "Sum":
		return s.sum, true
	case "Average":
		return s.sum / s.count, true
	case "Maximum":
		return s.most, true
	case "Minimum":
		return s.least, true
	case "SampleCount":
		return s.count, true
	}
	return 0, false
}

// point is a value of a statistic in one minute.
type point struct {
	at    time.Time
	value float64
}

// read returns the periods from start to before end, newest first.
func (m *Metrics) read(key, statistic string, period time.Duration, start, end time.Time) (points []point, known bool) {
	if _, known := (&sample{count: 1}).statistic(statistic); !known {
		return nil, false
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	periods := map[time.Time]*sample{}
	for minute, s := range m.series[key] {
		at := minute.Truncate(period)
		if at.Before(start.Truncate(period)) || !at.Before(end) {
			continue
		}
		if periods[at] == nil {
			periods[at] = &sample{least: s.least, most: s.most}
		}
		periods[at].add(*s)
	}
	for at, s := range periods {
		value, _ := s.statistic(statistic)
		points = append(points, point{at, value})
	}
	slices.SortFunc(points, func(a, b point) int { return b.at.Compare(a.at) })
	return points, true
}

func (s *sample) add(other sample) {
	s.count += other.count
	s.sum += other.sum
	s.least, s.most = min(s.least, other.least), max(s.most, other.most)
}
