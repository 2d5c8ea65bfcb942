package failover

import "time"

// Detection is the longest time from a Region's failure to the change of the
// answer. Every checker needs Threshold answers; a request begins Interval after
// the one before has ended, and ends when its checker has waited for an answer.
// The wait is 0 for an endpoint that refuses, ConnectLimit when packets vanish,
// BareConnectLimit when they do and the check only connects, AnswerLimit when
// connections are accepted and not answered.
func Detection(c Check, wait, aggregation time.Duration) time.Duration {
	return time.Duration(c.Threshold)*(c.Interval+wait) + aggregation
}

// Bound is Detection and the time that resolvers keep the old answer: the
// recovery time that a configuration promises.
func Bound(c Check, wait, aggregation, ttl time.Duration) time.Duration {
	return Detection(c, wait, aggregation) + ttl
}
