package guard

import (
	"fmt"
	"slices"
	"time"
)

// Gray says which traffic of a green primary is that of a gray failure: its health
// checks pass, and its clients do not get what they ask for.
type Gray struct {
	// ErrorPercent of a minute's requests that are answered with 5xx make it bad;
	// 0 when no number does.
	ErrorPercent int
	// P99 of the latency of a minute's requests makes it bad; 0 when none does.
	P99 time.Duration
	// MinRequests of a minute that says anything.
	MinRequests int
}

// Minute is what API Gateway has measured in one minute.
type Minute struct {
	From             time.Time
	Requests, Errors int
	P99              time.Duration
}

// Minutes of traffic that decide.
const (
	// grayMinutes in a row are bad. An outage that is over makes minutes bad, too: one
	// that touches three of them has moved the clients, and a shorter one moves nobody.
	grayMinutes = 3
	// GrayWindow holds these minutes, and the time in which they are published.
	GrayWindow = 7 * time.Minute
)

// GrayDetection is how long the guard takes at most to find traffic bad: the rest of
// the minute in which that begins, three whole ones, their publication, and the minute
// until it looks.
const GrayDetection = 6 * time.Minute

// WatchesTraffic reports whether the traffic of the primary can decide anything: the
// guard would not use it otherwise, and asking for it costs money.
func (r Rules) WatchesTraffic(s State) bool { return r.Gray != nil && s.Phase == Armed }

// watchTraffic latches when a primary that is green, and has served well, fails its
// clients.
func (r Rules) watchTraffic(s *State, l Look, d *Decision) {
	if !r.WatchesTraffic(*s) {
		return
	}
	minutes := r.Gray.telling(l.Traffic, s.WatchedFrom)
	if len(minutes) < grayMinutes {
		return
	}
	last := minutes[len(minutes)-grayMinutes:]
	good := slices.DeleteFunc(slices.Clone(last), func(m Minute) bool { return r.Gray.badness(m) != "" })
	s.ServedWell = s.ServedWell || len(good) == grayMinutes
	atPrimary := l.Serving == AtPrimary || l.Serving == Hidden
	if !s.ServedWell || len(good) > 0 || !atPrimary || l.Primary != Green {
		return
	}
	how := r.Gray.badness(last[grayMinutes-1])
	r.latch(s, l, "the primary is healthy, and its clients are not served: "+how, d)
	s.Gray = how
}

// telling are the minutes with enough requests, since the guard has watched.
func (g Gray) telling(minutes []Minute, since time.Time) []Minute {
	return slices.DeleteFunc(slices.Clone(minutes), func(m Minute) bool { return m.Requests < g.MinRequests || m.From.Before(since) })
}

// badness is what is bad about a minute, or nothing.
func (g Gray) badness(m Minute) string {
	switch {
	case g.ErrorPercent > 0 && 100*m.Errors >= g.ErrorPercent*m.Requests:
		return fmt.Sprintf("%d of %d requests in a minute were answered with 5xx", m.Errors, m.Requests)
	case g.P99 > 0 && m.P99 >= g.P99:
		return fmt.Sprintf("the p99 of the latency was %s", m.P99.Round(time.Millisecond))
	}
	return ""
}
