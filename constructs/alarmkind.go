package regionpair

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"

	"github.com/regionpair/regionpair/internal/contract"
)

// AlarmKind names an alarm of [RegionalAlarms] or [PairAlarms]: the key of its
// tuning, and a part of its name, which [Pair.AlarmName] and
// [Pair.GlobalAlarmName] give.
type AlarmKind string

// Alarms of a Region, see [RegionalAlarms]. Those marked essential stay with
// EssentialOnly.
const (
	// AlarmServerErrors are answers with a status of 500 and above, in percent of
	// all. Clients hide a few with retries. Health checks look at what the Region
	// needs and not at what the handler does, so this may be the only sign that
	// somebody should fail over by hand. Essential.
	// Default: 5 %, in 3 of 5 minutes.
	AlarmServerErrors AlarmKind = "server-errors"
	// AlarmLatency is the 99th percentile of the whole answer, in milliseconds. A
	// cold start and an object of several megabytes stay below the default; the
	// API gives up at 29 s.
	// Default: 3000 ms, in 3 of 5 minutes.
	AlarmLatency AlarmKind = "latency"
	// AlarmThrottles are requests refused with status 429 by the API. Clients
	// retry a few; more means that the limits are below the load, which after a
	// failover is that of both Regions. Essential.
	// Default: 10 in 5 minutes.
	AlarmThrottles AlarmKind = "throttles"
	// AlarmFunctionErrors are crashes and timeouts of each function: failures that
	// a function knows of are answers, not errors. The authorizer has none,
	// because it refuses a token by failing; see AlarmAuthorizerFailures.
	// Default: 5 in 5 minutes, and 1 for functions that run on a schedule.
	AlarmFunctionErrors AlarmKind = "function-errors"
	// AlarmFunctionThrottles are invocations of each function that Lambda refused.
	// None is normal: the caller got an error, or Route 53 did.
	// Default: 1 in 5 minutes.
	AlarmFunctionThrottles AlarmKind = "function-throttles"
	// AlarmFunctionConcurrency is what each function with a limit of its own uses
	// of it, in percent.
	// Default: 80 %, in 3 of 5 minutes.
	AlarmFunctionConcurrency AlarmKind = "function-concurrency"
	// AlarmAccountConcurrency is what all functions of the account in this Region
	// use of their common limit, in percent. At the limit other applications take
	// this one down, and its health check with it.
	// Default: 80 %, in 3 of 5 minutes.
	AlarmAccountConcurrency AlarmKind = "account-concurrency"
	// AlarmReplicationLatency is how far this Region is behind its peer, in
	// seconds: what a failover to it would lose. S3 promises 15 minutes for 99.9 %
	// of the objects and usually takes seconds. Essential.
	// Default: 900 s, in 5 of 5 minutes.
	AlarmReplicationLatency AlarmKind = "replication-latency"
	// AlarmReplicationBacklog is the number of operations on their way from the
	// peer. A steady flow has few at a time; a thousand for a quarter of an hour
	// are written faster than copied, or not copied at all.
	// Default: 1000 operations, for 3 times 5 minutes.
	AlarmReplicationBacklog AlarmKind = "replication-backlog"
	// AlarmReplicationFailures are operations that S3 gave up copying to the peer.
	// It does not try again: each is an object that the peer does not have.
	// Essential.
	// Default: 1 in 5 minutes.
	AlarmReplicationFailures AlarmKind = "replication-failures"
	// AlarmTableReplicationLatency is how late items of each table reach the peer,
	// in milliseconds. DynamoDB usually takes about a second. Essential.
	// Default: 60000 ms, in 5 of 5 minutes.
	AlarmTableReplicationLatency AlarmKind = "table-replication-latency"
	// AlarmTableThrottles are reads and writes of each table that DynamoDB refused.
	// The SDKs repeat a few.
	// Default: 10 in 5 minutes.
	AlarmTableThrottles AlarmKind = "table-throttles"
	// AlarmSingleRegionWrites are writes of synchronous objects that were acknowledged
	// with one Region, because the peer's bucket did not take them. Essential.
	// Default: 1 a minute, in 3 of 5 minutes.
	AlarmSingleRegionWrites AlarmKind = "single-region-writes"
	// AlarmSingleRegionObjects are synchronous objects whose content is in one Region
	// only: lost with it. Silence of the function that counts and repairs them is
	// bad, too. Essential.
	// Default: 1, for 3 times 5 minutes.
	AlarmSingleRegionObjects AlarmKind = "single-region-objects"
	// AlarmLostObjects are synchronous objects whose content is in no Region.
	// Essential.
	// Default: 1 in an hour.
	AlarmLostObjects AlarmKind = "lost-objects"
	// AlarmCertificateExpiry is the number of days the certificate is still valid.
	// ACM renews weeks earlier; when it has not, the validation record is gone and
	// a month is left to bring it back. Essential.
	// Default: below 30 days.
	AlarmCertificateExpiry AlarmKind = "certificate-expiry"
	// AlarmDegraded are reports of the health endpoint that something is wrong
	// which is no reason to move the clients: a throttled service, or one that
	// running functions go on without. Essential.
	// Default: 1 a minute, in 3 of 5 minutes.
	AlarmDegraded AlarmKind = "degraded"
	// AlarmKeptOut is 1 while the guard of the failback keeps the primary out.
	// Default: alarms on the first minute.
	AlarmKeptOut AlarmKind = "kept-out"
	// AlarmFailbackWaits is 1 while the primary is fit and a person has to let it
	// serve, with FailbackManual. Essential.
	// Default: alarms on the first minute.
	AlarmFailbackWaits AlarmKind = "failback-waits"
	// AlarmGuardSilent are looks of the guard of the failback: while there are none,
	// Route 53 alone decides about the failback. Essential.
	// Default: below 1 in 5 minutes.
	AlarmGuardSilent AlarmKind = "guard-silent"
	// AlarmTokenFailures are answers of the token endpoint with a status of 500 and
	// above, whatever the cause, and requests to Cognito that brought no token. A
	// token is asked for about once an hour per client, so a handful is no hiccup.
	// Essential.
	// Default: 5 in 5 minutes.
	AlarmTokenFailures AlarmKind = "token-failures"
	// AlarmTokenCacheHits is the share of token requests answered without asking
	// Cognito, in percent, when there are at least a thousand an hour: Cognito
	// bills each and limits their rate.
	// Default: below 50 % for an hour.
	AlarmTokenCacheHits AlarmKind = "token-cache-hits"
	// AlarmDenials are callers refused for their token, its scopes or their
	// credentials. A client whose token has expired is refused once and gets a new
	// one; a hundred are a client that is stuck, or somebody guessing.
	// Default: 100 in 5 minutes.
	AlarmDenials AlarmKind = "denials"
	// AlarmAuthorizerFailures are requests that nobody could decide about: the
	// authorizer crashed, or has the keys of neither issuer. Essential.
	// Default: 5 in 5 minutes.
	AlarmAuthorizerFailures AlarmKind = "authorizer-failures"
)

// Alarms of the pair as a whole, see [PairAlarms].
const (
	// AlarmPrimaryEndpoint is the check on the primary's health endpoint.
	// Default: alarms on the first unhealthy minute, because clients are being
	// sent away now.
	AlarmPrimaryEndpoint AlarmKind = "primary-endpoint"
	// AlarmSecondaryEndpoint is the check on the standby's health endpoint. Nobody
	// notices otherwise that there is nothing to fail over to.
	// Default: unhealthy for 3 of 3 minutes, which outlasts a deployment.
	AlarmSecondaryEndpoint AlarmKind = "secondary-endpoint"
	// AlarmServes is the calculated check on a Region's record: clients get the
	// other Region while it is unhealthy.
	// Default: alarms on the first unhealthy minute. It may do so once when the
	// pair is new, because a new inverted check starts unhealthy.
	AlarmServes AlarmKind = "serves"
	// AlarmTakeover is the switch that requests a failover by hand. Forgotten in
	// that position it keeps clients from the healthy Region.
	// Default: on for 3 of 3 minutes, which outlasts the start of a new inverted
	// check.
	AlarmTakeover AlarmKind = "takeover"
)

// Of names the alarm of a kind about one subject: of the function alarms about a
// function, such as AlarmFunctionErrors.Of("handler"), of the table alarms about a
// table, and of AlarmServes and AlarmTakeover about a Region, such as
// AlarmServes.Of("primary").
func (k AlarmKind) Of(subject string) AlarmKind {
	switch k {
	case AlarmServes, AlarmTakeover:
		return AlarmKind(subject) + "-" + k
	}
	if ofTable, is := strings.CutPrefix(string(k), "table-"); is {
		return AlarmKind(ofTable + "-table-" + subject)
	}
	return AlarmKind(strings.TrimPrefix(string(k), "function-") + "-" + subject)
}

// RegionalAlarmKinds are the kinds that [RegionalAlarms] knows.
func RegionalAlarmKinds() []AlarmKind {
	return []AlarmKind{
		AlarmServerErrors, AlarmLatency, AlarmThrottles, AlarmDenials, AlarmAuthorizerFailures, AlarmFunctionErrors, AlarmFunctionThrottles,
		AlarmFunctionConcurrency, AlarmAccountConcurrency, AlarmReplicationLatency, AlarmReplicationBacklog, AlarmReplicationFailures,
		AlarmTableReplicationLatency, AlarmTableThrottles, AlarmSingleRegionWrites, AlarmSingleRegionObjects, AlarmLostObjects,
		AlarmCertificateExpiry, AlarmDegraded, AlarmKeptOut, AlarmFailbackWaits, AlarmGuardSilent, AlarmTokenFailures, AlarmTokenCacheHits,
	}
}

// PairAlarmKinds are the kinds that [PairAlarms] knows.
func PairAlarmKinds() []AlarmKind {
	return []AlarmKind{AlarmPrimaryEndpoint, AlarmSecondaryEndpoint, AlarmServes, AlarmTakeover}
}

// AlarmTuning changes one alarm. What is not given stays as the alarm has it.
type AlarmTuning struct {
	// Threshold in the alarm's own unit.
	// Default: the alarm's.
	Threshold *float64
	// Period over which the metric is aggregated.
	// Default: the alarm's. Allowed: 10, 20 or 30 seconds, or whole minutes.
	Period awscdk.Duration
	// EvaluationPeriods is the number of periods that are evaluated.
	// Default: the alarm's.
	EvaluationPeriods int
	// DatapointsToAlarm is how many of those periods set the alarm off.
	// Default: the alarm's, or EvaluationPeriods when that is given.
	DatapointsToAlarm int
	// Disabled leaves the alarm out.
	// Default: false.
	Disabled bool
}

// alarmWindow is how far an alarm looks back by default: datapoints of the
// periods must breach, each of so many minutes.
type alarmWindow struct{ minutes, periods, datapoints int }

// alarmWindows by kind.
var alarmWindows = map[AlarmKind]alarmWindow{
	AlarmServerErrors:            {1, 5, 3},
	AlarmLatency:                 {1, 5, 3},
	AlarmThrottles:               {5, 1, 1},
	AlarmDenials:                 {5, 1, 1},
	AlarmAuthorizerFailures:      {5, 1, 1},
	AlarmFunctionErrors:          {5, 1, 1},
	AlarmFunctionThrottles:       {5, 1, 1},
	AlarmFunctionConcurrency:     {1, 5, 3},
	AlarmAccountConcurrency:      {1, 5, 3},
	AlarmReplicationLatency:      {1, 5, 5},
	AlarmReplicationBacklog:      {5, 3, 3},
	AlarmReplicationFailures:     {5, 1, 1},
	AlarmTableReplicationLatency: {1, 5, 5},
	AlarmTableThrottles:          {5, 1, 1},
	AlarmSingleRegionWrites:      {1, 5, 3},
	AlarmSingleRegionObjects:     {5, 3, 3},
	// Each hour looks at another partition; the next ones say nothing of this one.
	AlarmLostObjects:       {60, contract.IndexPartitions + 1, 1},
	AlarmCertificateExpiry: {24 * 60, 1, 1},
	AlarmDegraded:          {1, 5, 3},
	AlarmKeptOut:           {1, 1, 1},
	AlarmFailbackWaits:     {1, 1, 1},
	AlarmGuardSilent:       {5, 1, 1},
	AlarmTokenFailures:     {5, 1, 1},
	AlarmTokenCacheHits:    {60, 1, 1},
	AlarmPrimaryEndpoint:   {1, 1, 1},
	AlarmSecondaryEndpoint: {1, 3, 3},
	AlarmServes:            {1, 1, 1},
	AlarmTakeover:          {1, 3, 3},
}

func (w alarmWindow) evaluationPeriods(tuning AlarmTuning) int {
	return cmp.Or(tuning.EvaluationPeriods, w.periods)
}

// datapointsToAlarm never asks for more datapoints than there are periods.
func (w alarmWindow) datapointsToAlarm(tuning AlarmTuning) int {
	return cmp.Or(tuning.DatapointsToAlarm, tuning.EvaluationPeriods, w.datapoints)
}

// tuning refuses kinds that are not known, and what CloudWatch would refuse at
// the deployment.
func (c *check) tuning(tunings map[AlarmKind]AlarmTuning, known []AlarmKind) {
	for _, kind := range slices.Sorted(maps.Keys(tunings)) {
		if !slices.Contains(known, kind) {
			c.refuse(true, "'Tuning' must be of %v, got '%s'", known, kind)
			continue
		}
		c.window(kind, tunings[kind])
	}
}

func (c *check) window(kind AlarmKind, tuning AlarmTuning) {
	window := alarmWindows[kind]
	seconds, known := float64(window.minutes*60), true
	if tuning.Period != nil {
		seconds, known = secondsOf(tuning.Period)
		c.refuse(known && seconds != 10 && seconds != 20 && seconds != 30 && (seconds < 60 || math.Mod(seconds, 60) != 0),
			"'%s' must have a 'Period' of 10, 20 or 30 seconds or of whole minutes, got %v", kind, inWords(seconds))
	}
	periods, datapoints := window.evaluationPeriods(tuning), window.datapointsToAlarm(tuning)
	c.refuse(periods < 1 || datapoints < 1, "'%s' must look at 1 period or more and ask for 1 datapoint or more, got %d and %d", kind, periods, datapoints)
	c.refuse(datapoints > periods, "'%s' looks at %d periods, and 'DatapointsToAlarm' must be at most that, got %d", kind, periods, datapoints)
	const day = 86400
	limit := float64(day)
	if seconds >= 3600 {
		limit = 7 * day
	}
	c.refuse(known && seconds*float64(periods) > limit,
		"'%s' must not look back more than %s with periods of %s, got %d 'EvaluationPeriods': CloudWatch allows a day, or 7 days with periods from an hour",
		kind, inWords(limit), inWords(seconds), periods)
}
