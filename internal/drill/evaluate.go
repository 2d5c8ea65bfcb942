package drill

import (
	"slices"
	"time"
)

// result turns what was seen into figures and a verdict.
func (r *run) result() Result {
	samples, acks := r.recorder.snapshot()
	points := r.observer.all()
	scale := r.options.TimeScale
	failed, stale := countFailed(samplesFrom(samples, r.steady))
	requests := len(samplesFrom(samples, r.steady))
	p50, p99 := latencies(samplesFrom(samples, r.steady))
	result := Result{
		Fault: r.options.Fault, Seed: r.options.Seed, Cold: r.options.Cold, FaultAt: r.fault.UTC(), FailedRegion: r.pair.Primary.Name, SurvivingRegion: r.pair.Secondary.Name,
		RTOBoundSeconds: round(r.bound().Seconds()), Requests: requests, Errors: failed, StaleReads: stale,
		ErrorsOf:          failedByKind(samplesFrom(samples, r.steady)),
		RequestsPerSecond: round(ratePerSecond(samples, r.steady, r.fault)),
		P50Millis:         round(float64(p50.Microseconds()) / 1000), P99Millis: round(float64(p99.Microseconds()) / 1000),
		AcknowledgedWrites: len(acks), SplitBrainSeconds: equivalent(overlap(acks), scale), FencedSeconds: round(r.fenced.Seconds()),
		PermanentlyLost: r.verified.lost(), VerifiedKeys: r.verified.keys, Losses: r.verified.some(), UnknownWrites: r.load.ledger.count(unknown),
		EndedEarly: r.endedEarly, UnexpectedHosts: r.cloud.unexpectedHosts(), Pair: factsOf(r.pair), ReplicationLagSeconds: r.options.ReplicationLag.Seconds(),
	}
	if requests > 0 {
		result.ErrorRate = float64(int(1e4*float64(failed)/float64(requests)+0.5)) / 1e4
	}
	result.ErrorsInFault, _ = countFailed(samplesBetween(samples, r.fault, r.healed))
	result.LatenessSeconds = equivalent(lateness(points, r.fault, r.healed), scale)
	result.DataChecked = r.load.plan.ChecksData() && !r.endedEarly
	r.addTimes(&result, samples, points)
	result.UnreadableAtFailover, result.RPOSeconds = r.unread.count, r.unread.window
	result.Written = r.cloud.Written()
	r.addPopulations(&result, samples, points)
	r.addSeries(&result, samples, points)
	if !r.endedEarly {
		r.judge(&result)
	}
	return result
}

func samplesFrom(samples []sample, from time.Time) []sample {
	kept := make([]sample, 0, len(samples))
	for _, s := range samples {
		if !s.start.Before(from) {
			kept = append(kept, s)
		}
	}
	return kept
}

func failedByKind(samples []sample) map[string]int {
	failed := map[string]int{string(read): 0, string(write): 0, string(token): 0}
	for _, s := range samples {
		if s.failed {
			failed[string(s.kind)]++
		}
	}
	return failed
}

func (r *run) addTimes(result *Result, samples []sample, points []point) {
	scale := r.options.TimeScale
	result.DetectionSeconds, result.DNSSwitchSeconds = -1, -1
	if at, found := firstAfter(points, r.fault, func(p point) bool { return !p.healthy }); found {
		result.DetectionSeconds = equivalent(at.Sub(r.fault), scale)
	}
	at, left := r.switchedAt(points)
	if left {
		result.DNSSwitchSeconds = equivalent(at.Sub(r.fault), scale)
	}
	if left || r.endedEarly && r.movedPopulations(points) > 0 {
		result.FailbackSeconds = r.failback(points)
	}
	result.MovedSeconds = r.moved(samples)
	first, took, anyFailed := recovery(samplesBetween(samples, r.fault, r.done), r.fault, r.scaled(sustained))
	if !anyFailed {
		return
	}
	result.RTOSeconds = equivalent(took, scale)
	if took < 0 {
		result.RTOSeconds = -1
		return
	}
	r.addEvent(first, FirstFailure, "clients: the first request fails")
	r.addEvent(first.Add(took), Restored, "clients: service is restored")
}

// failback is how long clients took to return after the fault; -1 when they did not.
func (r *run) failback(points []point) float64 {
	back, found := firstAfter(points, r.healed, r.isBack)
	if !found {
		return -1
	}
	return equivalent(back.Sub(r.healed), r.options.TimeScale)
}

// moved is when the last client was answered by the surviving Region: recovery,
// for clients to whom every other answer is a failure.
func (r *run) moved(samples []sample) float64 {
	seen := samplesBetween(samples, r.fault, r.healed)
	for i := range seen {
		seen[i].failed = seen[i].failed || seen[i].region != "" && seen[i].region != r.pair.Secondary.Name
	}
	first, took, elsewhere := recovery(seen, r.fault, r.scaled(sustained))
	switch {
	case !elsewhere:
		return 0
	case took < 0:
		return -1
	}
	return equivalent(first.Add(took).Sub(r.fault), r.options.TimeScale)
}

func samplesBetween(samples []sample, from, to time.Time) []sample {
	kept := make([]sample, 0, len(samples))
	for _, s := range samples {
		if !s.start.Before(from) && s.start.Before(to) {
			kept = append(kept, s)
		}
	}
	return kept
}

func (r *run) addEvent(at time.Time, kind EventKind, text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events = append(r.events, timedEvent{at: at, kind: kind, text: text})
}

// isBack reports whether clients are where they were before the fault.
func (r *run) isBack(p point) bool {
	if r.pair.ActiveActive() {
		return p.anyAt(r.pair.Primary.Name)
	}
	return p.allAt(r.pair.Primary.Name)
}

// switchedAt is when the last clients were sent away from the Region that fails
// them; false when some were sent there until the end of the fault.
func (r *run) switchedAt(points []point) (time.Time, bool) {
	left, away := time.Time{}, false
	for _, p := range points {
		if p.at.Before(r.fault) || !p.at.Before(r.healed) || len(p.cached) == 0 {
			continue
		}
		switch here := p.anyAt(r.options.fault().failing(r.pair).Name); {
		case here:
			away = false
		case !away:
			left, away = p.at, true
		}
	}
	return left, away
}

// movedPopulations counts those that were sent elsewhere while the fault lasted
// than when it began.
func (r *run) movedPopulations(points []point) int {
	var before []string
	moved := map[int]bool{}
	for _, p := range points {
		switch {
		case p.at.Before(r.fault):
			before = p.cached
		case p.at.Before(r.healed):
			for i := range min(len(before), len(p.cached)) {
				moved[i] = moved[i] || p.cached[i] != "" && before[i] != "" && p.cached[i] != before[i]
			}
		}
	}
	count := 0
	for _, has := range moved {
		if has {
			count++
		}
	}
	return count
}

// addPopulations measures each population by itself.
func (r *run) addPopulations(result *Result, samples []sample, points []point) {
	inFault := samplesBetween(samples, r.fault, r.done)
	result.MovedPopulations = r.movedPopulations(points)
	for i := range max(1, r.load.site.populations) {
		own := slices.DeleteFunc(slices.Clone(inFault), func(s sample) bool { return s.population != i })
		one := Population{Number: i + 1, Requests: len(own)}
		one.Errors, _ = countFailed(own)
		if at, found := lastBefore(points, r.fault, i); found {
			one.Region = at
		}
		if _, took, failed := recovery(own, r.fault, r.scaled(sustained)); failed {
			one.RTOSeconds = -1
			if took >= 0 {
				one.RTOSeconds = equivalent(took, r.options.TimeScale)
			}
		}
		result.Populations = append(result.Populations, one)
	}
	r.inSurvivor = slices.DeleteFunc(samplesBetween(samples, r.fault, r.healed), func(s sample) bool { return !s.failed || s.region != r.pair.Secondary.Name })
	result.ErrorsInSurvivor = len(r.inSurvivor)
	for _, s := range samplesBetween(samples, r.steady, r.fault) {
		if !s.failed && s.region != r.pair.Secondary.Name && r.fault.Sub(s.start) <= max(time.Second, r.scaled(sustained)) {
			result.ServedBeforeFault++
		}
	}
}

// lastBefore is where a population was sent to last before a time.
func lastBefore(points []point, at time.Time, population int) (region string, found bool) {
	for _, p := range points {
		if !p.at.Before(at) {
			break
		}
		if population < len(p.cached) && p.cached[population] != "" {
			region, found = p.cached[population], true
		}
	}
	return region, found
}

func (r *run) addSeries(result *Result, samples []sample, points []point) {
	slot := r.scaled(2 * time.Second)
	result.BucketSeconds = equivalent(slot, r.options.TimeScale)
	count := int(r.done.Sub(r.steady)/slot) + 1
	series := make([]Bucket, count)
	for i := range series {
		series[i].Seconds = r.secondsFrom(r.fault, r.steady.Add(time.Duration(i)*slot))
	}
	at := func(t time.Time) (int, bool) {
		i := int(t.Sub(r.steady) / slot)
		return i, !t.Before(r.steady) && i < count
	}
	for _, s := range samples {
		i, inside := at(s.start)
		switch {
		case !inside:
		case s.failed:
			series[i].Errors++
		case s.region == r.pair.Secondary.Name:
			series[i].Secondary++
		case s.region == r.pair.Primary.Name:
			series[i].Primary++
		}
	}
	for _, p := range points {
		if i, inside := at(p.at); inside {
			series[i].Pending, series[i].Answer, series[i].Healthy = p.pending, p.answer, p.healthy
		}
	}
	result.Series = series
	r.mu.Lock()
	events := slices.Clone(r.events)
	r.mu.Unlock()
	slices.SortStableFunc(events, func(a, b timedEvent) int { return a.at.Compare(b.at) })
	for _, e := range events {
		result.Timeline = append(result.Timeline, Event{Seconds: r.secondsFrom(r.fault, e.at), Kind: e.kind, Text: e.text})
	}
}
