package drill

import (
	"time"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/internal/guard"
)

// What a fault should do to the clients. Not every fault is a reason to move them:
// moving would not mend what comes from load, and instances that are warm go on
// without what they needed to start.
type effect struct {
	// stays is true when the clients must stay where they are.
	stays bool
	// moved is what to say when they do not stay.
	moved string
	// unharmed is true when no request may fail.
	unharmed bool
	// lasts is true when requests fail until the service is back, since a health
	// check that sees it would move clients for what a failover does not mend.
	lasts bool
	// noticed is how long health functions take at most to notice, in real time.
	noticed time.Duration
	// judged is how long the guard takes at most to find the traffic bad.
	judged time.Duration
}

// keyAge is how long a health function relies on what KMS answered.
const keyAge = 15 * time.Second

// pointless is what to say of clients that were moved for nothing.
const pointless = "the clients were moved, which does not mend a fault of this kind"

// after returns what is noticed by health functions within a time, and moves the
// clients.
func after(noticed time.Duration) func(circumstances) effect {
	return func(circumstances) effect { return effect{noticed: noticed} }
}

// atTheFrontDoor is what only clients meet, and health checks that are clients.
func atTheFrontDoor(c circumstances) effect {
	if c.depth == contract.HealthAPI {
		return effect{noticed: healthCache}
	}
	return effect{stays: true, moved: pointless, lasts: true}
}

// atTheStart is what only instances that start need, and is a reason to move the
// clients where a health check gets new tokens.
func atTheStart(c circumstances) effect {
	if c.cold && c.depth == contract.HealthAPI {
		return effect{noticed: healthCache}
	}
	return effect{stays: true, moved: pointless, unharmed: !c.cold, lasts: c.cold}
}

// unlessWarm is what only instances that start need, and health functions look at.
func unlessWarm(c circumstances) effect {
	return effect{stays: !c.cold, moved: pointless, unharmed: !c.cold, noticed: healthCache}
}

// grayErrors and grayLatency are seen by nobody but clients, and move them where the
// guard has a rule for that. A health check that is a client meets some of the errors:
// whether it moves anybody is up to chance.
func grayErrors(c circumstances) effect {
	if c.depth == contract.HealthAPI && !c.grayErrors {
		return effect{lasts: true}
	}
	return whenWatched(c.grayErrors)
}

func grayLatency(c circumstances) effect { return whenWatched(c.grayLatency) }

func whenWatched(watched bool) effect {
	if watched {
		return effect{judged: guard.GrayDetection}
	}
	return effect{stays: true, moved: "the clients were moved, and no rule says that bad traffic is a reason", lasts: true}
}
