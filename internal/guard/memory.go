package guard

import "time"

// Memory is what the guard keeps in its parameter, as far as others read it.
type Memory struct {
	State
	// PrimaryHealth is where the primary's health is asked, also when its
	// parameter cannot be read any more.
	PrimaryHealth string `json:"primaryHealth,omitempty"`
	// Ahead is how far the schedule's clock is ahead of the function's.
	Ahead time.Duration `json:"ahead,omitempty"`
}

// WakeInterval is how long a guard that sleeps leaves the primary unobserved: the
// standby's health function looks at the primary as often. An outage that moves
// clients is longer.
const WakeInterval = 10 * time.Second

// SilentAfter is how long a guard may go without a look: its lease on the primary has
// ended then, and its alarm goes off.
const SilentAfter = 5 * time.Minute

// Silent reports whether the guard has looked at the pair once, and does not any more.
func (m Memory) Silent(now time.Time) bool {
	return !m.LastLook.IsZero() && now.Sub(m.LookedAt()) > SilentAfter
}

// LookedAt is when the guard looked last, by the clock of its function.
func (m Memory) LookedAt() time.Time { return m.LastLook.Add(-m.Ahead) }

// Sleeps reports whether the guard has something to do with a primary that fails now,
// and has not looked for a while. Armed, it would miss an outage that is over before
// its next look: clients would go back, and nothing would have kept the primary out.
// Latched, it would take a primary that goes up and down for one that is stable.
func (m Memory) Sleeps(now time.Time) bool {
	return (m.Phase == Armed || m.Phase == Latched) && now.Sub(m.LookedAt()) >= WakeInterval
}
