package failover

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"sort"
	"time"

	"github.com/regionpair/regionpair/internal/limits"
)

// Schedule is what happens to two Regions in virtual time.
type Schedule struct {
	// Length of the simulation.
	Length time.Duration
	// Primary and Secondary hold the times at which the Region's health
	// endpoint goes down or comes up, in turn; it starts up.
	Primary, Secondary []time.Duration
	// PrimaryFails and SecondaryFails say how, while it is down.
	PrimaryFails, SecondaryFails FailureMode
	// Takeover holds the times at which the standby's switch is turned on or
	// off, in turn; it starts off.
	Takeover []time.Duration
	// Interval and Threshold of the checks.
	Interval  time.Duration
	Threshold int
	// Regions of the checkers.
	// Default: CheckerRegions.
	Regions []string
	// Aggregation delay.
	Aggregation time.Duration
	// Seed of the checkers' phases and latencies.
	Seed uint64
}

// RandomSchedule returns a schedule with faults of any length in both Regions.
func RandomSchedule(seed uint64) Schedule {
	random := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // a simulation
	s := Schedule{
		Length: 15 * time.Minute, Interval: 10 * time.Second, Threshold: 1 + random.IntN(4),
		Aggregation: DefaultAggregation, Seed: seed,
	}
	times := func(most int) []time.Duration {
		list := make([]time.Duration, random.IntN(most+1))
		for i := range list {
			list[i] = time.Duration(random.Int64N(int64(s.Length)))
		}
		slices.Sort(list)
		return list
	}
	mode := func() FailureMode { return FailureModes[random.IntN(len(FailureModes))] }
	s.Primary, s.Secondary, s.Takeover = times(6), times(3), times(2)
	s.PrimaryFails, s.SecondaryFails = mode(), mode()
	return s
}

// isOn reports whether something that toggles at these times and starts off is
// on, and since when it is as it is.
func isOn(times []time.Duration, at time.Duration) (on bool, since time.Duration) {
	n := sort.Search(len(times), func(i int) bool { return times[i] > at })
	if n > 0 {
		since = times[n-1]
	}
	return n%2 == 1, since
}

const (
	simulatedName = "api.example.com"
	primaryHost   = "primary"
	secondaryHost = "secondary"
	// endpointCheck and switchCheck are the children of servesCheck, which is that
	// of the primary's record; standbyCheck is that of the standby's.
	endpointCheck = "endpoint"
	switchCheck   = "switch"
	servesCheck   = "serves"
	standbyCheck  = "standby"
)

// StandbyCheck returns the check of the standby's record, which does not differ
// between configurations.
func StandbyCheck(regions []string) Check {
	return Check{
		ID: standbyCheck, Host: secondaryHost, Port: 443, ConnectOnly: true,
		Interval: limits.StandbyInterval * time.Second, Threshold: limits.StandbyThreshold, Regions: regions,
	}
}

// pairOf returns the checks and records that a pair deploys.
func pairOf(s Schedule) ([]Check, []Record) {
	regions := s.Regions
	if len(regions) == 0 {
		regions = CheckerRegions
	}
	interval, threshold := limits.SwitchTiming(int(s.Interval/time.Second), s.Threshold)
	checks := []Check{
		{ID: endpointCheck, Host: primaryHost, Path: "/health", Interval: s.Interval, Threshold: s.Threshold, Regions: regions},
		{
			ID: switchCheck, Host: secondaryHost, Path: "/switch", Inverted: true,
			Interval: time.Duration(interval) * time.Second, Threshold: threshold, Regions: regions,
		},
		{ID: servesCheck, Children: []string{endpointCheck, switchCheck}, HealthThreshold: 2},
		StandbyCheck(regions),
	}
	records := []Record{
		{Name: simulatedName, Type: "A", SetIdentifier: "primary", Policy: Failover, Primary: true, Check: servesCheck, Target: primaryHost},
		{Name: simulatedName, Type: "A", SetIdentifier: "secondary", Policy: Failover, Check: standbyCheck, Target: secondaryHost},
	}
	return checks, records
}

// probe is one request of a checker, on its way.
type probe struct {
	at      time.Duration
	check   string
	checker int
	start   time.Duration
}

// Simulate runs a schedule in virtual time and returns the first promise that
// is broken, or nil:
//
//   - a name is never answered with a primary that has been down for longer than
//     the detection time of the configuration and of the way it fails, while the
//     standby accepts connections, whatever else is wrong with that;
//   - it is never answered with a standby that has accepted no connection for
//     longer than its check needs;
//   - it always returns to the primary once that is up and nobody asked the
//     standby to take over;
//   - it never changes faster than the checks allow.
func Simulate(s Schedule) error {
	engine, err := newPairEngine(s)
	if err != nil {
		return err
	}
	return s.runWith(engine, func(bool) {})
}

// runWith holds what an engine answers against the promises, and reports each
// second whether that is the primary.
func (s Schedule) runWith(engine *Engine, report func(primary bool)) error {
	random := rand.New(rand.NewPCG(s.Seed, 2)) //nolint:gosec // a simulation
	w := watch{schedule: s}
	start := time.Unix(0, 0)
	record, _ := engine.Answer(Query{Name: simulatedName, Type: "A"})
	for second, probes := range plan(s, engine, random) {
		for _, p := range probes {
			if len(engine.Advance(start.Add(p.at))) > 0 {
				record, _ = engine.Answer(Query{Name: simulatedName, Type: "A"})
			}
			engine.Observe(start.Add(p.at), p.check, p.checker, s.good(p))
		}
		next := time.Duration(second+1) * step
		if len(engine.Advance(start.Add(next))) > 0 {
			record, _ = engine.Answer(Query{Name: simulatedName, Type: "A"})
		}
		report(record.Primary)
		if err := w.see(next, record.Primary); err != nil {
			return err
		}
	}
	return nil
}

// Detect runs a schedule and returns how long after the primary's first failure
// the name servers answer with the standby; false when they do not within the
// schedule's length.
func Detect(s Schedule) (time.Duration, bool) {
	engine, err := newPairEngine(s)
	if err != nil || len(s.Primary) == 0 {
		return 0, false
	}
	start := time.Unix(0, 0)
	for second, probes := range plan(s, engine, rand.New(rand.NewPCG(s.Seed, 2))) { //nolint:gosec // a simulation
		for _, p := range probes {
			engine.Observe(start.Add(p.at), p.check, p.checker, s.good(p))
		}
		for _, change := range engine.Advance(start.Add(time.Duration(second+1) * step)) {
			if after := change.At.Sub(start) - s.Primary[0]; change.Check == servesCheck && !change.Healthy && after > 0 {
				return after, true
			}
		}
	}
	return 0, false
}

// step is how often the answer is looked at.
const step = time.Second

// newPairEngine returns the engine of a schedule's pair.
func newPairEngine(s Schedule) (*Engine, error) {
	checks, records := pairOf(s)
	return New(checks, records, s.Aggregation)
}

// good is what a checker sees: the switch answers 200 only when it is on and
// its Region is up.
func (s Schedule) good(p probe) bool {
	down, _ := isOn(s.Primary, p.start)
	lost, _ := isOn(s.Secondary, p.start)
	switch p.check {
	case endpointCheck:
		return !down
	case standbyCheck:
		return !lost || s.SecondaryFails.accepts()
	}
	on, _ := isOn(s.Takeover, p.start)
	return on && !lost
}

// latency is the longest time in which an endpoint answers.
const latency = 300 * time.Millisecond

// plan lists all requests by the second in which they end, and there in the
// order of their ends. Each checker has its own phase.
func plan(s Schedule, engine *Engine, random *rand.Rand) [][]probe {
	bySecond := make([][]probe, int(s.Length/step))
	for _, c := range engine.Checks() {
		for checker := range c.Checkers() {
			start := time.Duration(random.Int64N(int64(c.Interval)))
			for start < s.Length {
				p := probe{check: c.ID, checker: checker, start: start}
				p.at = start + s.takes(p, random)
				if second := int(p.at / step); second < len(bySecond) {
					bySecond[second] = append(bySecond[second], p)
				}
				start = p.at + c.Interval
			}
		}
	}
	for _, probes := range bySecond {
		slices.SortFunc(probes, func(a, b probe) int { return cmp.Compare(a.at, b.at) })
	}
	return bySecond
}

// takes is how long a request takes.
func (s Schedule) takes(p probe, random *rand.Rand) time.Duration {
	outages, wait := s.Primary, s.PrimaryFails.wait
	switch p.check {
	case switchCheck:
		outages, wait = s.Secondary, s.SecondaryFails.wait
	case standbyCheck:
		outages, wait = s.Secondary, s.SecondaryFails.waitToConnect
	}
	least, most := time.Duration(0), latency
	if down, _ := isOn(outages, p.start); down {
		least, most = wait(latency)
	}
	return least + time.Duration(random.Int64N(int64(most-least)+1))
}
