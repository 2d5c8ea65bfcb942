package regionpair

import (
	"cmp"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/internal/limits"
)

// Posture is a set of defaults: how soon a failed Region is noticed, and what
// noticing costs. Each value can still be given on its own.
type Posture = contract.Posture

const (
	// PostureStandard asks every 10 s, changes its mind after 3 answers, and
	// lets resolvers keep an answer for 10 s.
	PostureStandard Posture = contract.PostureStandard
	// PostureFast changes its mind after 2 answers, and lets resolvers keep an
	// answer for 5 s. A fault of less than about 15 s can move the clients.
	PostureFast Posture = contract.PostureFast
	// PostureEconomy asks every 30 s, from three Regions, and changes its mind
	// after 2 answers.
	PostureEconomy Posture = contract.PostureEconomy
)

// postureValues are the defaults of a posture.
func postureValues(p Posture) limits.PostureValues {
	values, _ := limits.Posture(cmp.Or(p, PostureStandard))
	return values
}
