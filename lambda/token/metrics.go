package main

import (
	"encoding/json"
	"io"
	"sync"
	"time"

	"github.com/regionpair/regionpair/internal/contract"
)

// metrics writes numbers in CloudWatch's embedded metric format: log lines
// that become metrics, without a call to CloudWatch.
type metrics struct {
	out          io.Writer
	functionName string

	mu sync.Mutex
}

type metricDefinition struct {
	Name string
	Unit string
}

type metricDirective struct {
	Namespace  string
	Dimensions [][]string
	Metrics    []metricDefinition
}

type metricMetadata struct {
	Timestamp         int64
	CloudWatchMetrics []metricDirective
}

// count adds one to the metric.
func (m *metrics) count(name string, now time.Time) {
	line, err := json.Marshal(map[string]any{
		"_aws": metricMetadata{
			Timestamp: now.UnixMilli(),
			CloudWatchMetrics: []metricDirective{{
				Namespace:  contract.MetricNamespace,
				Dimensions: [][]string{{"FunctionName"}},
				Metrics:    []metricDefinition{{Name: name, Unit: "Count"}},
			}},
		},
		"FunctionName": m.functionName,
		name:           1,
	})
	if err != nil {
		// Only strings and numbers are ever written.
		panic(err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	_, _ = m.out.Write(append(line, '\n'))
}
