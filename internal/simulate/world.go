package simulate

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/regionpair/regionpair/internal/failover"
)

// tick is how often the world is looked at.
const tick = time.Second

// settled is when the new checks have found out how things are, and clients
// come.
const settled = 7 * time.Minute

// functionCache is how long the health function keeps what it read.
const functionCache = 5 * time.Second

// world is a pair while it is simulated.
type world struct {
	pair     Pair
	schedule Schedule
	random   *rand.Rand
	now      time.Duration
	is       conditions

	engine   *failover.Engine
	checkers []checker
	// answer of the name servers: the primary.
	answer bool

	primary, standby bucket
	replication      replication
	clients          []client
	writes           int
	traffic          traffic

	// parameters as they are, and as the health functions know them.
	toggle, hold           parameter
	knownToggle, knownHold parameter

	guardian guardian
	history  *History
}

// parameter is the switch or the hold.
type parameter struct {
	owner string
	// until a lease ends; 0 is for ever.
	until time.Duration
}

const (
	byPerson = "person"
	byGuard  = "guard"
)

func (p parameter) on(now time.Duration) bool {
	return p.owner != "" && (p.until == 0 || now < p.until)
}

// Run simulates a schedule.
func Run(pair Pair, schedule Schedule) (*History, error) {
	return run(pair, schedule, pair.Rules.Next)
}

func run(pair Pair, schedule Schedule, decide step) (*History, error) {
	engine, err := newEngine(pair)
	if err != nil {
		return nil, fmt.Errorf("simulate a pair: %w", err)
	}
	random := rand.New(rand.NewPCG(schedule.Seed, 2)) //nolint:gosec // a simulation
	w := &world{
		pair: pair, schedule: schedule, random: random, engine: engine, checkers: newCheckers(engine, random),
		replication: replication{schedule: schedule, random: random}, guardian: newGuardian(decide, random),
		history: &History{Pair: pair, Schedule: schedule},
	}
	for i, p := range populations {
		w.clients = append(w.clients, client{population: p, key: i % keys})
	}
	for ; w.now < schedule.Length; w.now += tick {
		w.step()
	}
	w.history.finish(w)
	return w.history, nil
}

func (w *world) step() {
	before := w.is
	w.is = w.schedule.at(w.now)
	w.people(before)
	if w.is.destroyed && !before.destroyed {
		w.primary = bucket{}
		w.standby.incoming, w.standby.failed = nil, nil
	}
	w.replication.step(w.now, w.is, &w.primary, &w.standby)
	w.readParameters(before)
	w.check()
	w.guardian.step(w)
	for i := range w.clients {
		if w.now >= settled && (w.now+time.Duration(i)*tick)%every == 0 {
			w.request(&w.clients[i])
		}
	}
	w.history.note(w)
}

// people use the switch.
func (w *world) people(before conditions) {
	switch {
	case w.is.takeover && !before.takeover:
		w.toggle = parameter{owner: byPerson}
		w.history.add(w.now, "a person turns the switch on")
	case !w.is.takeover && before.takeover:
		w.toggle = parameter{}
		w.history.add(w.now, "a person turns the switch off")
	}
}

// readParameters lets the health functions read what they keep for a while.
func (w *world) readParameters(before conditions) {
	if w.is.parameters && !before.parameters {
		w.knownToggle = parameter{}
	}
	if w.now%functionCache != 0 {
		return
	}
	if !w.is.parameters && w.is.standbyRuns() {
		w.knownToggle = w.toggle
	}
	if !w.is.regionLost() {
		w.knownHold = w.hold
	}
}

// primaryGreen: the primary's health endpoint answers 200.
func (w *world) primaryGreen() bool {
	return w.primaryServes() && !w.knownHold.on(w.now) && !w.badAnswer()
}

// badAnswer: the health answer of a primary that serves is bad.
func (w *world) badAnswer() bool {
	return w.is.gray && w.random.Float64() <= grayShare || w.pair.frontDoor && w.is.grayErrors && w.random.Float64() < errorShare
}

// grayShare of a gray Region's health answers is bad.
const grayShare = 0.65

// errorShare of requests to a Region with gray errors fails.
const errorShare = 0.3

// primaryServes: the primary can serve, holds aside.
func (w *world) primaryServes() bool { return w.is.primary == "" }

// switched: the standby's switch endpoint answers 200.
func (w *world) switched() bool {
	return w.is.replaced || w.knownToggle.on(w.now) && w.is.standbyRuns() && !w.is.flood
}

func (w *world) check() {
	for i := range w.checkers {
		c := &w.checkers[i]
		if w.now < c.next {
			continue
		}
		if !c.asking {
			c.asking, c.ends = true, w.now
			switch {
			case c.check.ConnectOnly:
				c.good = !w.is.standbyDown
			case c.check.ID == endpointCheck:
				c.good = w.primaryGreen()
				c.ends += wait(w.is.primary)
			case c.check.ID == standbyCheck:
				c.good = w.is.standbyServes() && !w.is.flood
			default:
				c.good = w.switched()
			}
			asksStandby := c.check.ID == standbyCheck || c.check.ID == switchCheck
			if asksStandby && w.is.standbyRuns() && !w.is.flood {
				w.guardian.asked(w)
			}
		}
		if c.asking && w.now >= c.ends {
			w.engine.Observe(epoch.Add(w.now), c.check.ID, c.index, c.good)
			c.asking, c.next = false, c.ends+c.check.Interval
		}
	}
	if len(w.engine.Advance(epoch.Add(w.now))) > 0 || w.now == 0 {
		record, _ := w.engine.Answer(failover.Query{Name: domainName, Type: "CNAME"})
		w.answer = record.Primary
	}
}

var epoch = time.Unix(0, 0).UTC()

// request is one of a client: it reads its object and replaces it.
func (w *world) request(c *client) {
	atPrimary := c.region(w.now, w.pair.TTL, w.answer)
	own, peer, down := &w.primary, &w.standby, !w.primaryServes()
	skew := time.Duration(0)
	if !atPrimary {
		own, peer, down, skew = &w.standby, &w.primary, !w.is.standbyServes(), w.schedule.Skew
	} else if !w.is.regionLost() {
		down = down || w.is.fenced || w.is.grayErrors && w.random.Float64() < errorShare
		w.traffic.count(w.now, down)
	}
	w.history.Requests++
	if down {
		w.history.Failed++
		c.failed()
		return
	}
	if own.current[c.key].number < c.last {
		w.history.StaleReads++
	}
	w.writes++
	v := version{number: w.writes, created: w.now + skew, at: w.now}
	own.current[c.key], c.last = v, v.number
	w.replication.send(peer, w.now, c.key, v)
}
