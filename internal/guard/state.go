package guard

import "time"

// Phase of the guard.
type Phase string

// Phases.
const (
	// Watching: the pair has not been calm for long enough.
	Watching Phase = "watching"
	// Armed: a failover will latch.
	Armed Phase = "armed"
	// Latched: the primary is kept out.
	Latched Phase = "latched"
)

// State is what the guard remembers from look to look. The zero value is that
// of a guard that has seen nothing yet.
type State struct {
	Phase Phase `json:"phase"`
	// Since when, and why.
	Since    time.Time `json:"since,omitzero"`
	Reason   string    `json:"reason,omitempty"`
	LastLook time.Time `json:"lastLook,omitzero"`
	// CalmFrom and GreenFrom begin the streaks of looks that found the pair
	// calm and the primary green.
	CalmFrom  time.Time `json:"calmFrom,omitzero"`
	GreenFrom time.Time `json:"greenFrom,omitzero"`
	// RedAt and PersonAt are the last looks that did not find the primary
	// green, and that found something set by a person.
	RedAt    time.Time `json:"redAt,omitzero"`
	PersonAt time.Time `json:"personAt,omitzero"`
	// RedLooks counts looks at a primary that is not green, since Since.
	RedLooks int `json:"redLooks,omitempty"`
	// BadLooks and DeadLooks count looks in a row, an Interval apart, at a
	// primary that is not green and at a standby that is not.
	BadLooks  int       `json:"badLooks,omitempty"`
	DeadLooks int       `json:"deadLooks,omitempty"`
	CountedAt time.Time `json:"countedAt,omitzero"`
	// Serving is where clients were seen last; Moves are when they were first
	// seen at the standby, and Latches when the guard latched.
	Serving Place       `json:"serving,omitempty"`
	Moves   []time.Time `json:"moves,omitempty"`
	Latches []time.Time `json:"latches,omitempty"`
	// SwitchSeen says that the switch was found on since the guard latched.
	SwitchSeen bool `json:"switchSeen,omitempty"`
	// LettingGo says that what the guard has set is to be taken off.
	LettingGo bool `json:"lettingGo,omitempty"`
	// ServedWell says that the primary's traffic was good since the guard was armed,
	// has looked all the time, and found no fence. Without that, bad traffic says nothing
	// about the Region. Traffic before WatchedFrom does not count.
	WatchedFrom time.Time `json:"watchedFrom,omitzero"`
	ServedWell  bool      `json:"servedWell,omitempty"`
	// Gray is what was bad about the traffic when the guard latched although the primary
	// was green. That it is green again says nothing: only a person lets it serve.
	// Empty when the primary failed.
	Gray string `json:"gray,omitempty"`
	// Told says that somebody was told that the primary is fit.
	Told bool `json:"told,omitempty"`
}

// GreenFor is how long the primary had been green when the guard looked last.
func (s State) GreenFor() time.Duration {
	if s.GreenFrom.IsZero() {
		return 0
	}
	return s.LastLook.Sub(s.GreenFrom)
}

// first is the state of a guard that has none, because it is new or because it
// could not be read. When it finds that it keeps the primary out, it had
// latched. When it can find out nothing and clients are at the standby, they
// had better stay until it can.
func first(l Look) State {
	latched := func(reason string) State {
		return State{Phase: Latched, Since: l.At, Reason: reason, Latches: []time.Time{l.At}}
	}
	switch {
	case l.Switch == Guard, l.Hold == Guard:
		return latched("its state was lost, and what it has set was not")
	case l.Switch == Unknown && l.Serving == AtStandby:
		return latched("nothing can be read, and clients are at the standby")
	}
	return State{Phase: Watching, Since: l.At}
}

// Action is something to do, in this order.
type Action string

// Actions.
const (
	// SwitchOn makes the standby take over, in the guard's name.
	SwitchOn Action = "switch on"
	// HoldOn keeps the primary out for the lease.
	HoldOn Action = "hold on"
	// HoldOff and SwitchOff let the primary serve.
	HoldOff   Action = "hold off"
	SwitchOff Action = "switch off"
)

// Event is a change that people want to know about.
type Event struct {
	Phase  Phase
	Reason string
}

// Decision is what follows from a look.
type Decision struct {
	Actions []Action
	Events  []Event
	// Hurry asks for the next look after HurriedInterval.
	Hurry bool
}
