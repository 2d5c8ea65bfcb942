package main

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/internal/guard"
	"github.com/regionpair/regionpair/lambda/internal/logging"
	"github.com/regionpair/regionpair/lambda/internal/metric"
)

// region is what the guard can do in a Region.
type region struct {
	ssm        *ssm.Client
	s3         *s3.Client
	cloudwatch *cloudwatch.Client
	bucket     string
}

type function struct {
	settings
	standby, primary region
	http             *http.Client
	metrics          *metric.Counter
	now              func() time.Time
	pause            func(context.Context, time.Duration)
}

const (
	// seeBudget is how long a look at the pair may take.
	seeBudget = 4 * time.Second
	// writeBudget is how long each write that follows may take. A primary that hangs
	// must not use up the time in which the standby stores that it is kept out.
	writeBudget = time.Second
	// lookBudget covers the writes of the switch, the hold and the state, too.
	lookBudget = seeBudget + 3*writeBudget
)

// event is one of the schedule, which has a time, or one of the standby's health
// function, which has none: the primary does not look well.
type event struct {
	Time time.Time `json:"time"`
}

// answer says when the guard would look again, if its time were not over. AWS
// does not read it.
type answer struct {
	LookAgainSeconds int `json:"lookAgainSeconds,omitempty"`
}

// errOtherLooks ends an invocation that was woken: another one looks at the pair,
// or does so soon.
var errOtherLooks = errors.New("another invocation looks at the pair")

// handle looks at the pair, and goes on looking until the next minute while
// something happens.
func (f *function) handle(ctx context.Context, e event) (answer, error) {
	var memory memory
	began := f.now()
	if !e.Time.IsZero() && began.Sub(e.Time) > guard.Interval {
		// Lambda repeats an invocation that failed: a look that is late is none.
		return answer{}, nil
	}
	memory.scheduled = e.Time
	for {
		decision, err := f.look(ctx, &memory, began)
		if errors.Is(err, errOtherLooks) {
			return answer{}, nil
		}
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
	// scheduled time of the invocation; zero when it was woken.
	scheduled time.Time
	document  document
	// readable says that the document is the one that is stored.
	readable bool
	// kept says that the document was read and written since the invocation began.
	kept bool
	// lookedAt is when the invocation looked last.
	lookedAt time.Time
}

// look is one look, and what follows from it. Two invocations may look at once:
// the schedule does not wait for one that was woken. The look that ends first
// holds, and the other one decides nothing.
func (f *function) look(ctx context.Context, m *memory, began time.Time) (guard.Decision, error) {
	seeing, cancel := context.WithTimeout(ctx, seeBudget)
	defer cancel()
	woken := m.scheduled.IsZero()
	f.recall(seeing, m)
	if !woken {
		m.document.Ahead = m.scheduled.Sub(began)
	}
	at := f.now().Add(m.document.Ahead)
	if woken && m.otherLooks(at) {
		return guard.Decision{}, errOtherLooks
	}
	seen := f.see(seeing, &m.document, at)
	if m.readable && f.replaced(seeing, m.document) {
		if woken {
			return guard.Decision{}, errOtherLooks
		}
		return guard.Decision{Hurry: true}, nil
	}
	state, decision := f.rules.Next(m.document.State, seen)
	m.document.remember(state)
	m.lookedAt = at
	logger := logging.From(ctx)
	for _, e := range decision.Events {
		logger.Warn("the guard is "+string(e.Phase), "reason", e.Reason, "primary", seen.Primary, "standby", seen.Standby, "clients", seen.Serving)
	}
	f.act(ctx, decision.Actions)
	if !m.readable {
		return decision, nil
	}
	err := f.write(ctx, m.document)
	m.kept = m.kept || err == nil
	return decision, err
}

// otherLooks reports whether somebody has just looked, and it was not this
// invocation.
func (m *memory) otherLooks(at time.Time) bool {
	last := m.document.LastLook
	return !last.Equal(m.lookedAt) && at.Sub(last) < guard.WakeInterval
}

// recall reads what the guard remembers. While that cannot be read, it goes on
// with what it has just found out, if it keeps the primary out: a guard that
// could not read in the first place begins anew with each look. It also goes on
// with that when it could not be written, and nobody has looked since.
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
	if latched && stored.Phase != guard.Latched && !stored.LastLook.After(m.lookedAt) {
		m.document.version = stored.version
		return
	}
	m.document = stored
}

// record nothing of a guard that cannot remember: it is never armed, and the alarm on
// its silence must tell.
func (f *function) record(m memory) {
	if !m.kept {
		return
	}
	value := map[bool]int{true: 1}
	f.metrics.Record(contract.MetricKeptOut, value[m.document.Phase == guard.Latched], f.now())
	f.metrics.Record(contract.MetricWaitsForPerson, value[m.document.Told], f.now())
}
