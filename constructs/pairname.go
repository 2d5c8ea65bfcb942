package regionpair

import "github.com/regionpair/regionpair/internal/limits"

// mustBePairName refuses what AWS would refuse in a name made of it.
func mustBePairName(construct string, name *string) {
	required(construct, "PairName", name == nil)
	if !limits.PairNameForm(*name) {
		misuse("%s 'PairName' must be 2 to 27 lower-case letters, digits and hyphens, a letter first, got '%s'", construct, *name)
	}
	for _, problem := range limits.CheckPairName(*name) {
		misuse("%s 'PairName' %s", construct, problem)
	}
}
