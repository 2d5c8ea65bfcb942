package drill

import (
	"time"

	"github.com/regionpair/regionpair/internal/localcloud"
)

// SchemaVersion of [Document]. It grows when a field changes its meaning or
// goes; new fields do not change it.
const SchemaVersion = 1

// Document is what `regionpair drill --json` prints.
type Document struct {
	SchemaVersion int     `json:"schemaVersion"`
	TimeScale     float64 `json:"timeScale"`
	// Provenance says what was drilled, by what, when and where.
	Provenance Provenance `json:"provenance"`
	// Targets that the verdict rests on.
	Targets Targets  `json:"targets"`
	Runs    []Result `json:"runs"`
	// Durabilities beside each other, when the runs had different ones.
	Durabilities []DurabilityFigures `json:"durabilities,omitempty"`
	// NotEmulated lists what the templates hold and the drill does not run.
	NotEmulated []string `json:"notEmulated"`
	// Live is what is known beside the figures when a deployed pair was drilled.
	Live *LiveFacts `json:"live,omitempty"`
}

// Passed reports whether every run met its targets.
func (d Document) Passed() bool {
	for _, run := range d.Runs {
		if run.Verdict != Pass {
			return false
		}
	}
	return true
}

// Verdict of all runs: fail when one failed, otherwise that of the first run
// that did not pass.
func (d Document) Verdict() string {
	for _, run := range d.Runs {
		if run.Verdict == Fail {
			return Fail
		}
	}
	for _, run := range d.Runs {
		if run.Verdict != Pass {
			return run.Verdict
		}
	}
	if d.EndedEarly() {
		return Inconclusive
	}
	return Pass
}

// EndedEarly reports whether a drill of a deployed pair began and did not come to
// its end.
func (d Document) EndedEarly() bool {
	return d.Live != nil && (d.Live.Outcome == OutcomeInterrupted || d.Live.Outcome == OutcomeFailed)
}

// Verdicts.
const (
	Pass = "pass"
	Fail = "fail"
	// Inconclusive is a run that proves nothing: the fault met nobody, or this
	// machine was late.
	Inconclusive = "inconclusive"
)

// Result is what one fault did to the clients. Seconds are AWS-equivalent,
// counted from the fault unless said otherwise.
type Result struct {
	Fault string `json:"fault"`
	Seed  uint64 `json:"seed"`
	// Cold is true when no instance of a function was warm as the fault began.
	Cold bool `json:"cold"`
	// FaultAt is when the fault began, in UTC.
	FaultAt time.Time `json:"faultAt"`
	// FailedRegion is the primary; SurvivingRegion took over, unless the fault is
	// that it is dead.
	FailedRegion    string `json:"failedRegion"`
	SurvivingRegion string `json:"survivingRegion"`
	// DetectionSeconds until the primary's record was unhealthy; -1 when it
	// never was.
	DetectionSeconds float64 `json:"detectionSeconds"`
	// DNSSwitchSeconds until no client's resolver answered with the Region that
	// serves nobody; -1 when one did until the end of the fault.
	DNSSwitchSeconds float64 `json:"dnsSwitchSeconds"`
	// RTOSeconds from the first failed request to the first of a sustained run
	// of successes; 0 when none failed.
	RTOSeconds float64 `json:"rtoSeconds"`
	// RTOBoundSeconds is what the configuration implies.
	RTOBoundSeconds float64 `json:"rtoBoundSeconds"`
	// Requests of all clients, and those that failed.
	Requests  int     `json:"requests"`
	Errors    int     `json:"errors"`
	ErrorRate float64 `json:"errorRate"`
	// ErrorsOf each kind of request: read, write and token.
	ErrorsOf map[string]int `json:"errorsOf"`
	// RequestsPerSecond of real time, while both Regions were healthy.
	RequestsPerSecond float64 `json:"requestsPerSecond"`
	// P50Millis and P99Millis of successful requests, in real time.
	P50Millis float64 `json:"p50Millis"`
	P99Millis float64 `json:"p99Millis"`
	// AcknowledgedWrites of the whole run.
	AcknowledgedWrites int `json:"acknowledgedWrites"`
	// UnreadableAtFailover is how many acknowledged writes the surviving Region
	// could not serve when it took over. RPOSeconds is the time between the
	// oldest of them and the last write that the failed Region acknowledged.
	UnreadableAtFailover int     `json:"unreadableAtFailover"`
	RPOSeconds           float64 `json:"rpoSeconds"`
	// Written is what the API's functions have stored. When all of it is in strongly
	// consistent tables, UnreadableAtFailover must be 0.
	Written localcloud.Written `json:"written"`
	// StaleReads is how many reads of acknowledged writes found an older state, or
	// nothing, and how many writes were refused because the Region lacked an
	// earlier one.
	StaleReads int `json:"staleReads"`
	// VerifiedKeys were read through the API of both Regions after failback and
	// replication. PermanentlyLost of them are not as they were acknowledged last
	// in one Region at least: gone, older, deleted and back. Losses are some of
	// these.
	VerifiedKeys    int    `json:"verifiedKeys"`
	PermanentlyLost int    `json:"permanentlyLost"`
	Losses          []Loss `json:"losses,omitempty"`
	// UnknownWrites are those whose answer was lost: either outcome is right.
	UnknownWrites int `json:"unknownWrites"`
	// MovedSeconds until the last client was answered by the surviving Region;
	// -1 when some never were.
	MovedSeconds float64 `json:"movedSeconds"`
	// FailbackSeconds from the end of the fault until the clients' resolver
	// answered with the primary again; 0 when it had never left, -1 when that did
	// not happen.
	FailbackSeconds float64 `json:"failbackSeconds"`
	// FencedSeconds for which the primary refused writes, in real time and at most,
	// before the switch was set; 0 without a fence. All other seconds are counted
	// from the switch.
	FencedSeconds float64 `json:"fencedSeconds,omitempty"`
	// SplitBrainSeconds in which both Regions accepted writes.
	SplitBrainSeconds float64 `json:"splitBrainSeconds"`
	// UnexpectedHosts are hosts that nobody serves, and services of the other
	// Region that a function called.
	UnexpectedHosts []string `json:"unexpectedHosts"`
	// Pair is what the templates say about detection and DNS.
	Pair PairFacts `json:"pair"`
	// ReplicationLagSeconds is what the drill was told: a replicated object
	// takes from half to one and a half times as long.
	ReplicationLagSeconds float64 `json:"replicationLagSeconds"`
	// Checks are the figures beside their targets.
	Checks []TargetCheck `json:"checks"`
	// Populations are clients that share a resolver. MovedPopulations of them were
	// sent elsewhere while the fault lasted.
	Populations      []Population `json:"populations"`
	MovedPopulations int          `json:"movedPopulations"`
	// ServedBeforeFault are the answers of the Region with the fault just before
	// it; without any, the fault met nobody.
	ServedBeforeFault int `json:"servedBeforeFault"`
	// ErrorsInSurvivor are the requests for the surviving Region that failed while
	// the fault lasted.
	ErrorsInSurvivor int `json:"errorsInSurvivor"`
	// ErrorsInFault are the requests that failed while the fault lasted.
	ErrorsInFault int `json:"errorsInFault"`
	// LatenessSeconds is by how much this machine was late at most while the fault
	// lasted.
	LatenessSeconds float64 `json:"latenessSeconds"`
	// DataChecked is false when the load wrote nothing that could be read back, and
	// when the run ended early.
	DataChecked bool `json:"dataChecked"`
	// EndedEarly is true when the run was interrupted or failed: it has the figures
	// until then, and decides about no target.
	EndedEarly bool `json:"endedEarly,omitempty"`
	// Verdict is "pass", "fail" or "inconclusive", with Reasons.
	Verdict string   `json:"verdict" enum:"pass|fail|inconclusive"`
	Reasons []string `json:"reasons"`
	// Timeline of the run.
	Timeline []Event `json:"timeline"`
	// Series are counts per bucket of BucketSeconds, for the picture.
	BucketSeconds float64  `json:"bucketSeconds"`
	Series        []Bucket `json:"series"`
}

// ReasonKind says what the reasons are: of a target that was missed, or of a run
// that proves nothing.
func (r Result) ReasonKind() string {
	if r.Verdict == Inconclusive {
		return Inconclusive
	}
	return "missed"
}

// Population is clients that share a resolver, from the fault on.
type Population struct {
	Number int `json:"number"`
	// Region that they were sent to when the fault began; empty when unknown.
	Region   string `json:"region,omitempty"`
	Requests int    `json:"requests"`
	Errors   int    `json:"errors"`
	// RTOSeconds as for all clients; 0 when no request failed, -1 for never.
	RTOSeconds float64 `json:"rtoSeconds"`
}

// Names of targets.
const (
	TargetRTO         = "Recovery time (RTO)"
	TargetRTOAbsolute = "Recovery time (RTO), absolute target"
	TargetRPO         = "Loss window (RPO)"
	TargetLost        = "Acknowledged writes lost"
	TargetHosts       = "Unexpected hosts called"
	TargetStale       = "Stale reads"
	TargetUnreadable  = "Writes unreadable at failover"
	// TargetFencedWriters and TargetFencedUnread are what a fence promises.
	TargetFencedWriters = "Both Regions accept writes before the failback"
	TargetFencedUnread  = "Writes unreadable after the fence"
	TargetSplitBrain    = "Both Regions accept writes"
	TargetStays         = "Nobody moves"
	TargetUnharmed      = "Requests that fail"
	TargetBadDeploy     = "Bad versions in the primary"
	TargetTakeover      = "Takeover by the switch"
	TargetSurvivor      = "Failed requests in the other Region"
	TargetLeft          = "Clients leave the failed Region"
)

// TargetCheck is one figure beside its target.
type TargetCheck struct {
	Target string `json:"target"`
	// Limit that the figure must not exceed.
	Limit float64 `json:"limit"`
	// Measured figure; -1 means never.
	Measured float64 `json:"measured"`
	// Unit is "s", "writes" or "hosts".
	Unit string `json:"unit"`
	Met  bool   `json:"met"`
}

// EventKind tells programs and pictures what an event is.
type EventKind string

// Kinds of events.
const (
	// Other events are for people.
	Other EventKind = ""
	// FaultBegins when the fault is injected, FaultEnds when it is healed.
	FaultBegins EventKind = "faultBegins"
	FaultEnds   EventKind = "faultEnds"
	// FirstFailure is the first request that failed, Restored the first of a
	// sustained run of successes: RTO lies between them.
	FirstFailure EventKind = "firstFailure"
	Restored     EventKind = "restored"
	// Detected when the primary's record changes its health.
	Detected EventKind = "healthChanged"
	// Resolved when the clients' resolver answers with another Region.
	Resolved EventKind = "resolved"
)

// Event is something that happened, at AWS-equivalent seconds from the fault.
type Event struct {
	Seconds float64   `json:"seconds"`
	Kind    EventKind `json:"kind,omitempty"`
	Text    string    `json:"text"`
}

// Bucket is what happened in a short time.
type Bucket struct {
	Seconds   float64 `json:"seconds"`
	Primary   int     `json:"primary"`
	Secondary int     `json:"secondary"`
	Errors    int     `json:"errors"`
	// Pending is how many versions waited to be replicated.
	Pending int `json:"pending"`
	// Answer is the Region that the name servers gave out.
	Answer string `json:"answer"`
	// Healthy is the primary's health check.
	Healthy bool `json:"healthy"`
}

// equivalent turns a duration of the clock into AWS-equivalent seconds.
func equivalent(d time.Duration, scale float64) float64 {
	return round(d.Seconds() * scale)
}

func round(x float64) float64 {
	if x < 0 {
		return -round(-x)
	}
	return float64(int64(x*100+0.5)) / 100
}
