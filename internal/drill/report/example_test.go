package report

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/regionpair/regionpair/internal/drill"
)

// exampleRun is a run as a drill measures one: steady load, a fault at 0, a
// takeover after rto seconds, the repair, and the way back.
func exampleRun(fault string, seed uint64, rto float64) drill.Result {
	const bound, repaired, back, end = 45.0, 69.4, 105.9, 132.0
	r := drill.Result{
		Fault: fault, Seed: seed, FailedRegion: "eu-west-1", SurvivingRegion: "eu-central-1", DetectionSeconds: 32.5, DNSSwitchSeconds: rto + 0.4,
		RTOSeconds: rto, RTOBoundSeconds: bound, Requests: 3634, Errors: 775, ErrorsOf: map[string]int{"read": 340, "write": 410, "token": 25}, ErrorRate: 0.2133, RequestsPerSecond: 245.9, P50Millis: 17.3, P99Millis: 148.7,
		DataChecked: true, VerifiedKeys: 812, UnknownWrites: 37, Populations: []drill.Population{
			{Number: 1, Region: "eu-west-1", Requests: 620, Errors: 130, RTOSeconds: rto - 6}, {Number: 2, Region: "eu-west-1", Requests: 611, Errors: 141, RTOSeconds: rto},
		},
		AcknowledgedWrites: 1917, UnreadableAtFailover: 30, RPOSeconds: 2.19, StaleReads: 9, FailbackSeconds: 36.5, SplitBrainSeconds: 2,
		UnexpectedHosts: []string{}, Verdict: drill.Pass, Reasons: []string{}, BucketSeconds: 2, ReplicationLagSeconds: 2,
		Pair: drill.PairFacts{
			DomainName: "api.example.com", PrimaryRegion: "eu-west-1", SecondaryRegion: "eu-central-1",
			CheckIntervalSeconds: 10, FailureThreshold: 3, Checkers: 16, TTLSeconds: 10,
		},
		Timeline: []drill.Event{
			{Seconds: -27.1, Text: "eu-west-1 serves all clients"},
			{Seconds: 0, Kind: drill.FaultBegins, Text: "fault: " + fault + " in eu-west-1"},
			{Seconds: 0.4, Kind: drill.FirstFailure, Text: "clients: the first request fails"},
			{Seconds: 32.5, Kind: drill.Detected, Text: "Route 53: the record of eu-west-1 is unhealthy"},
			{Seconds: 0.4 + rto, Kind: drill.Restored, Text: "clients: service is restored"},
			{Seconds: rto + 0.8, Kind: drill.Resolved, Text: "clients: all resolvers answer with eu-central-1"},
			{Seconds: repaired, Kind: drill.FaultEnds, Text: "the fault ends: eu-west-1 is repaired"},
			{Seconds: back, Kind: drill.Resolved, Text: "clients: all resolvers answer with eu-west-1"},
		},
	}
	for at := -27.1; at < end; at += r.BucketSeconds {
		b := drill.Bucket{Seconds: at, Answer: "eu-west-1", Healthy: at < 32.5 || at > 97, Pending: 28 + int(6*math.Sin(at))}
		rate := 48 + int(5*math.Sin(3*at))
		switch {
		case at < 0 || at > back:
			b.Primary = rate
		case at < rto:
			b.Errors = rate / 2
		default:
			b.Secondary, b.Answer = rate, "eu-central-1"
		}
		if b.Answer == "eu-central-1" && at < repaired {
			b.Pending += int(at * 8)
		}
		r.Series = append(r.Series, b)
	}
	r.Checks = []drill.TargetCheck{
		{Target: drill.TargetRTO, Limit: 51.75, Measured: rto, Unit: "s", Met: true}, {Target: drill.TargetRPO, Limit: 900, Measured: 2.19, Unit: "s", Met: true},
		{Target: drill.TargetLost, Unit: "writes", Met: true}, {Target: drill.TargetHosts, Unit: "hosts", Met: true},
	}
	return r
}

// missed is a run whose recovery took too long.
func missed(fault string, seed uint64) drill.Result {
	r := exampleRun(fault, seed, 58.3)
	r.Verdict, r.Reasons = drill.Fail, []string{"RTO 58.3 s exceeds 1.15 times the bound of 45 s"}
	r.Checks[0].Met = false
	return r
}

func exampleDocument(runs ...drill.Result) drill.Document {
	d := drill.Document{SchemaVersion: drill.SchemaVersion, TimeScale: 10, Targets: drill.DefaultTargets(), Runs: runs, Provenance: drill.Provenance{
		PairName: "orders", StartedAt: time.Date(2026, 11, 28, 14, 2, 11, 0, time.UTC), Version: "v0.4.0", Commit: strings.Repeat("0123abcd", 5),
		Machine: drill.MachineFacts{OS: "linux", Architecture: "amd64", CPUs: 8, Go: "go1.26.0"}, Command: "regionpair drill --assembly .build/drill --report .build/report --fault crash",
	}}
	for _, stack := range []string{"primary", "secondary", "global"} {
		d.Provenance.Templates = append(d.Provenance.Templates, drill.TemplateFacts{
			Stack: "orders-" + stack, Region: "eu-west-1", File: "orders-" + stack + ".template.json", SHA256: strings.Repeat("89abcdef", 8),
		})
	}
	for _, role := range []string{"primary", "secondary"} {
		for i := range 24 {
			d.NotEmulated = append(d.NotEmulated, fmt.Sprintf("orders-%s/AlarmsNumber%d669EA8D3 (AWS::CloudWatch::Alarm)", role, i))
		}
		for _, line := range []string{
			"UnitHandlerRoleDefaultPolicyF7207A67 (AWS::IAM::Policy)", "UnitObjectsBucketPolicyD4E20D4C (AWS::S3::BucketPolicy)", "UnitKeyRenewalSchedule7129C1BC (AWS::Events::Rule)",
			"UnitObjectsKeyB31F910E (AWS::KMS::Key): KeyPolicy: not emulated", "UnitApi6CBD0C0E (AWS::ApiGateway::RestApi): SecurityPolicy: not emulated",
			"UnitApiDeploymentStagelive8A3BC448 (AWS::ApiGateway::Stage): MethodSettings[].MetricsEnabled: not emulated", "Queue1 (AWS::SQS::Queue)",
		} {
			d.NotEmulated = append(d.NotEmulated, "orders-"+role+"/"+line)
		}
	}
	return d
}

// manySeeds is one fault with many seeds.
func manySeeds(fault string, count int) []drill.Result {
	runs := []drill.Result{}
	for i := range count {
		runs = append(runs, exampleRun(fault, uint64(i+1), 32.5+float64(i*7%20)/2))
	}
	return runs
}

// destroyed is a Region that never comes back.
func destroyed(durability string, lost int, window float64) drill.Result {
	r := exampleRun(drill.Destroy, 1, 33)
	r.Pair.Durability, r.PermanentlyLost, r.RPOSeconds, r.UnreadableAtFailover, r.DataChecked, r.VerifiedKeys = durability, lost, window, lost, true, 900
	return r
}

// exampleDocuments are what pages must look right for.
func exampleDocuments() map[string]drill.Document {
	all := []drill.Result{}
	for _, fault := range drill.FaultNames() {
		all = append(all, exampleRun(fault, 1, 33))
	}
	many := manySeeds("crash", 20)
	many[4] = missed("crash", 5)
	never := exampleRun("blackhole", 1, -1)
	never.Verdict, never.Reasons = drill.Fail, []string{"the clients were not served again"}
	never.DNSSwitchSeconds, never.Timeline = -1, never.Timeline[:4]
	never.Checks[0].Met = false
	open := exampleRun("crash", 1, 33)
	open.Verdict, open.Reasons = "inconclusive", []string{"3 populations of clients disagree"}
	compared := exampleDocument(destroyed("async", 5, 2.5), destroyed("sync", 0, 0))
	compared.Durabilities = drill.CompareDurabilities(compared.Runs)
	return map[string]drill.Document{
		"compared": compared,
		"one":      exampleDocument(exampleRun("crash", 1, 33)), "seeds": exampleDocument(many...), "faults": exampleDocument(all...),
		"never": exampleDocument(never), "open": exampleDocument(open), "nothing": exampleDocument(),
	}
}
