package failover

import "time"

// Detection is the longest time from a Region's failure to the change of the
// answer: every checker needs Threshold answers, the first of which begins at
// most one interval after the failure. The time a checker waits for an answer
// that never comes is on top: up to ConnectLimit or AnswerLimit.
func Detection(c Check, aggregation time.Duration) time.Duration {
	return time.Duration(c.Threshold)*c.Interval + aggregation
}

// Bound is Detection and the time that resolvers keep the old answer: the
// recovery time that a configuration promises.
func Bound(c Check, aggregation, ttl time.Duration) time.Duration {
	return Detection(c, aggregation) + ttl
}
