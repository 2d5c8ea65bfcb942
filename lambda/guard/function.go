package main

import (
	"context"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/internal/guard"
	"github.com/regionpair/regionpair/lambda/internal/logging"
	"github.com/regionpair/regionpair/lambda/internal/metric"
)

// region is what the guard can do in a Region.
type region struct {
	ssm    *ssm.Client
	s3     *s3.Client
	bucket string
}

type function struct {
	settings
	standby, primary region
	http             *http.Client
	metrics          *metric.Counter
	now              func() time.Time
	pause            func(context.Context, time.Duration)
}

// lookBudget is how long a look may take.
const lookBudget = 4 * time.Second

// event is one of the schedule, which has a time, or a call because clients have
// turned up in the standby.
type event struct {
	Time time.Time `json:"time"`
}

// answer says when the guard would look again, if its time were not over. AWS
// does not read it.
type answer struct {
	LookAgainSeconds int `json:"lookAgainSeconds,omitempty"`
}

// handle looks at the pair, and goes on looking until the next minute while
// something happens.
func (f *function) handle(ctx context.Context, e event) (answer, error) {
	var memory memory
	began := f.now()
	memory.scheduled = e.Time
	for {
		decision, err := f.look(ctx, &memory, began)
		if err != nil || !decision.Hurry {
			f.record(memory)
			return answer{}, err
		}
		if !f.hasTime(ctx) {
			f.record(memory)
			return answer{LookAgainSeconds: int(guard.HurriedInterval.Seconds())}, nil
		}
		f.pause(ctx, guard.HurriedInterval)
	}
}

// hasTime reports whether another look fits into the invocation.
func (f *function) hasTime(ctx context.Context) bool {
	deadline, limited := ctx.Deadline()
	return !limited || deadline.Sub(f.now()) > guard.HurriedInterval+lookBudget
}

// memory is what an invocation knows.
type memory struct {
	// scheduled time of the invocation; zero when clients have called it.
	scheduled time.Time
	document  document
	// readable says that the document is the one that is stored.
	readable bool
}

// look is one look, and what follows from it.
func (f *function) look(ctx context.Context, m *memory, began time.Time) (guard.Decision, error) {
	ctx, cancel := context.WithTimeout(ctx, lookBudget)
	defer cancel()
	f.recall(ctx, m)
	if !m.scheduled.IsZero() {
		m.document.Ahead = m.scheduled.Sub(began)
	}
	at := f.now().Add(m.document.Ahead)
	seen := f.see(ctx, &m.document, at)
	state, decision := f.rules.Next(m.document.State, seen)
	m.document.State = state
	logger := logging.From(ctx)
	for _, e := range decision.Events {
		logger.Warn("the guard is "+string(e.Phase), "reason", e.Reason, "primary", seen.Primary, "standby", seen.Standby, "clients", seen.Serving)
	}
	f.act(ctx, decision.Actions)
	if !m.readable {
		return decision, nil
	}
	return decision, f.write(ctx, m.document)
}

// recall reads what the guard remembers. While that cannot be read, it goes on
// with what it has just found out, if it keeps the primary out: a guard that
// could not read in the first place begins anew with each look.
func (f *function) recall(ctx context.Context, m *memory) {
	latched := m.document.Phase == guard.Latched
	stored, err := f.read(ctx)
	if m.readable = err == nil; !m.readable {
		logging.From(ctx).Error("read what the guard remembers", "error", err)
		if !latched {
			m.document.State = guard.State{}
		}
		return
	}
	if latched && stored.Phase != guard.Latched {
		return
	}
	m.document = stored
}

func (f *function) record(m memory) {
	value := map[bool]int{true: 1}
	f.metrics.Record(contract.MetricKeptOut, value[m.document.Phase == guard.Latched], f.now())
	f.metrics.Record(contract.MetricWaitsForPerson, value[m.document.Told], f.now())
}
