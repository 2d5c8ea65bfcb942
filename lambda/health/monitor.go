package main

import (
	"context"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/lambda/internal/logging"
	"github.com/regionpair/regionpair/lambda/internal/metric"
)

const (
	// reportAge is how long a report is given to other callers: sixteen
	// checkers ask, the dependencies are asked once.
	reportAge = 5 * time.Second
	// answerTimeout bounds an answer: Route 53 waits two seconds.
	answerTimeout = 1500 * time.Millisecond
)

// report is the answer to a health check.
type report struct {
	Status string `json:"status"`
	Region string `json:"region"`
	// Held says that the Region is kept out, whatever its status.
	Held   bool    `json:"held,omitempty"`
	Checks []check `json:"checks,omitempty"`
}

// serves says whether clients may stay: a Region that is degraded serves, and one
// that is held does not.
func (r report) serves() bool { return r.Status != statusUnhealthy && !r.Held }

// monitorProps configures a [monitor].
type monitorProps struct {
	region  string
	probes  []*probe
	metrics *metric.Counter
	// Default: time.Now.
	now func() time.Time
}

// monitor runs the probes, at most once at a time and once in reportAge.
type monitor struct {
	monitorProps
	flight singleflight.Group

	mu     sync.Mutex
	last   report
	lastAt time.Time
}

func newMonitor(props monitorProps) *monitor {
	if props.now == nil {
		props.now = time.Now
	}
	return &monitor{monitorProps: props}
}

// report returns the newest report, or one with the reason "timeout" when the
// probes have not come back in time.
func (m *monitor) report(ctx context.Context) report {
	if recent, ok := m.recent(); ok {
		return recent
	}
	ctx, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	done := m.flight.DoChan("", func() (any, error) {
		// The probes are for all callers: one that leaves must not end them.
		return m.run(context.WithoutCancel(ctx)), nil
	})
	select {
	case result := <-done:
		return result.Val.(report)
	case <-ctx.Done():
		return report{Status: statusUnhealthy, Region: m.region, Checks: []check{{Name: "health", Status: statusUnhealthy, Reason: reasonTimeout}}}
	}
}

func (m *monitor) recent() (report, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.last, !m.lastAt.IsZero() && m.now().Sub(m.lastAt) < reportAge
}

func (m *monitor) run(ctx context.Context) report {
	checks := make([]check, len(m.probes))
	var group sync.WaitGroup
	for i, probe := range m.probes {
		group.Go(func() { checks[i] = probe.run(ctx) })
	}
	group.Wait()
	fresh := report{Status: worst(checks), Region: m.region, Checks: checks}
	if fresh.Status == statusDegraded {
		m.metrics.Count(contract.MetricDegraded, m.now())
	}
	m.keep(ctx, fresh)
	return fresh
}

func worst(checks []check) string {
	has := func(status string) bool {
		return slices.ContainsFunc(checks, func(c check) bool { return c.Status == status })
	}
	switch {
	case has(statusUnhealthy):
		return statusUnhealthy
	case has(statusDegraded):
		return statusDegraded
	}
	return statusHealthy
}

// keep stores the report and logs a change, once.
func (m *monitor) keep(ctx context.Context, fresh report) {
	m.mu.Lock()
	before := m.last
	m.last, m.lastAt = fresh, m.now()
	m.mu.Unlock()
	if before.Status == fresh.Status {
		return
	}
	logger := logging.From(ctx)
	for _, failed := range fresh.Checks {
		about := []any{"before", before.Status, "check", failed.Name, "status", failed.Status, "reason", failed.Reason, "error", failed.cause}
		switch {
		case failed.Status == statusHealthy:
		case fresh.Status == statusUnhealthy:
			logger.Error("the Region is unhealthy", about...)
		default:
			logger.Warn("the Region is degraded", about...)
		}
	}
	if fresh.Status == statusHealthy {
		logger.Info("the Region is healthy", "before", before.Status)
	}
}
