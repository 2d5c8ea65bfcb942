package failover

import (
	"fmt"
	"time"
)

// Engine holds the state of all checks and answers for all records. It is not
// safe for concurrent use.
type Engine struct {
	aggregation time.Duration
	checks      map[string]*checkState
	order       []string
	records     []Record
	pending     int // transitions that are not known yet
}

// checkState is what the checkers of a check have concluded.
type checkState struct {
	Check
	checkers []checkerState
	healthy  int // checkers that say so
	// visible is what records see; it follows the checkers after the
	// aggregation delay.
	visible bool
	pending []transition
}

type checkerState struct {
	healthy bool
	// streak counts answers in a row that contradict healthy.
	streak int
}

type transition struct {
	at      time.Time
	healthy bool
}

// Change is a check that became healthy or unhealthy.
type Change struct {
	// At is when the name servers knew.
	At time.Time
	// Check that changed.
	Check string
	// Healthy is the new state, after inversion.
	Healthy bool
}

// New returns an engine in the state of newly created checks: checkers believe
// in health until they know better, so an inverted check starts unhealthy. It
// returns an error when a record or a calculated check names an unknown check.
func New(checks []Check, records []Record, aggregation time.Duration) (*Engine, error) {
	e := &Engine{aggregation: aggregation, checks: map[string]*checkState{}, records: records}
	for _, c := range checks {
		s := &checkState{Check: c, visible: true, checkers: make([]checkerState, c.Checkers()), healthy: c.Checkers()}
		for i := range s.checkers {
			s.checkers[i].healthy = true
		}
		e.checks[c.ID] = s
		e.order = append(e.order, c.ID)
	}
	for _, c := range checks {
		for _, child := range c.Children {
			if known, exists := e.checks[child]; !exists || known.Calculated() {
				return nil, fmt.Errorf("calculated check %s names %s, which is not an endpoint check", c.ID, child)
			}
		}
	}
	for _, r := range records {
		if _, exists := e.checks[r.Check]; r.Check != "" && !exists {
			return nil, fmt.Errorf("record %s %s names the unknown check %s", r.Name, r.SetIdentifier, r.Check)
		}
	}
	return e, nil
}

// Checks returns the checks that have checkers.
func (e *Engine) Checks() []Check {
	list := []Check{}
	for _, id := range e.order {
		if c := e.checks[id].Check; !c.Calculated() {
			list = append(list, c)
		}
	}
	return list
}

// Records returns all records.
func (e *Engine) Records() []Record { return e.records }

// Observe takes the answer one checker got: good means a status of 2xx or 3xx
// within the limits, or a connection where that is all that is asked for. Times
// must not go back.
func (e *Engine) Observe(now time.Time, check string, checker int, good bool) {
	s := e.checks[check]
	c := &s.checkers[checker]
	if good == c.healthy {
		c.streak = 0
		return
	}
	if c.streak++; c.streak < s.Threshold {
		return
	}
	before := s.agreed()
	c.healthy, c.streak = good, 0
	if good {
		s.healthy++
	} else {
		s.healthy--
	}
	if after := s.agreed(); after != before {
		s.pending = append(s.pending, transition{at: now.Add(e.aggregation), healthy: after})
		e.pending++
	}
}

// Opinions returns how many checkers of a check hold its endpoint for healthy,
// before inversion, and how many there are. A calculated check has none.
func (e *Engine) Opinions(check string) (healthy, checkers int) {
	s := e.checks[check]
	return s.healthy, len(s.checkers)
}

// agreed applies the 18 % rule.
func (s *checkState) agreed() bool {
	return float64(s.healthy) > HealthyShare*float64(len(s.checkers))
}

// Advance makes known what was concluded long enough ago, and returns what
// changed by it, calculated checks included.
func (e *Engine) Advance(now time.Time) []Change {
	var changes []Change
	for e.pending > 0 {
		next := e.earliest(now)
		if next == nil {
			break
		}
		e.pending--
		t := next.pending[0]
		before := e.snapshot()
		next.pending, next.visible = next.pending[1:], t.healthy
		for _, id := range e.order {
			if healthy := e.Healthy(id); healthy != before[id] {
				changes = append(changes, Change{At: t.at, Check: id, Healthy: healthy})
			}
		}
	}
	return changes
}

func (e *Engine) earliest(now time.Time) *checkState {
	var first *checkState
	for _, s := range e.checks {
		if len(s.pending) == 0 || s.pending[0].at.After(now) {
			continue
		}
		if first == nil || s.pending[0].at.Before(first.pending[0].at) {
			first = s
		}
	}
	return first
}

func (e *Engine) snapshot() map[string]bool {
	states := make(map[string]bool, len(e.order))
	for _, id := range e.order {
		states[id] = e.Healthy(id)
	}
	return states
}

// Healthy returns what the name servers know of a check. An empty id is
// healthy: a record without a check always is.
func (e *Engine) Healthy(check string) bool {
	if check == "" {
		return true
	}
	s := e.checks[check]
	if !s.Calculated() {
		return s.visible != s.Inverted
	}
	healthy := 0
	for _, child := range s.Children {
		if e.Healthy(child) {
			healthy++
		}
	}
	return (healthy >= s.HealthThreshold) != s.Inverted
}
