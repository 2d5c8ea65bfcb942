package drill

import (
	"time"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/internal/localcloud"
)

// What a fault should do to the clients. Not every fault is a reason to move them:
// moving would not mend what comes from load, and instances that are warm go on
// without what they needed to start.
type effect struct {
	// stays is true when the clients must stay where they are.
	stays bool
	// unharmed is true when no request may fail.
	unharmed bool
	// lasts is true when requests fail until the service is back, since a health
	// check that sees it would move clients for what a failover does not mend.
	lasts bool
	// noticed is how long health functions take at most to notice, in real time.
	noticed time.Duration
}

// keyAge is how long a health function relies on what KMS answered.
const keyAge = 15 * time.Second

// effectOf returns what a fault should do. cold is true when no instance of a
// function is warm, depth is how much health checks look at.
func effectOf(fault string, cold bool, depth contract.HealthDepth) effect {
	seen := effect{noticed: healthCache}
	switch localcloud.Fault(fault) {
	case localcloud.S3, localcloud.Tokens, Takeover:
		return seen
	case localcloud.KMS:
		return effect{noticed: healthCache + keyAge}
	case localcloud.APIDead, localcloud.Certificate, localcloud.Mapping:
		if depth == contract.HealthAPI {
			return seen
		}
		// Nobody looks there.
		return effect{stays: true, lasts: true}
	case localcloud.Secrets, localcloud.Throttled:
		if cold && depth == contract.HealthAPI {
			return seen
		}
		return effect{stays: true, unharmed: !cold, lasts: cold}
	case localcloud.Parameters:
		return effect{stays: !cold, unharmed: !cold, noticed: healthCache}
	case BadDeploy:
		return effect{stays: true, unharmed: true}
	case Flap:
		return effect{stays: true}
	}
	return effect{}
}
