package simulate

import (
	"fmt"
	"strings"
	"time"

	"github.com/regionpair/regionpair/internal/guard"
)

// History is what happened.
type History struct {
	Pair     Pair
	Schedule Schedule
	// Moves of the name servers' answer.
	Moves []Move
	// Turns of the guard.
	Turns []Turn
	// LockedOut is the longest time in which clients were sent to a standby
	// that could not serve them, while the primary could, and no person wanted that.
	LockedOut time.Duration
	// SentToTheDead is the longest time in which clients were sent to a standby
	// that accepted no connection.
	SentToTheDead time.Duration
	// Overruled says that the guard turned off what a person had turned on.
	Overruled bool
	// Requests of the clients, those that Failed, and StaleReads, which did not
	// show what the same client had written.
	Requests, Failed, StaleReads int

	atPrimary bool
	lockedFor time.Duration
	deadFor   time.Duration
	// upFor is how long the primary has been able to serve, but for outages that the
	// guard need not see, and downFor how long it has not.
	upFor, downFor time.Duration
	lines          []line
	end            conclusion
}

type line struct {
	at   time.Duration
	text string
}

// conclusion is how things are at the end.
type conclusion struct {
	atPrimary, switchOn, holdOn bool
	phase                       guard.Phase
}

// Move of the name servers' answer.
type Move struct {
	At        time.Duration
	ToPrimary bool
	// Behind is the age of the oldest acknowledged write that the Region has not
	// got to which clients move, and Missing how many these are.
	Behind  time.Duration
	Missing int
	// UpFor is how long the primary has been able to serve.
	UpFor time.Duration
	// StandbyDown and Takeover: why clients may move.
	StandbyDown, Takeover bool
}

// Turn of the guard from one phase to another, with what was true then.
type Turn struct {
	At    time.Duration
	Event guard.Event
	// Gray: the guard latched for what the clients of a healthy primary met.
	Gray bool
	// Behind, Failed and UpFor of the primary.
	Behind time.Duration
	Failed int
	UpFor  time.Duration
	// StandbyDown, and Takeover: a person's switch is on.
	StandbyDown, Takeover bool
}

func (h *History) add(at time.Duration, text string) { h.lines = append(h.lines, line{at, text}) }

// note looks at the world after a tick.
func (h *History) note(w *world) {
	if w.now == 0 {
		h.atPrimary = w.answer
	}
	h.countUp(w)
	if w.answer != h.atPrimary {
		h.atPrimary = w.answer
		to := &w.standby
		if w.answer {
			to = &w.primary
		}
		m := Move{
			At: w.now, ToPrimary: w.answer, Behind: to.behind(w.now), Missing: to.missing(), UpFor: h.upFor,
			StandbyDown: !w.is.standbyServes(), Takeover: w.toggle.owner == byPerson,
		}
		h.Moves = append(h.Moves, m)
		h.add(w.now, m.String())
	}
	h.lockedFor += tick
	if w.answer || w.is.standbyServes() || !w.primaryServes() || w.toggle.owner == byPerson {
		h.lockedFor = 0
	}
	h.LockedOut = max(h.LockedOut, h.lockedFor)
	h.deadFor += tick
	if w.answer || !w.is.standbyDown {
		h.deadFor = 0
	}
	h.SentToTheDead = max(h.SentToTheDead, h.deadFor)
}

// unseen outages are over before somebody looks: the standby's health function or,
// when that cannot wake it, the guard.
func (w *world) unseen() time.Duration {
	if w.is.flood || w.is.parameters {
		return guard.Interval
	}
	return guard.WakeInterval + guard.HurriedInterval
}

func (h *History) countUp(w *world) {
	h.upFor += tick
	h.downFor += tick
	switch {
	case w.primaryServes():
		h.downFor = 0
	case h.downFor > w.unseen():
		h.upFor = 0
	}
}

func (m Move) String() string {
	to := "standby"
	if m.ToPrimary {
		to = "primary"
	}
	return fmt.Sprintf("Route 53 answers the %s, where %d writes are missing, the oldest %s old; the primary has been up for %s", to, m.Missing, m.Behind, m.UpFor)
}

func (h *History) guard(w *world, event guard.Event, gray bool) {
	h.Turns = append(h.Turns, Turn{
		At: w.now, Event: event, Gray: gray, Behind: w.primary.behind(w.now), Failed: len(w.primary.failed), UpFor: h.upFor,
		StandbyDown: !w.is.standbyServes(), Takeover: w.toggle.owner == byPerson,
	})
	h.add(w.now, fmt.Sprintf("the guard is %s: %s", event.Phase, event.Reason))
}

func (h *History) finish(w *world) {
	h.end = conclusion{atPrimary: w.answer, switchOn: w.toggle.on(w.now), holdOn: w.hold.on(w.now), phase: w.guardian.stored.Phase}
}

// String is short enough to read.
func (h *History) String() string {
	var b strings.Builder
	fmt.Fprintln(&b, h.Schedule)
	for _, l := range h.lines {
		fmt.Fprintf(&b, "  %s %s\n", clock(l.at), l.text)
	}
	return b.String()
}
