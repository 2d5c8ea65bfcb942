package drill

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/internal/failover"
	"github.com/regionpair/regionpair/internal/localcloud"
	"github.com/regionpair/regionpair/internal/rule"
	"github.com/regionpair/regionpair/internal/workload"
)

var t0 = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// samplesOf makes a sample every 100 ms: '.' succeeds, 'x' fails.
func samplesOf(outcomes string) []sample {
	samples := []sample{}
	for i, outcome := range outcomes {
		start := t0.Add(time.Duration(i) * 100 * time.Millisecond)
		samples = append(samples, sample{start: start, end: start.Add(10 * time.Millisecond), failed: outcome == 'x'})
	}
	return samples
}

func TestRecovery(t *testing.T) {
	const run = 500 * time.Millisecond
	for name, test := range map[string]struct {
		outcomes string
		first    time.Duration
		took     time.Duration
		failed   bool
	}{
		"nothing failed":                  {"..........", 0, 0, false},
		"a clean outage":                  {"..xxxx..........", 200 * time.Millisecond, 400 * time.Millisecond, true},
		"a success within does not count": {".xxx.xx..xx..........", 100 * time.Millisecond, 1000 * time.Millisecond, true},
		"never restored":                  {"..xxxxxxxx", 200 * time.Millisecond, -1, true},
		"a single failure":                {"..x..........", 200 * time.Millisecond, 100 * time.Millisecond, true},
	} {
		t.Run(name, func(t *testing.T) {
			first, took, failed := recovery(samplesOf(test.outcomes), t0, run)
			assert.Equal(t, test.failed, failed)
			assert.Equal(t, test.took, took)
			if failed {
				assert.Equal(t, test.first, first.Sub(t0))
			}
		})
	}
}

func TestRecoveryIgnoresWhatFailedBeforeTheFault(t *testing.T) {
	_, _, failed := recovery(samplesOf("xx........"), t0.Add(300*time.Millisecond), time.Second)
	assert.False(t, failed)
}

func TestLatenciesAreOfSuccessesOnly(t *testing.T) {
	samples := []sample{}
	for i := range 100 {
		samples = append(samples, sample{start: t0, end: t0.Add(time.Duration(i+1) * time.Millisecond)})
	}
	samples = append(samples, sample{start: t0, end: t0.Add(time.Hour), failed: true})
	p50, p99 := latencies(samples)
	assert.Equal(t, 51*time.Millisecond, p50)
	assert.Equal(t, 100*time.Millisecond, p99)
	p50, p99 = latencies(nil)
	assert.Zero(t, p50+p99)
}

func TestOverlapCountsTheTimeInWhichBothRegionsAcknowledge(t *testing.T) {
	at := func(ms int, region string) ack {
		return ack{region: region, at: t0.Add(time.Duration(ms) * time.Millisecond)}
	}
	assert.Zero(t, overlap([]ack{at(0, "a"), at(50, "a"), at(150, "b")}))
	assert.Equal(t, 2*overlapSlot, overlap([]ack{at(0, "a"), at(50, "b"), at(110, "b"), at(120, "a"), at(250, "b")}))
}

func TestRate(t *testing.T) {
	assert.InDelta(t, 10, ratePerSecond(samplesOf(strings.Repeat(".", 20)), t0, t0.Add(time.Second)), 0.01)
	assert.Zero(t, ratePerSecond(nil, t0, t0))
}

func newRun(targets Targets) *run {
	return &run{options: Options{Targets: &targets}, pair: localcloud.Pair{
		Policy: failover.Failover, Primary: localcloud.Region{Name: "eu-west-1"}, Secondary: localcloud.Region{Name: "eu-central-1"},
	}}
}

func newResult(change func(*Result)) Result {
	r := Result{Fault: "crash", ErrorsInFault: 1, ServedBeforeFault: 1, FailedRegion: "eu-west-1", SurvivingRegion: "eu-central-1", RTOBoundSeconds: 95, RTOSeconds: 90, UnexpectedHosts: []string{}}
	change(&r)
	return r
}

func TestTargetsDecideTheVerdict(t *testing.T) {
	for name, test := range map[string]struct {
		change  func(*Result)
		targets Targets
		want    string
	}{
		"all is well":     {func(*Result) {}, DefaultTargets(), ""},
		"too slow":        {func(r *Result) { r.RTOSeconds = 110 }, DefaultTargets(), "RTO 110 s exceeds 1.15 times the bound of 95 s"},
		"absolute target": {func(*Result) {}, Targets{RTOFactor: 2, RTOSeconds: 60, RPOSeconds: 900}, "RTO 90 s exceeds the target of 60 s"},
		"never back":      {func(r *Result) { r.RTOSeconds = -1 }, DefaultTargets(), "the clients were not served again"},
		"loss window":     {func(r *Result) { r.RPOSeconds = 901 }, DefaultTargets(), "RPO 901 s exceeds the target of 900 s"},
		"one write":       {func(r *Result) { r.UnreadableAtFailover = 1 }, Targets{RTOFactor: 2}, "1 acknowledged writes could not be read in eu-central-1"},
		"no write":        {func(*Result) {}, Targets{RTOFactor: 2}, ""},
		"lost":            {func(r *Result) { r.PermanentlyLost = 1 }, DefaultTargets(), "1 acknowledged writes are lost"},
		"hosts":           {func(r *Result) { r.UnexpectedHosts = []string{"example.org"} }, DefaultTargets(), "example.org"},
	} {
		t.Run(name, func(t *testing.T) {
			result := newResult(test.change)
			newRun(test.targets).judge(&result)
			missed := slices.ContainsFunc(result.Checks, func(c TargetCheck) bool { return !c.Met })
			assert.Equal(t, test.want != "", missed, "the checks agree with the verdict")
			if test.want == "" {
				assert.Equal(t, Pass, result.Verdict)
				return
			}
			assert.Equal(t, Fail, result.Verdict)
			assert.Contains(t, strings.Join(result.Reasons, "\n"), test.want)
			assert.False(t, Document{Runs: []Result{result}}.Passed())
		})
	}
}

func TestTheBoundHoldsWhatTheFaultAdds(t *testing.T) {
	pair := localcloud.Pair{Check: failover.Check{Interval: 10 * time.Second, Threshold: 3}, StandbyCheck: failover.StandbyCheck(nil), TTL: 10 * time.Second}
	want := map[string]time.Duration{
		"crash": 45 * time.Second, "http-5xx": 45 * time.Second, "health-only": 45 * time.Second, "flap": 45 * time.Second, "destroy": 45 * time.Second,
		"blackhole": 57 * time.Second, "slow": 51 * time.Second, "takeover": 95 * time.Second,
		"s3": 95 * time.Second, "tokens": 95 * time.Second, "parameters": 95 * time.Second, "kms": 245 * time.Second,
		"secrets": 45 * time.Second, "throttled": 45 * time.Second, "bad-deploy": 45 * time.Second, "standby-dead": 135 * time.Second,
		"api-dead": 95 * time.Second, "certificate": 95 * time.Second, "mapping": 95 * time.Second,
		"gray-errors": 405 * time.Second, "gray-latency": 405 * time.Second,
	}
	pair.HealthDepth, pair.SeesGrayErrors, pair.SeesGrayLatency = contract.HealthAPI, true, true
	for _, fault := range FaultNames() {
		assert.Equal(t, want[fault], (&run{options: Options{Fault: fault, TimeScale: 10}, pair: pair}).bound(), fault)
	}
}

// A client gives a request that hangs at least a second of real time: 20 s at scale
// 20, 10 s more than in AWS. It looks for the other Region that much later.
func TestTheBoundHoldsHowLongClientsWaitForWhatHangs(t *testing.T) {
	pair := localcloud.Pair{Check: failover.Check{Interval: 10 * time.Second, Threshold: 3}, TTL: 10 * time.Second}
	for fault, want := range map[string]map[float64]time.Duration{
		"slow":      {1: 51 * time.Second, 10: 51 * time.Second, 15: 56 * time.Second, 20: 61 * time.Second},
		"blackhole": {1: 57 * time.Second, 10: 57 * time.Second, 15: 62 * time.Second, 20: 67 * time.Second},
		"crash":     {1: 45 * time.Second, 10: 45 * time.Second, 15: 45 * time.Second, 20: 45 * time.Second},
	} {
		for scale, want := range want {
			assert.Equal(t, want, (&run{options: Options{Fault: fault, TimeScale: scale}, pair: pair}).bound(), "%s at scale %v", fault, scale)
		}
	}
}

func TestReadTargets(t *testing.T) {
	write := func(text string) string {
		path := filepath.Join(t.TempDir(), "targets.json")
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	got, err := ReadTargets(write(`{"rtoSeconds": 120}`))
	require.NoError(t, err)
	assert.Equal(t, Targets{RTOFactor: 1.15, RTOSeconds: 120, RPOSeconds: 900}, got)
	got, err = ReadTargets(write(`{"rpoSeconds": 0, "staleReads": 0}`))
	require.NoError(t, err)
	assert.Equal(t, Targets{RTOFactor: 1.15, StaleReads: new(float64)}, got, "0 is a limit, too")
	for text, want := range map[string]string{
		`{"rto": 1}`:                         "rto: unknown field; known here: rtoFactor, rtoSeconds, rpoSeconds,",
		`{"RTOFACTOR": 1.1}`:                 `RTOFACTOR: unknown field; did you mean "rtoFactor"?`,
		`{"rtoFactor": 0.5}`:                 "rtoFactor: 0.5 is out of range; use at least 1 (1 is the bound itself)",
		`{"rtoFactor": "1.1"}`:               `rtoFactor: found the string "1.1", expected a number; write it without quotes`,
		`{"rtoFactor": []}`:                  "rtoFactor: found a list, expected a number; write a number such as 1.5",
		`{"rtoFactor": 1e999}`:               "rtoFactor: found the number 1e999, expected a number",
		`{"rtoFactor": 1.1, "rtoFactor": 2}`: "rtoFactor: is given twice; remove one",
		`{"permanentlyLost": 0.5}`:           "permanentlyLost: found the number 0.5, expected a whole number",
		`{"splitBrainSeconds": -1}`:          "splitBrainSeconds: -1 is out of range; use at least 0",
		`{"rtoFactor": 1.1} junk`:            "there is more than one JSON document: remove what follows the first",
		`null`:                               "targets: found null, expected an object; write an object, {…}",
		``:                                   "this is not JSON: it is empty",
		`[`:                                  "this is not JSON: it ends before its last bracket",
		"{\n  \"rtoFactor\": x}":             "this is not JSON: line 2: ",
	} {
		_, err := ReadTargets(write(text))
		require.ErrorContains(t, err, "the targets in ", text)
		require.ErrorContains(t, err, want, text)
	}
	_, err = ReadTargets(write(`{"rtoSeconds": -1, "rpoSeconds": -2, "permanentlyLost": -3}`))
	require.ErrorContains(t, err, `3 problems:
  - rtoSeconds: -1 is out of range; use at least 0 (0 means no such limit)
  - rpoSeconds: -2 is out of range; use at least 0 (0 allows no unreadable write)
  - permanentlyLost: -3 is out of range; use at least 0`)
	_, err = ReadTargets("nowhere.json")
	require.ErrorContains(t, err, "nowhere.json")
}

func TestTheTargetsAreDocumented(t *testing.T) {
	text, err := os.ReadFile("../../docs/reference/drill.md")
	require.NoError(t, err)
	for field := range reflect.TypeFor[Targets]().Fields() {
		r := rule.Of(field)
		assert.Regexp(t, fmt.Sprintf("(?m)^\\| `%s` \\| .* number of at least %d", r.Name, *r.Min), string(text))
	}
}

func TestOptions(t *testing.T) {
	_, err := Options{Fault: "flood"}.withDefaults()
	require.ErrorContains(t, err, "there are crash, blackhole, http-5xx, slow, s3, tokens, secrets, parameters, throttled, kms, health-only, api-dead, certificate, mapping, gray-errors, gray-latency, flap, takeover, destroy, bad-deploy, standby-dead")
	_, err = Options{Fault: "crash", TimeScale: 0.5}.withDefaults()
	require.ErrorContains(t, err, "from 1 to 20")
	o, err := Options{Fault: Flap}.withDefaults()
	require.NoError(t, err)
	assert.InDelta(t, 10, o.TimeScale, 0)
	assert.Equal(t, 2*time.Second, o.ReplicationLag)
}

func TestTerminalWritesOneLinePerEventWithoutATerminal(t *testing.T) {
	var out strings.Builder
	terminal := &Terminal{Out: &out}
	terminal.Begin("crash", 1)
	terminal.Status(Status{Phase: "outage"})
	terminal.Status(Status{Phase: "outage"})
	terminal.Event(Event{Seconds: 34.1, Text: "unhealthy"})
	terminal.Done(newResult(func(r *Result) { r.Verdict, r.Reasons = Fail, []string{"too slow"} }))
	assert.Equal(t, 1, strings.Count(out.String(), "[outage]"))
	assert.Contains(t, out.String(), "34.1 s  unhealthy")
	assert.Contains(t, out.String(), "missed: too slow")
	live := &Terminal{Out: &out, Live: true}
	live.Status(Status{Phase: "steady", Serving: "eu-west-1", RequestsPerSecond: 250, Left: 43 * time.Second})
	assert.Contains(t, out.String(), "\r")
	assert.Contains(t, out.String(), "steady    eu-west-1, 250 requests/s, 0.0 % errors, about 45 s left")
	live.Paint = func(verdict, text string) string { return "<" + verdict + ">" + text }
	live.Done(newResult(func(r *Result) { r.Verdict = Fail }))
	assert.Contains(t, out.String(), "<fail>FAIL")
}

func TestARunThatProvesNothingIsInconclusive(t *testing.T) {
	targets := DefaultTargets()
	for name, test := range map[string]struct {
		change func(*Result)
		want   string
	}{
		"nobody was met":           {func(r *Result) { r.ErrorsInFault, r.RTOSeconds = 0, 0 }, "the fault met nobody: no request failed"},
		"nobody was there to lose": {func(r *Result) { r.Fault, r.ErrorsInFault = Destroy, 0 }, "the fault met nobody: no request failed"},
		"nothing was written":      {func(r *Result) { r.DataChecked = true }, "no write was acknowledged"},
		"nothing was stored":       {func(r *Result) { r.DataChecked, r.VerifiedKeys = true, 9 }, "no write was acknowledged"},
		"nothing was read":         {func(r *Result) { r.DataChecked, r.AcknowledgedWrites = true, 9 }, "no write was acknowledged"},
		"nobody was there":         {func(r *Result) { r.Fault, r.ServedBeforeFault = "tokens", 0 }, "the fault met nobody: eu-west-1 served no client"},
		"late":                     {func(r *Result) { r.LatenessSeconds = 20 }, "this machine was late by up to 20 s"},
		"late and just beyond":     {func(r *Result) { r.LatenessSeconds, r.RTOSeconds = 20, 115 }, "exceeds 1.15 times the bound"},
		"late within the rest":     {func(r *Result) { r.LatenessSeconds = 5 }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			result := newResult(test.change)
			newRun(targets).judge(&result)
			if test.want == "" {
				assert.Equal(t, Pass, result.Verdict)
				return
			}
			assert.Equal(t, Inconclusive, result.Verdict)
			assert.Contains(t, strings.Join(result.Reasons, "\n"), test.want)
			assert.False(t, Document{Runs: []Result{result}}.Passed())
		})
	}
}

func TestLatenessExcusesNothingThatItDidNotCause(t *testing.T) {
	targets := DefaultTargets()
	for _, change := range []func(*Result){
		func(r *Result) { r.RTOSeconds = 300 },
		func(r *Result) { r.RTOSeconds = -1 },
		func(r *Result) { r.PermanentlyLost = 1 },
	} {
		result := newResult(func(r *Result) { r.LatenessSeconds = 20; change(r) })
		newRun(targets).judge(&result)
		assert.Equal(t, Fail, result.Verdict)
	}
}

// What only a destroyed Region had is the loss window of asynchronous objects, and a
// broken promise of synchronous ones.
func TestADestroyedRegionTakesAlongWhatWasNotReplicated(t *testing.T) {
	targets := DefaultTargets()
	for _, test := range []struct {
		fault       string
		synchronous bool
		want        string
	}{{Destroy, false, Pass}, {Destroy, true, Fail}, {"crash", false, Fail}} {
		result := newResult(func(r *Result) { r.Fault, r.PermanentlyLost = test.fault, 3 })
		(&run{options: Options{Targets: &targets}, pair: localcloud.Pair{Synchronous: test.synchronous}}).judge(&result)
		assert.Equal(t, test.want, result.Verdict, "%+v", test)
	}
}

func TestFaultsThatSayWhereClientsShouldBe(t *testing.T) {
	targets := DefaultTargets()
	for name, test := range map[string]struct {
		fault    string
		switched float64
		moved    int
		want     string
	}{
		"nobody moves":       {Flap, -1, 0, Pass},
		"some move":          {Flap, -1, 1, Fail},
		"the standby serves": {Takeover, 40, 6, Pass},
		"the standby waits":  {Takeover, -1, 0, Fail},
		"some stay":          {Takeover, -1, 5, Fail},
		"too late":           {Takeover, 200, 6, Fail},
	} {
		t.Run(name, func(t *testing.T) {
			result := newResult(func(r *Result) {
				r.Fault, r.DNSSwitchSeconds, r.MovedPopulations = test.fault, test.switched, test.moved
			})
			newRun(targets).judge(&result)
			assert.Equal(t, test.want, result.Verdict, result.Reasons)
		})
	}
}

// A fence promises one writer at a time until the clients are moved, and a standby
// that has everything. On the way back there is none.
func TestAFencedTakeoverHasOneWriterAndLacksNothing(t *testing.T) {
	healed := t0.Add(time.Minute)
	for name, test := range map[string]struct {
		unreadable int
		both       time.Time
		want       []string
	}{
		"as promised":        {0, healed, []string{}},
		"two writers":        {0, t0, []string{"both Regions took writes for 0.1 s on the way to the standby"}},
		"the standby lacked": {3, healed, []string{"3 acknowledged writes could not be read in eu-central-1 as it took over"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRun(DefaultTargets())
			r.recorder, r.healed = &recorder{acks: []ack{{"a", "eu-west-1", test.both}, {"a", "eu-central-1", test.both}}}, healed
			result := newResult(func(r *Result) {
				r.Fault, r.DNSSwitchSeconds, r.MovedPopulations, r.UnreadableAtFailover, r.SurvivingRegion = FencedTakeover, 40, 6, test.unreadable, "eu-central-1"
			})
			r.judge(&result)
			assert.Equal(t, test.want, result.Reasons)
		})
	}
}

// A strongly consistent table promises that another Region has what was acknowledged;
// a run in which nobody went there, or that stored something elsewhere, tests no such
// promise.
func TestStrongTablesLackNothingAtFailover(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*Result)
		want   string
	}{
		"kept":             {func(r *Result) { r.UnreadableAtFailover = 0 }, Pass},
		"broken":           {func(*Result) {}, Fail},
		"eventual as well": {func(r *Result) { r.Written.EventualItems = 1 }, Pass},
		"objects as well":  {func(r *Result) { r.Written.Objects = 1 }, Pass},
		"nobody moved":     {func(r *Result) { r.MovedPopulations = 0 }, Pass},
	} {
		t.Run(name, func(t *testing.T) {
			result := newResult(func(r *Result) {
				r.DataChecked, r.VerifiedKeys, r.AcknowledgedWrites, r.MovedPopulations, r.UnreadableAtFailover, r.Written.StrongItems = true, 9, 9, 6, 3, 9
				test.change(r)
			})
			newRun(DefaultTargets()).judge(&result)
			assert.Equal(t, test.want, result.Verdict, result.Reasons)
			if test.want == Fail {
				assert.Equal(t, []string{"3 acknowledged writes in strongly consistent tables could not be read in eu-central-1 as it took over"}, result.Reasons)
			}
		})
	}
}

// Callers that begin at once would ask together for ever.
func TestCallersTakeTurns(t *testing.T) {
	l := &load{plan: workload.Plan{Rate: 40, Workload: workload.Workload{Callers: 4, Requests: []workload.Request{{}}}}}
	phases := []time.Duration{}
	for _, w := range l.workers() {
		phases = append(phases, w.phase)
	}
	assert.Equal(t, []time.Duration{0, 25 * time.Millisecond, 50 * time.Millisecond, 75 * time.Millisecond}, phases)
}

func TestOptionalTargets(t *testing.T) {
	limit, targets := 3.0, DefaultTargets()
	targets.StaleReads, targets.UnreadableAtFailover, targets.SplitBrainSeconds = &limit, &limit, &limit
	result := newResult(func(r *Result) { r.StaleReads, r.UnreadableAtFailover, r.SplitBrainSeconds = 4, 3, 3.5 })
	newRun(targets).judge(&result)
	assert.Equal(t, Fail, result.Verdict)
	assert.Len(t, result.Reasons, 2)
}

func TestLatenessIsTheLongestPause(t *testing.T) {
	at := func(ms int) point { return point{at: t0.Add(time.Duration(ms) * time.Millisecond)} }
	points := []point{at(0), at(500), at(520), at(640), at(2000)}
	assert.Equal(t, 100*time.Millisecond, lateness(points, t0.Add(510*time.Millisecond), t0.Add(time.Second)))
	assert.Zero(t, lateness(nil, t0, t0))
}

func TestActiveActiveHasTargetsOfItsOwn(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*Result)
		want   string
	}{
		"all is well":             {func(*Result) {}, ""},
		"the other Region failed": {func(r *Result) { r.ErrorsInSurvivor = 2 }, "2 requests to eu-central-1 failed, which had no fault"},
		"clients are still sent":  {func(r *Result) { r.DNSSwitchSeconds = -1 }, "clients were sent to eu-west-1 for longer than 109.2 s"},
		"clients are sent late":   {func(r *Result) { r.DNSSwitchSeconds = 150 }, "for longer than 109.2 s"},
	} {
		t.Run(name, func(t *testing.T) {
			result := newResult(func(r *Result) { r.DNSSwitchSeconds = 90; test.change(r) })
			run := newRun(DefaultTargets())
			run.pair.Policy = failover.Latency
			run.judge(&result)
			if test.want == "" {
				assert.Equal(t, Pass, result.Verdict, result.Reasons)
				return
			}
			assert.Equal(t, Fail, result.Verdict)
			assert.Contains(t, strings.Join(result.Reasons, "\n"), test.want)
		})
	}
}

// at makes points every 100 ms from the populations' Regions: p is the primary, s
// the secondary.
func pointsOf(states ...string) []point {
	points := []point{}
	for i, state := range states {
		p := point{at: t0.Add(time.Duration(i) * 100 * time.Millisecond)}
		for _, at := range state {
			p.cached = append(p.cached, map[rune]string{'p': "eu-west-1", 's': "eu-central-1"}[at])
		}
		points = append(points, p)
	}
	return points
}

func TestClientsHaveLeftWhenTheLastOfThemHas(t *testing.T) {
	for name, test := range map[string]struct {
		states []string
		left   time.Duration
		moved  int
	}{
		"all at once":        {[]string{"pp", "pp", "ss", "ss"}, 200 * time.Millisecond, 2},
		"one after another":  {[]string{"pp", "ps", "ss", "ss"}, 200 * time.Millisecond, 2},
		"one stays":          {[]string{"pp", "ps", "ps", "ps"}, -1, 1},
		"one comes back":     {[]string{"pp", "ss", "ps", "ps"}, -1, 2},
		"nobody was there":   {[]string{"ss", "ss", "ss", "ss"}, 100 * time.Millisecond, 0},
		"for a moment there": {[]string{"sp", "ss", "ps", "ss"}, 300 * time.Millisecond, 2},
	} {
		t.Run(name, func(t *testing.T) {
			r, points := newRun(DefaultTargets()), pointsOf(test.states...)
			r.fault, r.healed = t0.Add(50*time.Millisecond), t0.Add(time.Second)
			at, left := r.switchedAt(points)
			assert.Equal(t, test.left >= 0, left)
			if left {
				assert.Equal(t, test.left, at.Sub(t0))
			}
			assert.Equal(t, test.moved, r.movedPopulations(points))
		})
	}
}

func TestWhereClientsAreIsToldWhenAllHaveMoved(t *testing.T) {
	r := newRun(DefaultTargets())
	say := func(state string) string { return r.whereabouts(pointsOf(state)[0]) }
	assert.Equal(t, "all resolvers answer with eu-west-1", say("pp"))
	assert.Empty(t, say("ps"))
	assert.Equal(t, "the resolver answers with eu-central-1", say("s"))
	assert.Empty(t, say(""))
	r.pair.Policy = failover.Weighted
	assert.Equal(t, "resolvers answer with both Regions", say("ps"))
}
