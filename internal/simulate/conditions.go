package simulate

import "time"

// conditions are what is wrong at a moment.
type conditions struct {
	// fault of the primary, or nothing.
	primary    Kind
	gray       bool
	grayErrors bool
	fenced     bool
	destroyed  bool

	standbyDown, standbyBroken, standbyIll, partition, stalled, failing, unmeasured, flood, parameters, noGuard, takeover, replaced bool
}

// flapTime is how long a flapping primary is down, and then up.
const flapTime = 45 * time.Second

// unreadyFrom is when a new pair is not ready after all.
const unreadyFrom = 2 * time.Minute

func (s Schedule) at(now time.Duration) conditions {
	var c conditions
	if now >= unreadyFrom && now < unreadyFrom+s.Unready {
		c.primary = Errors
	}
	for _, f := range s.Faults {
		if now < f.At || now >= f.At+f.For && f.Kind != Destroyed {
			continue
		}
		switch f.Kind {
		case Crash, Blackhole, Hang, Errors:
			c.primary = f.Kind
		case Destroyed:
			c.destroyed = true
		case Flap:
			if (now-f.At)%(2*flapTime) < flapTime {
				c.primary = Crash
			}
		case Gray:
			c.gray = true
		case GrayErrors:
			c.grayErrors = true
		case Fence:
			c.fenced = true
		case StandbyDown:
			c.standbyDown = true
		case StandbyBroken:
			c.standbyBroken = true
		case StandbyIll:
			c.standbyIll = true
		case Unmeasured:
			c.unmeasured = true
		case Partition:
			c.partition = true
		case Stalled:
			c.stalled = true
		case Failing:
			c.failing = true
		case Flood:
			c.flood = true
		case Parameters:
			c.parameters = true
		case NoGuard:
			c.noGuard = true
		case Takeover:
			c.takeover = true
		case Replaced:
			c.replaced = true
		}
	}
	if c.destroyed {
		c.primary = Crash
	}
	return c
}

// regionLost: nothing in the primary Region answers, AWS's services included.
func (c conditions) regionLost() bool { return c.primary != "" && c.primary != Errors }

// standbyServes: clients of the standby get answers.
func (c conditions) standbyServes() bool { return c.standbyRuns() && !c.standbyIll }

// standbyRuns: its functions do, the guard among them.
func (c conditions) standbyRuns() bool { return !c.standbyDown && !c.standbyBroken }

// apart: the Regions cannot reach each other.
func (c conditions) apart() bool { return c.regionLost() || c.standbyDown || c.partition }
