package console

import "time"

// outage is a time in which requests of clients failed.
type outage struct {
	First, Restored time.Time
}

// outages finds out when clients are without service. As in the drill, that
// lasts from the first failed request to the first of a sustained run of
// successes.
type outages struct {
	sustained time.Duration

	current   *outage
	candidate time.Time
	last      *outage
}

// observe takes a request that began at a time.
func (o *outages) observe(start time.Time, failed bool) {
	switch {
	case failed && o.current == nil:
		o.current, o.candidate = &outage{First: start}, time.Time{}
	case failed && start.After(o.candidate):
		o.candidate = time.Time{}
	case !failed && o.current != nil && start.After(o.current.First):
		if o.candidate.IsZero() {
			o.candidate = start
		}
		if start.Sub(o.candidate) >= o.sustained {
			o.current.Restored = o.candidate
			o.last, o.current = o.current, nil
		}
	}
}
