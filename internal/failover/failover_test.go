package failover_test

import (
	"encoding/json"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/regionpair/regionpair/internal/failover"
	"github.com/regionpair/regionpair/internal/property"
)

const aggregation = 5 * time.Second

var t0 = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func endpoint(id string) failover.Check {
	return failover.Check{ID: id, Host: id, Interval: 10 * time.Second, Threshold: 3, Regions: failover.CheckerRegions}
}

func newEngine(t *testing.T, checks []failover.Check, records ...failover.Record) *failover.Engine {
	t.Helper()
	e, err := failover.New(checks, records, aggregation)
	require.NoError(t, err)
	return e
}

// observe lets the first checkers get an answer, several times, and waits for
// the aggregation.
func observe(e *failover.Engine, check string, checkers, times int, good bool) []failover.Change {
	for range times {
		for i := range checkers {
			e.Observe(t0, check, i, good)
		}
	}
	return e.Advance(t0.Add(aggregation))
}

func TestACheckerChangesItsMindAfterThresholdAnswersInARow(t *testing.T) {
	e := newEngine(t, []failover.Check{endpoint("a")})
	observe(e, "a", 16, 2, false)
	assert.True(t, e.Healthy("a"))
	observe(e, "a", 16, 1, true)
	observe(e, "a", 16, 2, false)
	assert.True(t, e.Healthy("a"), "a good answer in between starts the count again")
	changes := observe(e, "a", 16, 1, false)
	assert.Equal(t, []failover.Change{{At: t0.Add(aggregation), Check: "a", Healthy: false}}, changes)
	observe(e, "a", 16, 2, true)
	assert.False(t, e.Healthy("a"), "the threshold holds in both directions")
	observe(e, "a", 16, 1, true)
	assert.True(t, e.Healthy("a"))
}

func TestTheEighteenPercentRule(t *testing.T) {
	// 2 of 16 are 12.5 %, 3 are 18.75 %.
	for healthy, want := range map[int]bool{0: false, 2: false, 3: true, 16: true} {
		e := newEngine(t, []failover.Check{endpoint("a")})
		observe(e, "a", 16-healthy, 3, false)
		assert.Equal(t, want, e.Healthy("a"), "%d of 16", healthy)
	}
	// 9 of 50 are 18 %, which is not more.
	for healthy, want := range map[int]bool{9: false, 10: true} {
		check := endpoint("a")
		check.Regions = make([]string, 25)
		e := newEngine(t, []failover.Check{check})
		observe(e, "a", 50-healthy, 3, false)
		assert.Equal(t, want, e.Healthy("a"), "%d of 50", healthy)
	}
}

func TestNameServersLearnAfterTheAggregation(t *testing.T) {
	e := newEngine(t, []failover.Check{endpoint("a")})
	for range 3 {
		for i := range 16 {
			e.Observe(t0, "a", i, false)
		}
	}
	assert.Empty(t, e.Advance(t0.Add(aggregation-time.Nanosecond)))
	assert.True(t, e.Healthy("a"))
	assert.Len(t, e.Advance(t0.Add(aggregation)), 1)
	assert.False(t, e.Healthy("a"))
}

func TestANewInvertedCheckIsUnhealthy(t *testing.T) {
	inverted := endpoint("switch")
	inverted.Inverted = true
	e := newEngine(t, []failover.Check{inverted})
	assert.False(t, e.Healthy("switch"))
	observe(e, "switch", 16, 3, false)
	assert.True(t, e.Healthy("switch"))
}

func TestACalculatedCheckCountsItsChildren(t *testing.T) {
	for threshold, want := range map[int][3]bool{0: {true, true, true}, 1: {true, true, false}, 2: {true, false, false}, 3: {false, false, false}} {
		e := newEngine(t, []failover.Check{endpoint("a"), endpoint("b"), {ID: "c", Children: []string{"a", "b"}, HealthThreshold: threshold}})
		got := [3]bool{e.Healthy("c")}
		observe(e, "a", 16, 3, false)
		got[1] = e.Healthy("c")
		observe(e, "b", 16, 3, false)
		got[2] = e.Healthy("c")
		assert.Equal(t, want, got, "threshold %d", threshold)
	}
}

func TestUnknownNamesAreRefused(t *testing.T) {
	_, err := failover.New([]failover.Check{{ID: "c", Children: []string{"x"}}}, nil, 0)
	require.ErrorContains(t, err, "names x, which is not an endpoint check")
	_, err = failover.New(nil, []failover.Record{{Name: "n", Check: "x"}}, 0)
	require.ErrorContains(t, err, "names the unknown check x")
}

func answer(e *failover.Engine, q failover.Query) string {
	q.Name, q.Type = "api.example.com", "A"
	record, found := e.Answer(q)
	if !found {
		return ""
	}
	return record.Target
}

func record(policy failover.Policy, target, check string) failover.Record {
	return failover.Record{Name: "api.example.com", Type: "A", SetIdentifier: target, Policy: policy, Target: target, Check: check}
}

func TestFailoverRouting(t *testing.T) {
	for _, test := range []struct {
		primaryUp, secondaryUp, secondaryChecked bool
		want                                     string
	}{
		{true, true, true, "p"}, {true, false, true, "p"}, {false, true, true, "s"},
		{false, false, true, "p"}, // both unhealthy: the primary
		{false, false, false, "s"}, {true, false, false, "p"},
	} {
		t.Run(fmt.Sprint(test), func(t *testing.T) {
			p, s := record(failover.Failover, "p", "pc"), record(failover.Failover, "s", "")
			p.Primary = true
			if test.secondaryChecked {
				s.Check = "sc"
			}
			e := newEngine(t, []failover.Check{endpoint("pc"), endpoint("sc")}, s, p)
			if !test.primaryUp {
				observe(e, "pc", 16, 3, false)
			}
			if !test.secondaryUp {
				observe(e, "sc", 16, 3, false)
			}
			assert.Equal(t, test.want, answer(e, failover.Query{}))
		})
	}
}

func TestWeightedRouting(t *testing.T) {
	a, b := record(failover.Weighted, "a", "ac"), record(failover.Weighted, "b", "bc")
	a.Weight, b.Weight = 3, 1
	checks := []failover.Check{endpoint("ac"), endpoint("bc")}
	e := newEngine(t, checks, a, b)
	count := map[string]int{}
	for i := range 1000 {
		count[answer(e, failover.Query{Random: float64(i) / 1000})]++
	}
	assert.Equal(t, map[string]int{"a": 750, "b": 250}, count)
	observe(e, "ac", 16, 3, false)
	assert.Equal(t, "b", answer(e, failover.Query{}))
	observe(e, "bc", 16, 3, false)
	assert.Equal(t, "a", answer(e, failover.Query{}), "all are considered healthy when none is")
	b.Weight = 0
	e = newEngine(t, checks, a, b)
	assert.Equal(t, "a", answer(e, failover.Query{Random: 0.999}))
	observe(e, "ac", 16, 3, false)
	assert.Equal(t, "b", answer(e, failover.Query{}), "a weight of zero serves when no other is healthy")
}

func TestLatencyRouting(t *testing.T) {
	a, b := record(failover.Latency, "a", "ac"), record(failover.Latency, "b", "bc")
	a.Region, b.Region = "eu-west-1", "us-east-1"
	e := newEngine(t, []failover.Check{endpoint("ac"), endpoint("bc")}, a, b)
	assert.Equal(t, "a", answer(e, failover.Query{ClientRegion: "eu-west-1"}))
	assert.Equal(t, "a", answer(e, failover.Query{ClientRegion: "eu-north-1"}))
	assert.Equal(t, "b", answer(e, failover.Query{ClientRegion: "us-west-2"}))
	observe(e, "ac", 16, 3, false)
	assert.Equal(t, "b", answer(e, failover.Query{ClientRegion: "eu-west-1"}))
	observe(e, "bc", 16, 3, false)
	assert.Equal(t, "a", answer(e, failover.Query{ClientRegion: "eu-west-1"}))
}

func TestOtherNamesAreNotAnswered(t *testing.T) {
	e := newEngine(t, nil, record(failover.Latency, "a", ""))
	_, found := e.Answer(failover.Query{Name: "other.example.com", Type: "A"})
	assert.False(t, found)
	_, found = e.Answer(failover.Query{Name: "api.example.com", Type: "AAAA"})
	assert.False(t, found)
	_, found = e.Answer(failover.Query{Name: "API.example.com", Type: "A"})
	assert.True(t, found)
}

func properties(t *testing.T, text string) *property.Reader {
	t.Helper()
	var values map[string]any
	require.NoError(t, json.Unmarshal([]byte(text), &values))
	return property.Of(property.Owner{}, values)
}

func TestParseCheck(t *testing.T) {
	got, err := failover.ParseCheck("c", properties(t, `{"HealthCheckConfig":{"Type":"HTTPS","FullyQualifiedDomainName":"h","ResourcePath":"/p","Port":"443","RequestInterval":10,"FailureThreshold":2,"Inverted":"true","Regions":["a","b","c"]}}`))
	require.NoError(t, err)
	assert.Equal(t, failover.Check{ID: "c", Host: "h", Path: "/p", Port: 443, Interval: 10 * time.Second, Threshold: 2, Inverted: true, Regions: []string{"a", "b", "c"}}, got)
	assert.Equal(t, 6, got.Checkers())
	calculated, err := failover.ParseCheck("c", properties(t, `{"HealthCheckConfig":{"Type":"CALCULATED","ChildHealthChecks":["a","b"],"HealthThreshold":2}}`))
	require.NoError(t, err)
	assert.True(t, calculated.Calculated())
	_, err = failover.ParseCheck("c", properties(t, `{"HealthCheckConfig":{"Type":"HTTPS","RequestInterval":15,"FailureThreshold":11,"Regions":["a"]}}`))
	for _, want := range []string{"FullyQualifiedDomainName", "RequestInterval", "FailureThreshold", "Regions"} {
		require.ErrorContains(t, err, want)
	}
	tcp, err := failover.ParseCheck("c", properties(t, `{"HealthCheckConfig":{"Type":"TCP","FullyQualifiedDomainName":"h","Port":443,"RequestInterval":30,"FailureThreshold":4}}`))
	require.NoError(t, err)
	assert.Equal(t, failover.Check{ID: "c", Host: "h", Port: 443, ConnectOnly: true, Interval: 30 * time.Second, Threshold: 4, Regions: failover.CheckerRegions}, tcp)
	_, err = failover.ParseCheck("c", properties(t, `{"HealthCheckConfig":{"Type":"TCP","ResourcePath":"/"}}`))
	for _, want := range []string{"FullyQualifiedDomainName", "'HealthCheckConfig.Port' is missing", "'HealthCheckConfig.ResourcePath' must be missing"} {
		require.ErrorContains(t, err, want)
	}
	_, err = failover.ParseCheck("c", properties(t, `{"HealthCheckConfig":{"Type":"HTTP_STR_MATCH"}}`))
	require.ErrorContains(t, err, `'HealthCheckConfig.Type' "HTTP_STR_MATCH" is not emulated`)
	_, err = failover.ParseCheck("c", property.Of(property.Owner{}, nil))
	require.ErrorContains(t, err, "HealthCheckConfig")
}

func TestParseRecord(t *testing.T) {
	got, err := failover.ParseRecord(properties(t, `{"Name":"api.example.com.","Type":"A","SetIdentifier":"p","Failover":"PRIMARY","HealthCheckId":"c","AliasTarget":{"DNSName":"d.","EvaluateTargetHealth":true}}`))
	require.NoError(t, err)
	assert.Equal(t, failover.Record{Name: "api.example.com", Type: "A", SetIdentifier: "p", Policy: failover.Failover, Primary: true, Check: "c", Target: "d", TTL: failover.AliasTTL}, got)
	cname, err := failover.ParseRecord(properties(t, `{"Name":"n","Type":"CNAME","TTL":"10","SetIdentifier":"p","Failover":"PRIMARY","HealthCheckId":"c","ResourceRecords":["d."]}`))
	require.NoError(t, err)
	assert.Equal(t, failover.Record{Name: "n", Type: "CNAME", SetIdentifier: "p", Policy: failover.Failover, Primary: true, Check: "c", Target: "d", TTL: 10 * time.Second}, cname)
	for want, text := range map[string]string{
		"'ResourceRecords' must have one host, got 2": `{"Name":"n","Type":"CNAME","TTL":"10","SetIdentifier":"p","Weight":"1","ResourceRecords":["d","e"]}`,
		"'TTL' must be at least 1":                    `{"Name":"n","Type":"CNAME","SetIdentifier":"p","Weight":"1","ResourceRecords":["d"]}`,
		"'HealthCheckId' is missing":                  `{"Name":"n","Type":"CNAME","TTL":"10","SetIdentifier":"p","Failover":"PRIMARY","ResourceRecords":["d"]}`,
	} {
		_, err := failover.ParseRecord(properties(t, text))
		require.ErrorContains(t, err, want)
	}
	txt, err := failover.ParseRecord(properties(t, `{"Name":"_r.n","Type":"TXT","TTL":"10","SetIdentifier":"p","Failover":"SECONDARY","ResourceRecords":["\"a b\" \" c\""]}`))
	require.NoError(t, err)
	assert.Equal(t, failover.Record{Name: "_r.n", Type: "TXT", SetIdentifier: "p", Policy: failover.Failover, Texts: []string{"a b", " c"}, TTL: 10 * time.Second}, txt)
	for value, want := range map[string]string{
		`["a"]`:       `must be texts in quotation marks, got a`,
		`["\"a\" b"]`: `must be texts in quotation marks, got "a" b`,
		`[]`:          `must have one value here, got 0`,
		`["\"` + strings.Repeat("x", 256) + `\""]`: `at most 255 bytes, got 256`,
	} {
		_, err := failover.ParseRecord(properties(t, `{"Name":"n","Type":"TXT","TTL":"10","SetIdentifier":"p","Weight":"1","ResourceRecords":`+value+`}`))
		require.ErrorContains(t, err, want)
	}
	weighted, err := failover.ParseRecord(properties(t, `{"Name":"n","Type":"AAAA","SetIdentifier":"p","Weight":"7","AliasTarget":{"DNSName":"d"}}`))
	require.NoError(t, err)
	assert.Equal(t, 7, weighted.Weight)
	latency, err := failover.ParseRecord(properties(t, `{"Name":"n","Type":"A","SetIdentifier":"p","Region":"eu-west-1","AliasTarget":{"DNSName":"d"}}`))
	require.NoError(t, err)
	assert.Equal(t, failover.Latency, latency.Policy)
	_, err = failover.ParseRecord(properties(t, `{"Name":"n","Type":"A","SetIdentifier":"p","Failover":"PRIMARY","AliasTarget":{"DNSName":"d"}}`))
	require.ErrorContains(t, err, "EvaluateTargetHealth")
	_, err = failover.ParseRecord(properties(t, `{"Type":"MX","Weight":256}`))
	for _, want := range []string{"SetIdentifier", "'Type'", "256"} {
		require.ErrorContains(t, err, want)
	}
}

func TestBound(t *testing.T) {
	for wait, want := range map[time.Duration]time.Duration{
		0:                     95 * time.Second,
		failover.AnswerLimit:  101 * time.Second,
		failover.ConnectLimit: 107 * time.Second,
		failover.ConnectLimit + failover.AnswerLimit: 113 * time.Second,
	} {
		assert.Equal(t, want, failover.Bound(endpoint("a"), wait, failover.DefaultAggregation, failover.AliasTTL))
	}
}

// TestTenThousandSchedules runs random faults of both Regions and of the
// switch in virtual time.
func TestTenThousandSchedules(t *testing.T) {
	schedules := uint64(10_000)
	if testing.Short() {
		schedules = 500
	}
	start := time.Now()
	var next atomic.Uint64
	var group sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() {
			for seed := next.Add(1); seed <= schedules && !t.Failed(); seed = next.Add(1) {
				assert.NoError(t, failover.Simulate(failover.RandomSchedule(seed)), "seed %d", seed)
			}
		})
	}
	group.Wait()
	t.Logf("%d schedules of 15 minutes in %s", schedules, time.Since(start).Round(time.Millisecond))
}

// TestAnySchedule lets rapid look for a schedule that breaks a promise, and
// shrink it.
func TestAnySchedule(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		length := 10 * time.Minute
		times := func(name string, most int) []time.Duration {
			list := rapid.SliceOfNDistinct(rapid.Int64Range(0, int64(length)), 0, most, rapid.ID).Draw(t, name)
			sorted := make([]time.Duration, 0, len(list))
			for _, at := range list {
				sorted = append(sorted, time.Duration(at))
			}
			for i := range sorted {
				for j := i; j > 0 && sorted[j] < sorted[j-1]; j-- {
					sorted[j], sorted[j-1] = sorted[j-1], sorted[j]
				}
			}
			return sorted
		}
		s := failover.Schedule{
			Length: length, Primary: times("primary", 6), Secondary: times("secondary", 3), Takeover: times("takeover", 2),
			PrimaryFails:   rapid.SampledFrom(failover.FailureModes).Draw(t, "primary fails"),
			SecondaryFails: rapid.SampledFrom(failover.FailureModes).Draw(t, "secondary fails"),
			Interval:       rapid.SampledFrom([]time.Duration{10 * time.Second, 30 * time.Second}).Draw(t, "interval"),
			Threshold:      rapid.IntRange(1, 10).Draw(t, "threshold"),
			Aggregation:    aggregation, Seed: rapid.Uint64().Draw(t, "seed"),
		}
		if err := failover.Simulate(s); err != nil {
			t.Fatal(err)
		}
	})
}

func BenchmarkSimulate(b *testing.B) {
	for seed := uint64(0); b.Loop(); seed++ {
		if err := failover.Simulate(failover.RandomSchedule(seed)); err != nil {
			b.Fatal(err)
		}
	}
}
