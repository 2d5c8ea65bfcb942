package simulate

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/internal/failover"
	"github.com/regionpair/regionpair/internal/guard"
	"github.com/regionpair/regionpair/internal/limits"
)

// Pair is the configuration of a pair.
type Pair struct {
	// Interval, Threshold and CheckerRegions of the health checks, and
	// Aggregation of what they find.
	Interval       time.Duration
	Threshold      int
	CheckerRegions []string
	Aggregation    time.Duration
	// TTL of the records.
	TTL time.Duration
	// Rules of the guard. With guard.Auto there is none.
	Rules guard.Rules

	// frontDoor: health checks are clients of the API, and meet its errors.
	frontDoor bool
	// asleep leaves the guard to its schedule: nothing wakes it.
	asleep bool
}

// NewPair returns the configuration of a posture.
func NewPair(posture string, mode guard.Mode) (Pair, error) {
	values, known := limits.Posture(contract.Posture(posture))
	if !known {
		return Pair{}, fmt.Errorf("posture %q is unknown; there are standard, fast and economy", posture)
	}
	p := Pair{
		Interval: time.Duration(values.Interval) * time.Second, Threshold: values.Threshold,
		CheckerRegions: values.CheckerRegions, Aggregation: failover.DefaultAggregation,
		TTL: time.Duration(values.TTL) * time.Second, Rules: guard.DefaultRules(mode),
	}
	if p.CheckerRegions == nil {
		p.CheckerRegions = failover.CheckerRegions
	}
	return p, nil
}

// Kind of a fault.
type Kind string

// Kinds of faults.
const (
	// Crash: the primary refuses connections.
	Crash Kind = "crash"
	// Blackhole: packets to the primary vanish.
	Blackhole Kind = "blackhole"
	// Hang: the primary accepts connections and never answers.
	Hang Kind = "hang"
	// Errors: the primary's API and health endpoint answer 5xx; AWS's services
	// in the Region work.
	Errors Kind = "errors"
	// Flap: the primary is down for 45 s, up for 45 s, and so on.
	Flap Kind = "flap"
	// Gray: the primary's health answer is bad 65 % of the time; its API works.
	Gray Kind = "gray"
	// GrayErrors: the primary's API answers 5xx to 30 % of the requests; its health
	// answers are good.
	GrayErrors Kind = "gray errors"
	// Fence: the primary refuses writes because somebody wants it to.
	Fence Kind = "fence"
	// Destroyed: the primary never returns.
	Destroyed Kind = "destroyed"
	// StandbyDown: the standby refuses connections, and its guard does not run.
	StandbyDown Kind = "standby down"
	// StandbyBroken: the standby's functions do not run. Connections are accepted,
	// and answered with 5xx.
	StandbyBroken Kind = "standby broken"
	// StandbyIll: the standby's API and health endpoint answer 5xx, and its guard
	// runs.
	StandbyIll Kind = "standby ill"
	// Partition: the Regions cannot reach each other; everybody else can.
	Partition Kind = "partition"
	// Stalled: nothing is replicated, in either direction.
	Stalled Kind = "replication stalled"
	// Failing: writes are given up and marked FAILED.
	Failing Kind = "replication failed"
	// Unmeasured: nobody knows how far replication is.
	Unmeasured Kind = "replication unmeasured"
	// Flood: the standby's health API answers 429.
	Flood Kind = "flood"
	// Parameters: the standby's functions restart, and Parameter Store there
	// does not answer.
	Parameters Kind = "parameters"
	// NoGuard: the guard does not run.
	NoGuard Kind = "no guard"
	// Takeover: a person turns the standby's switch on, and off at the end.
	Takeover Kind = "takeover"
	// Replaced: a deployment replaces the health check of the switch, and a new
	// inverted check starts unhealthy.
	Replaced Kind = "check replaced"
)

// Kinds lists all of them.
var Kinds = []Kind{
	Crash, Blackhole, Hang, Errors, Flap, Gray, GrayErrors, Fence, Destroyed, StandbyDown, StandbyBroken, StandbyIll, Partition, Stalled, Failing,
	Unmeasured, Flood, Parameters, NoGuard, Takeover, Replaced,
}

// Fault is something that goes wrong for a while.
type Fault struct {
	Kind Kind
	At   time.Duration
	For  time.Duration
}

func (f Fault) String() string { return fmt.Sprintf("%s %s for %s", clock(f.At), f.Kind, f.For) }

// Schedule is what happens to a pair.
type Schedule struct {
	Seed   uint64
	Length time.Duration
	Faults []Fault
	// Lag of replication, and how much later it goes on after it was stopped.
	Lag, CatchUp time.Duration
	// LastArrived makes the version current that arrives last, instead of the
	// one that was created last.
	LastArrived bool
	// Skew of the standby's clock.
	Skew time.Duration
	// Unready is how long the primary cannot serve soon after the pair was
	// created.
	Unready time.Duration
}

func (s Schedule) String() string {
	faults := []string{}
	for _, f := range s.Faults {
		faults = append(faults, f.String())
	}
	return fmt.Sprintf("seed %d: %s; replication takes %s, and %s to catch up", s.Seed, strings.Join(faults, ", "), s.Lag, s.CatchUp)
}

// replacement of a check takes as long as the new one needs to turn healthy.
const replacement = 30 * time.Second

// calm is how long nothing goes wrong at the beginning.
const calm = 14 * time.Minute

// Random returns a schedule with one to four faults of the kinds, of any
// length.
func Random(seed uint64, kinds ...Kind) Schedule {
	random := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // a simulation
	s := Schedule{
		Seed: seed, Length: 82 * time.Minute,
		Lag:     time.Second + between(random, 0, 9*time.Second),
		CatchUp: between(random, 0, 6*time.Minute), LastArrived: random.IntN(2) == 1,
		Skew: between(random, -2*time.Second, 2*time.Second), Unready: between(random, 0, 4*time.Minute),
	}
	for range 1 + random.IntN(4) {
		f := Fault{Kind: kinds[random.IntN(len(kinds))], At: calm + between(random, 0, 25*time.Minute), For: length(random)}
		if f.Kind == Replaced {
			f.For = replacement
		}
		s.Faults = append(s.Faults, f)
	}
	return s
}

// length of a fault: as often short as long.
func length(random *rand.Rand) time.Duration {
	if random.IntN(2) == 0 {
		return between(random, 5*time.Second, 3*time.Minute)
	}
	return between(random, 3*time.Minute, 15*time.Minute)
}

// between returns whole seconds.
func between(random *rand.Rand, least, most time.Duration) time.Duration {
	return least + time.Duration(random.Int64N(int64((most-least)/time.Second)+1))*time.Second
}

func clock(d time.Duration) string {
	return fmt.Sprintf("%02d:%02d", int(d.Minutes()), int(d.Seconds())%60)
}
