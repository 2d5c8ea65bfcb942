package drill

import (
	"slices"
	"time"
)

// sustained is how long every request must succeed for the service to count
// as restored.
const sustained = 10 * time.Second

// recovery returns the first failed request at or after the fault and the time
// from it until a sustained run of successes began. A run is sustained when no
// request that began within it failed. It returns false when none failed, and
// a negative duration when the service never came back.
func recovery(samples []sample, fault time.Time, run time.Duration) (first time.Time, took time.Duration, failed bool) {
	ordered := slices.Clone(samples)
	slices.SortFunc(ordered, func(a, b sample) int { return a.start.Compare(b.start) })
	var lastFailure, candidate time.Time
	for _, s := range ordered {
		if s.start.Before(fault) {
			continue
		}
		switch {
		case s.failed:
			if !failed {
				first, failed = s.start, true
			}
			lastFailure, candidate = s.start, time.Time{}
		case failed && candidate.IsZero():
			candidate = s.start
		case failed && s.start.Sub(candidate) >= run:
			return first, candidate.Sub(first), true
		}
	}
	if !failed {
		return time.Time{}, 0, false
	}
	if len(ordered) > 0 && !candidate.IsZero() && ordered[len(ordered)-1].start.Sub(lastFailure) >= run/2 {
		return first, candidate.Sub(first), true
	}
	return first, -1, true
}

// latencies returns two quantiles of the successful requests.
func latencies(samples []sample) (p50, p99 time.Duration) {
	took := []time.Duration{}
	for _, s := range samples {
		if !s.failed {
			took = append(took, s.end.Sub(s.start))
		}
	}
	if len(took) == 0 {
		return 0, 0
	}
	slices.Sort(took)
	at := func(q float64) time.Duration { return took[min(len(took)-1, int(q*float64(len(took))))] }
	return at(0.50), at(0.99)
}

// overlapSlot is the time within which writes in both Regions count as made at once.
const overlapSlot = 100 * time.Millisecond

// overlap returns for how long both Regions acknowledged writes: the number of
// slots in which both did, times their length.
func overlap(acks []ack) time.Duration {
	regions := map[int64]string{}
	both := map[int64]bool{}
	for _, a := range acks {
		at := a.at.UnixNano() / int64(overlapSlot)
		if seen, exists := regions[at]; exists && seen != a.region {
			both[at] = true
		}
		regions[at] = a.region
	}
	return time.Duration(len(both)) * overlapSlot
}

// ratePerSecond of the requests that began between two times.
func ratePerSecond(samples []sample, from, to time.Time) float64 {
	count := 0
	for _, s := range samples {
		if !s.start.Before(from) && s.start.Before(to) {
			count++
		}
	}
	if !to.After(from) {
		return 0
	}
	return float64(count) / to.Sub(from).Seconds()
}

func countFailed(samples []sample) (failed, stale int) {
	for _, s := range samples {
		if s.failed {
			failed++
		}
		if s.stale {
			stale++
		}
	}
	return failed, stale
}
