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

// Sleeps reports whether the guard has something to do with a primary that fails now,
// and has not looked for a while. Armed, it would miss an outage that is over before
// its next look: clients would go back, and nothing would have kept the primary out.
// Latched, it would take a primary that goes up and down for one that is stable.
func (m Memory) Sleeps(now time.Time) bool {
	return (m.Phase == Armed || m.Phase == Latched) && now.Add(m.Ahead).Sub(m.LastLook) >= WakeInterval
}
