// Package metric writes what a function counts.
package metric

import (
	"encoding/json"
	"io"
	"sync"
	"time"

	"github.com/regionpair/regionpair/internal/contract"
)

// Counter writes numbers in CloudWatch's embedded metric format: log lines
// that become metrics, without a call to CloudWatch.
type Counter struct {
	out              io.Writer
	dimension, value string

	mu sync.Mutex
}

// NewCounter writes lines to out, the function's standard output. The metrics
// have one dimension, FunctionName.
func NewCounter(out io.Writer, functionName string) *Counter {
	return NewCounterOf(out, "FunctionName", functionName)
}

// NewCounterOf is NewCounter for metrics with another dimension.
func NewCounterOf(out io.Writer, dimension, value string) *Counter {
	return &Counter{out: out, dimension: dimension, value: value}
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

// Count adds one to the metric of [contract.MetricNamespace].
func (c *Counter) Count(name string, now time.Time) { c.Record(name, 1, now) }

// Record adds a value to the metric of [contract.MetricNamespace].
func (c *Counter) Record(name string, value int, now time.Time) {
	line, err := json.Marshal(map[string]any{
		"_aws": metricMetadata{
			Timestamp: now.UnixMilli(),
			CloudWatchMetrics: []metricDirective{{
				Namespace:  contract.MetricNamespace,
				Dimensions: [][]string{{c.dimension}},
				Metrics:    []metricDefinition{{Name: name, Unit: "Count"}},
			}},
		},
		c.dimension: c.value,
		name:        value,
	})
	if err != nil {
		// Only strings and numbers are ever written.
		panic(err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	_, _ = c.out.Write(append(line, '\n'))
}
