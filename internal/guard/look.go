package guard

import "time"

// Health is what a Region's health endpoint answers.
type Health string

// Health of a Region.
const (
	// Green: the Region can serve. It may still be held out.
	Green Health = "green"
	// Red: it says that it cannot.
	Red Health = "red"
	// Silent: it gave no answer that could be understood.
	Silent Health = "silent"
)

// Place is where a request through the shared domain name is answered.
type Place string

// Places.
const (
	// AtPrimary and AtStandby: the Region that answered.
	AtPrimary Place = "primary"
	AtStandby Place = "standby"
	// Nowhere: no answer came.
	Nowhere Place = "nowhere"
	// Hidden: the name refuses callers without a certificate, so that nobody
	// can look.
	Hidden Place = "hidden"
)

// Owner is who has set a switch or a hold.
type Owner string

// Owners.
const (
	// Nobody: it is off.
	Nobody Owner = ""
	// Guard has set it, and may take it off.
	Guard Owner = "guard"
	// Person has set it. The guard never touches it.
	Person Owner = "person"
	// Unknown: it could not be read.
	Unknown Owner = "unknown"
)

// Replication is how far a bucket is behind its peer.
type Replication struct {
	// Known is false when it could not be found out, which never counts as
	// being up to date.
	Known bool
	// Lag of the oldest write that has not arrived.
	Lag time.Duration
	// Failed counts writes that were given up.
	Failed int
}

// Look is what one run of the guard sees.
type Look struct {
	At time.Time
	// Primary and Standby say whether they can serve, holds aside.
	Primary, Standby Health
	// Serving is where clients are.
	Serving Place
	// Switch in the standby, and Hold in the primary.
	Switch, Hold Owner
	// ToPrimary and ToStandby are looked at while the guard is latched.
	ToPrimary, ToStandby Replication
	// Traffic of the primary, by the minute, is looked at while the guard is armed
	// and has [Rules.Gray]. None is known otherwise.
	Traffic []Minute
	// Fenced: the primary refuses writes because somebody wants it to, or nobody knows
	// whether it does. It is looked at when Traffic is, which says nothing then.
	Fenced bool
}
