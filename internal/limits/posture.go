package limits

import "github.com/regionpair/regionpair/internal/contract"

// PostureValues are the defaults of a posture: times are in seconds.
type PostureValues struct {
	// Interval between two requests of a checker.
	Interval int
	// Threshold of answers in a row.
	Threshold int
	// TTL of the records.
	TTL int
	// CheckerRegions, or all of them when nil.
	CheckerRegions []string
	// EssentialAlarms leaves out the others.
	EssentialAlarms bool
}

// Posture returns the defaults of a named posture; false when there is none of
// that name.
func Posture(name contract.Posture) (PostureValues, bool) {
	switch name {
	case contract.PostureStandard:
		return PostureValues{Interval: 10, Threshold: 3, TTL: 10}, true
	case contract.PostureFast:
		return PostureValues{Interval: 10, Threshold: 2, TTL: 5}, true
	case contract.PostureEconomy:
		return PostureValues{
			Interval: 30, Threshold: 2, TTL: 10, EssentialAlarms: true,
			CheckerRegions: FewCheckerRegions(),
		}, true
	}
	return PostureValues{}, false
}

// FewCheckerRegions are as many as Route 53 wants at least, far from each other: for
// pairs that are to cost little, and for checks that decide about an alarm only.
func FewCheckerRegions() []string { return []string{"us-east-1", "eu-west-1", "ap-southeast-1"} }

// The standby's record, with failover routing, follows a check that only connects,
// in every posture: a standby that accepts no connection for two minutes is dead.
// The interval, in seconds, is the one that costs nothing. The threshold is high,
// because a standby that is taken for dead is no way out when the primary fails.
const (
	StandbyInterval  = 30
	StandbyThreshold = 4
)

// Route 53 knows two intervals, in seconds. Each request of a checker is billed.
const (
	QuickInterval = 10
	SlowInterval  = 30
)

// SwitchTiming returns the interval and the threshold of the check of a switch
// beside a check of an endpoint: it is no slower, and asks less often. One answer is
// enough: no fault makes a switch that is off answer 200, while a Region can answer
// badly once.
func SwitchTiming(interval, threshold int) (switchInterval, switchThreshold int) {
	if interval*threshold >= SlowInterval {
		return SlowInterval, 1
	}
	return QuickInterval, 1
}
