package failover

import "time"

// FailureMode is what a checker meets at an endpoint that is down.
type FailureMode string

// Failure modes.
const (
	// Refuses the connection.
	Refuses FailureMode = "refuses"
	// Fails: answers with a status that is neither 2xx nor 3xx.
	Fails FailureMode = "fails"
	// Vanishes: there is never a connection.
	Vanishes FailureMode = "vanishes"
	// Hangs: there is a connection, now or late, and never an answer.
	Hangs FailureMode = "hangs"
)

// FailureModes lists all of them.
var FailureModes = []FailureMode{Refuses, Fails, Vanishes, Hangs}

// accepts reports whether there is a connection, sooner or later.
func (m FailureMode) accepts() bool { return m == Fails || m == Hangs }

// waitToConnect returns how long a request takes, at least and at most, that only
// connects.
func (m FailureMode) waitToConnect(latency time.Duration) (least, most time.Duration) {
	switch m {
	case Fails:
		return 0, latency
	case Vanishes:
		return BareConnectLimit, BareConnectLimit
	case Hangs:
		return 0, ConnectLimit
	}
	return 0, 0
}

// wait returns how long a request takes until its checker counts a failure, at
// least and at most. An answer takes up to latency.
func (m FailureMode) wait(latency time.Duration) (least, most time.Duration) {
	switch m {
	case Fails:
		return 0, latency
	case Vanishes:
		return ConnectLimit, ConnectLimit
	case Hangs:
		return AnswerLimit, ConnectLimit + AnswerLimit
	}
	return 0, 0
}
