package simulate

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/internal/failover"
	"github.com/regionpair/regionpair/internal/figure"
	"github.com/regionpair/regionpair/internal/limits"
)

// Outage is a primary that fails, again and again, and the clients that it had.
type Outage struct {
	// Posture that the values come from; empty when they are given.
	Posture string
	// Interval, Threshold and CheckerRegions of the health check.
	Interval       time.Duration
	Threshold      int
	CheckerRegions []string
	// TTL of the records.
	TTL time.Duration
	// Fault is how the primary fails: crash, http-5xx, blackhole or slow.
	Fault string
	// Clients in all.
	Clients int
	// Keeps are shares of the clients whose resolver keeps answers for longer
	// than the TTL, by how long.
	Keeps map[time.Duration]float64
	// Seed of everything that is random.
	Seed uint64
}

// modes are the ways to fail, as the drill calls them.
var modes = map[string]failover.FailureMode{
	"crash": failover.Refuses, "http-5xx": failover.Fails, "blackhole": failover.Vanishes, "slow": failover.Hangs,
}

// OutageFaults lists the ways to fail.
func OutageFaults() []string { return []string{"crash", "http-5xx", "blackhole", "slow"} }

// NewOutage returns the outage of a posture.
func NewOutage(posture string) (Outage, error) {
	values, known := limits.Posture(contract.Posture(posture))
	if !known {
		return Outage{}, fmt.Errorf("posture %q is unknown; there are standard, fast and economy", posture)
	}
	o := Outage{
		Posture: posture, Interval: time.Duration(values.Interval) * time.Second, Threshold: values.Threshold,
		CheckerRegions: values.CheckerRegions, TTL: time.Duration(values.TTL) * time.Second, Fault: "crash", Clients: 1_000_000,
	}
	if o.CheckerRegions == nil {
		o.CheckerRegions = failover.CheckerRegions
	}
	return o, nil
}

// Validate returns everything that is wrong.
func (o Outage) Validate() []error {
	var problems []error
	complain := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	if o.Interval != 10*time.Second && o.Interval != 30*time.Second {
		complain("the interval must be 10s or 30s, got %s", o.Interval)
	}
	if o.Threshold < 1 || o.Threshold > 10 {
		complain("the threshold must be from 1 to 10, got %d", o.Threshold)
	}
	if o.TTL < time.Second || o.TTL > 24*time.Hour {
		complain("the TTL must be from 1s to 24h, got %s", o.TTL)
	}
	if _, known := modes[o.Fault]; !known {
		complain("fault %q is unknown; there are %s", o.Fault, strings.Join(OutageFaults(), ", "))
	}
	if o.Clients < outages || o.Clients > 100_000_000 {
		complain("the clients must be from %d to 100000000, got %d", outages, o.Clients)
	}
	sum := 0.0
	for keeps, share := range o.Keeps {
		if keeps <= 0 || share <= 0 {
			complain("a share of clients and how long they keep answers must be more than 0, got %v for %s", share, keeps)
		}
		sum += share
	}
	if sum > 1 {
		complain("the shares of clients must not add up to more than 1, got %v", sum)
	}
	return problems
}

const (
	// outages that the clients are spread over.
	outages = 1000
	// warm is how long new checks need to settle, at least.
	warm = 10
	// resolution of the distribution.
	resolution = 100 * time.Millisecond
)

// Percentiles of times, in seconds.
type Percentiles struct {
	P5  float64 `json:"p5"`
	P50 float64 `json:"p50"`
	P95 float64 `json:"p95"`
	P99 float64 `json:"p99"`
	Max float64 `json:"max"`
}

// Recovery is the document of `regionpair simulate`: how long clients are
// without service.
type Recovery struct {
	SchemaVersion   int     `json:"schemaVersion"`
	Posture         string  `json:"posture,omitempty"`
	Fault           string  `json:"fault"`
	IntervalSeconds float64 `json:"intervalSeconds"`
	Threshold       int     `json:"threshold"`
	Checkers        int     `json:"checkers"`
	TTLSeconds      float64 `json:"ttlSeconds"`
	Clients         int     `json:"clients"`
	// Outages that the clients were spread over.
	Outages int    `json:"outages"`
	Seed    uint64 `json:"seed"`
	// BoundSeconds is what the configuration implies for clients that honour the
	// TTL.
	BoundSeconds float64 `json:"boundSeconds"`
	// Detection until the name servers answer with the standby.
	Detection Percentiles `json:"detection"`
	// Recovery until a client is served again.
	Recovery Percentiles `json:"recovery"`
	// WithinBound is the share of clients that are served again within it.
	WithinBound float64 `json:"withinBound"`
	// Distribution of the recovery times, in steps of StepSeconds.
	StepSeconds  float64 `json:"stepSeconds"`
	Distribution []Share `json:"distribution"`
}

// Share of clients that were served again in a step.
type Share struct {
	// Seconds at which the step begins.
	Seconds float64 `json:"seconds"`
	Share   float64 `json:"share"`
}

// Recover simulates the outages in virtual time: every checker, and every
// client's cached answer.
func Recover(o Outage) (Recovery, error) {
	detected := make([]time.Duration, outages)
	group := errgroup.Group{}
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i := range detected {
		group.Go(func() error {
			after, found := failover.Detect(o.schedule(o.Seed*outages + uint64(i))) //nolint:gosec // a small number
			if !found {
				return fmt.Errorf("the outage with seed %d was not detected", o.Seed*outages+uint64(i)) //nolint:gosec // a small number
			}
			detected[i] = after
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return Recovery{}, fmt.Errorf("simulate: %w", err)
	}
	return o.report(detected, o.clients(detected)), nil
}

// schedule is one outage, at any moment of the checkers' rounds.
func (o Outage) schedule(seed uint64) failover.Schedule {
	random := rand.New(rand.NewPCG(seed, 3)) //nolint:gosec // a simulation
	at := warm*time.Duration(o.Threshold)*o.Interval + time.Duration(random.Int64N(int64(o.Interval)))
	return failover.Schedule{
		Length:  at + 4*failover.Detection(failover.Check{Interval: o.Interval, Threshold: o.Threshold}, failover.ConnectLimit+failover.AnswerLimit, failover.DefaultAggregation),
		Primary: []time.Duration{at}, PrimaryFails: modes[o.Fault], SecondaryFails: failover.Refuses,
		Interval: o.Interval, Threshold: o.Threshold, Regions: o.CheckerRegions, Aggregation: failover.DefaultAggregation, Seed: seed,
	}
}

// clients returns how many are served again in each step of the resolution. A
// client asks for the name again when its cached answer ends, which may be any
// moment of its life when the name servers change theirs.
func (o Outage) clients(detected []time.Duration) []int {
	random := rand.New(rand.NewPCG(o.Seed, 4)) //nolint:gosec // a simulation
	counts := []int{}
	for i := range o.Clients {
		keeps := o.keeps(random)
		after := detected[i%len(detected)] + time.Duration(random.Int64N(int64(keeps)))
		step := int(after / resolution)
		for step >= len(counts) {
			counts = append(counts, 0)
		}
		counts[step]++
	}
	return counts
}

func (o Outage) keeps(random *rand.Rand) time.Duration {
	if len(o.Keeps) == 0 {
		return o.TTL
	}
	point := random.Float64()
	for _, keeps := range o.kinds() {
		if point -= o.Keeps[keeps]; point < 0 {
			return max(keeps, o.TTL)
		}
	}
	return o.TTL
}

// kinds of clients, in an order that does not change.
func (o Outage) kinds() []time.Duration {
	kinds := []time.Duration{}
	for keeps := range o.Keeps {
		kinds = append(kinds, keeps)
	}
	slices.Sort(kinds)
	return kinds
}

func (o Outage) bound() time.Duration {
	wait := map[string]time.Duration{"blackhole": failover.ConnectLimit, "slow": failover.ConnectLimit + failover.AnswerLimit}[o.Fault]
	return failover.Bound(failover.Check{Interval: o.Interval, Threshold: o.Threshold}, wait, failover.DefaultAggregation, o.TTL)
}

// steps of the distribution that a page shows, about.
const pageSteps = 30

func (o Outage) report(detected []time.Duration, counts []int) Recovery {
	slices.Sort(detected)
	at := func(q float64) float64 {
		return detected[min(len(detected)-1, int(q*float64(len(detected))))].Seconds()
	}
	r := Recovery{
		SchemaVersion: 1, Posture: o.Posture, Fault: o.Fault, IntervalSeconds: o.Interval.Seconds(), Threshold: o.Threshold,
		Checkers: failover.Check{Regions: o.CheckerRegions}.Checkers(), TTLSeconds: o.TTL.Seconds(), Clients: o.Clients, Outages: outages, Seed: o.Seed,
		BoundSeconds: o.bound().Seconds(), Detection: Percentiles{tenth(at(0.05)), tenth(at(0.50)), tenth(at(0.95)), tenth(at(0.99)), tenth(at(1))},
	}
	quantile := func(q float64) float64 {
		left := q * float64(o.Clients)
		for step, n := range counts {
			if left -= float64(n); left < 0 {
				return tenth((time.Duration(step) * resolution).Seconds())
			}
		}
		return tenth((time.Duration(len(counts)) * resolution).Seconds())
	}
	r.Recovery = Percentiles{quantile(0.05), quantile(0.50), quantile(0.95), quantile(0.99), quantile(1)}
	within := 0
	for step, n := range counts {
		if time.Duration(step)*resolution < o.bound() {
			within += n
		}
	}
	r.WithinBound = float64(within) / float64(o.Clients)
	r.distribute(counts)
	return r
}

func tenth(x float64) float64 { return float64(int(10*x+0.5)) / 10 }

// distribute puts the counts into steps of whole seconds, no more than a page
// shows.
func (r *Recovery) distribute(counts []int) {
	perSecond := int(time.Second / resolution)
	seconds := max(1, (len(counts)/perSecond+pageSteps-1)/pageSteps)
	r.StepSeconds, r.Distribution = float64(seconds), []Share{}
	for from := 0; from < len(counts); from += seconds * perSecond {
		sum := 0
		for _, n := range counts[from:min(len(counts), from+seconds*perSecond)] {
			sum += n
		}
		r.Distribution = append(r.Distribution, Share{Seconds: float64(from / perSecond), Share: float64(sum) / float64(r.Clients)})
	}
}

// leastShown is a share that a page rounds to more than nothing.
const leastShown = 0.0005

// barWidth of the largest share, in columns.
const barWidth = 50

// Text is the document as a page with a picture.
func (r Recovery) Text() string {
	var out strings.Builder
	name := r.Posture
	if name != "" {
		name += ": "
	}
	fmt.Fprintf(&out, "%s%s x %d, %d checkers, TTL %s; fault %s; %s clients, %s outages\n\n", name, figure.Seconds(r.IntervalSeconds), r.Threshold, r.Checkers,
		figure.Seconds(r.TTLSeconds), r.Fault, figure.Number(r.Clients), figure.Number(r.Outages))
	fmt.Fprintf(&out, "  %-34s %7s %7s %7s %7s %7s\n", "seconds after the fault", "p5", "p50", "p95", "p99", "max")
	for _, row := range []struct {
		name string
		p    Percentiles
	}{{"name servers answer the standby", r.Detection}, {"clients are served again", r.Recovery}} {
		fmt.Fprintf(&out, "  %-34s %7.1f %7.1f %7.1f %7.1f %7.1f\n", row.name, row.p.P5, row.p.P50, row.p.P95, row.p.P99, row.p.Max)
	}
	out.WriteString("\n")
	largest := 0.0
	for _, s := range r.Distribution {
		largest = max(largest, s.Share)
	}
	for _, s := range r.Distribution {
		if s.Share < leastShown {
			continue
		}
		fmt.Fprintf(&out, "  %4.0f s  %-*s %5.1f %%\n", s.Seconds, barWidth, strings.Repeat("#", int(barWidth*s.Share/largest+0.5)), 100*s.Share)
	}
	fmt.Fprintf(&out, "\n%s of the clients are served again within the bound of %s.\n", figure.Percent(r.WithinBound), figure.Seconds(r.BoundSeconds))
	return out.String()
}
