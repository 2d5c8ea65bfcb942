package guard

import (
	"time"

	"github.com/regionpair/regionpair/internal/contract"
)

// Mode says who lets a primary that has failed serve again.
type Mode = contract.FailbackMode

// Modes.
const (
	// Auto: Route 53 does, as soon as it is healthy. There is no guard.
	Auto = contract.FailbackAuto
	// Guarded: the guard does, as soon as it is fit.
	Guarded = contract.FailbackGuarded
	// Manual: a person does. The guard tells when it is fit.
	Manual = contract.FailbackManual
)

// Rules of the guard.
type Rules struct {
	Mode Mode
	// ArmAfter is how long both Regions must have been green before the guard
	// may latch: creation, updates and restarts are no failures.
	ArmAfter time.Duration
	// Recent is how long a red primary is remembered when clients turn up at
	// the standby.
	Recent time.Duration
	// BadLooks in a row latch where nobody can look where clients are.
	BadLooks int
	// Moves to the standby within MovesWithin latch, whatever the primary says.
	Moves       int
	MovesWithin time.Duration
	// StableFor is how long the primary must have been green before clients
	// return. It doubles with every further latch within a day, up to
	// MaxStable or StableFor, whichever is longer.
	StableFor, MaxStable time.Duration
	// MaxLag of replication in either direction when clients return.
	MaxLag time.Duration
	// Lease is how long a hold lasts that the guard does not renew. The guard is
	// in the standby: when the standby is lost, its hold on the primary must end.
	Lease time.Duration
	// Gray says what share of failed or slow requests is a failure of the primary,
	// although it is green; nil when none is.
	Gray *Gray
	// MaxGap between two looks; a streak does not outlive a longer one.
	MaxGap time.Duration
}

// Interval between two looks while nothing happens.
const Interval = time.Minute

// HurriedInterval between two looks while something does.
const HurriedInterval = 5 * time.Second

// DefaultRules returns the rules of a mode with their defaults.
func DefaultRules(mode Mode) Rules {
	return Rules{
		Mode:      mode,
		ArmAfter:  5 * time.Minute,
		Recent:    2 * time.Minute,
		BadLooks:  2,
		Moves:     2,
		StableFor: 3 * time.Minute, MaxStable: time.Hour,
		MovesWithin: 15 * time.Minute,
		MaxLag:      30 * time.Second,
		Lease:       5 * time.Minute,
		MaxGap:      150 * time.Second,
	}
}
