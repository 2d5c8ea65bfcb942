package failover

import (
	"fmt"
	"sort"
	"time"
)

// Violation is a promise that was broken.
type Violation struct {
	At   time.Duration
	Text string
}

// Error implements error.
func (v Violation) Error() string { return fmt.Sprintf("after %s: %s", v.At, v.Text) }

// watch holds the answers against the promises.
type watch struct {
	schedule Schedule
	seen     bool
	primary  bool
}

func (w *watch) see(now time.Duration, primary bool) error {
	err := w.tooLate(now, primary)
	if err == nil && w.seen && primary != w.primary {
		err = w.tooEarly(now, primary)
	}
	w.seen, w.primary = true, primary
	return err
}

// detection is the longest time until failures of a kind are known. A request
// that is under way when they begin still ends well.
func (s Schedule) detection(mode FailureMode) time.Duration {
	_, most := mode.wait(latency)
	return latency + Detection(Check{Threshold: s.Threshold, Interval: s.Interval}, most, s.Aggregation)
}

// recovery is the longest time until the end of failures of a kind is known. A
// request that is under way at the end still fails.
func (s Schedule) recovery(mode FailureMode) time.Duration {
	_, most := mode.wait(latency)
	return most + Detection(Check{Threshold: s.Threshold, Interval: s.Interval}, latency, s.Aggregation)
}

// burial is the longest time until it is known that the standby accepts no
// connection.
func (s Schedule) burial() time.Duration {
	_, most := s.SecondaryFails.waitToConnect(latency)
	return latency + Detection(StandbyCheck(nil), most, s.Aggregation)
}

// standby says since when it has accepted no connection, or whether it has
// accepted them for long enough that everybody knows.
func (s Schedule) standby(now time.Duration) (dead bool, since time.Duration, alive bool) {
	lost, since := isOn(s.Secondary, now)
	if s.SecondaryFails.accepts() || len(s.Secondary) == 0 || now < s.Secondary[0] {
		return false, 0, true
	}
	_, most := s.SecondaryFails.waitToConnect(latency)
	return lost, since, !lost && now-since > most+Detection(StandbyCheck(nil), latency, s.Aggregation)
}

// tooLate holds what is answered now against what has been true for long.
func (w *watch) tooLate(now time.Duration, primary bool) error {
	s := w.schedule
	down, since := isOn(s.Primary, now)
	asked, askedSince := isOn(s.Takeover, now)
	lost, lostSince := isOn(s.Secondary, now)
	// A switch that is off answers with an error.
	turnedOn := max(s.recovery(Fails), s.recovery(s.SecondaryFails))
	turnedOff := max(s.detection(Fails), s.detection(s.SecondaryFails))
	dead, deadSince, alive := s.standby(now)
	switch {
	case !primary && dead && now-deadSince > s.burial():
		return Violation{now, "the standby is answered and has accepted no connection since " + deadSince.String()}
	case primary && alive && down && now-since > s.detection(s.PrimaryFails):
		return Violation{now, "the primary is answered and has been down since " + since.String()}
	case primary && alive && asked && !lost && now-max(askedSince, lostSince) > turnedOn:
		return Violation{now, "the primary is answered and the standby was asked to take over at " + askedSince.String()}
	case !primary && !down && !asked && now-since > s.recovery(s.PrimaryFails) && now-askedSince > turnedOff:
		return Violation{now, "the standby is answered and the primary has been up since " + since.String()}
	}
	return nil
}

// tooEarly looks at a change of the answer: a checker needs Threshold requests
// in a row that meet the new state, one interval after the end of the other.
// That can be told only when all checkers agreed before, nobody has used the
// switch, and the standby accepts connections all the time.
func (w *watch) tooEarly(now time.Duration, primary bool) error {
	s := w.schedule
	toggles := sort.Search(len(s.Primary), func(i int) bool { return s.Primary[i] > now })
	// The primary goes down with every first and up with every second toggle.
	cause, settling := toggles-1, s.recovery(s.PrimaryFails)
	least, _ := s.PrimaryFails.wait(latency)
	if primary {
		least, settling = 0, s.detection(s.PrimaryFails)
	}
	if (cause%2 == 1) != primary {
		cause--
	}
	mortal := len(s.Secondary) > 0 && !s.SecondaryFails.accepts()
	if cause < 0 || mortal || len(s.Takeover) > 0 || cause > 0 && s.Primary[cause]-s.Primary[cause-1] <= settling {
		return nil
	}
	began := s.Primary[cause]
	lastRequest := time.Duration(s.Threshold-1) * (s.Interval + least)
	if now-began < lastRequest+least+s.Aggregation {
		return Violation{now, "the answer changed too early for what began at " + began.String()}
	}
	if cause < toggles-1 && s.Primary[toggles-1]-began < lastRequest {
		return Violation{now, fmt.Sprintf("the answer changed for what lasted from %s to %s only", began, s.Primary[toggles-1])}
	}
	return nil
}
