package operate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/regionpair/regionpair/internal/contract"
)

// Fencing is how a failover ends writes in the primary before it moves the
// clients, so that the standby has everything when it begins to serve.
type Fencing struct {
	// Uploads is how long URLs that were signed before are waited for; no wait
	// where nobody uploads by URL.
	Uploads time.Duration
	// Settle is how long functions may go on with what they began before they
	// noticed the fence.
	Settle time.Duration
	// Drain is how long the standby may take to receive what is missing.
	Drain time.Duration
}

// Defaults of [Fencing].
const (
	DefaultUploads = contract.UploadLifetime
	// DefaultSettle: functions read the fence every 5 s, and API Gateway ends
	// requests after 29 s.
	DefaultSettle = 35 * time.Second
	DefaultDrain  = 5 * time.Minute
)

// witness sees a fence close, for those who need no plan and no confirmation.
type witness func(text string)

// Plan implements Person.
func (witness) Plan(Result) {}

// Confirm implements Person.
func (witness) Confirm(context.Context, Pair) error { return nil }

// Saw implements Person.
func (w witness) Saw(e Event) { w(e.Text) }

// Waiting implements Person.
func (witness) Waiting(Result) {}

// CloseFence ends writes in the primary and returns when the standby has them all.
// When that cannot be reached it opens the fence again; the error says so, or what
// is left to do.
func (w World) CloseFence(ctx context.Context, p Pair, fencing Fencing, action, reason string, saw func(text string)) error {
	c := &change{world: w, order: Order{Action: action, Reason: reason, Fence: &fencing}, person: witness(saw), began: w.Now()}
	if c.fence(ctx, p) {
		return nil
	}
	return errors.New(c.result.Problem)
}

// OpenFence lets the primary take writes again.
func (w World) OpenFence(ctx context.Context, p Pair, action, reason string) error {
	c := &change{world: w, order: Order{Action: action, Reason: reason}}
	return c.setFence(ctx, p, contract.PositionOff)
}

// FenceGuards are the conditions of a fence.
func (w World) FenceGuards(ctx context.Context, o Observation) []Guard {
	c := &change{world: w}
	return c.fenceGuards(ctx, o.Pair, o.Regions[0])
}

// fenceGuards: the primary knows a fence, and the standby lacks nothing that no
// waiting brings.
func (c *change) fenceGuards(ctx context.Context, p Pair, primary RegionObservation) []Guard {
	known := guard(GuardFence, true, "%s can be told to take no writes", primary.Region)
	switch {
	case primary.Err != nil:
		known = guard(GuardFence, false, "%s cannot be told to take no writes: %s", primary.Region, primary.Err)
		known.Advice = "regionpair failover, without --fence"
	case primary.Fence == "":
		known = guard(GuardFence, false, "%s has no parameter %s: deploy its stack once with this version", primary.Region, contract.FenceParameter(p.Name))
	}
	if !known.Holds {
		return []Guard{known}
	}
	return []Guard{known, c.dataGuard(ctx, p)}
}

// dataGuard looks for what a fence would wait for in vain.
func (c *change) dataGuard(ctx context.Context, p Pair) Guard {
	v, err := c.world.Verify(ctx, p, "", time.Minute)
	if err != nil {
		return guard(GuardData, false, "the buckets cannot be compared: %s", plainly(err))
	}
	return v.dataGuard(p)
}

func (v Verification) dataGuard(p Pair) Guard {
	lacks := v.lackedBy(p.Standby)
	g := guard(GuardData, lacks == 0, "%s has all but the last minute of %s", p.Standby, keys(v.Keys))
	if lacks > 0 {
		g.Text, g.Advice = fmt.Sprintf("%s lacks versions of %s that are older than a minute", p.Standby, keys(lacks)), "regionpair verify --repair-plan"
	}
	if len(v.NotCompared) > 0 {
		// Nobody would notice a handler that goes on writing items.
		g.Holds = false
		g.Text += v.butTables()
		g.Advice = cmp.Or(g.Advice, "--accept data, if the handlers heed the fence (docs/reference/handler.md)")
	}
	return g
}

// butTables says what a comparison leaves out, if anything.
func (v Verification) butTables() string {
	if len(v.NotCompared) == 0 {
		return ""
	}
	return "; the items of " + strings.Join(v.NotCompared, ", ") + " are not compared"
}

// fence ends writes in the primary and waits until the standby has them all. When
// that cannot be reached, the fence is opened again, and nobody was moved.
func (c *change) fence(ctx context.Context, p Pair) bool {
	stop, outcome := c.closeFence(ctx, p)
	if stop != "" {
		c.takeBack(ctx, p, stop, outcome)
	}
	return stop == ""
}

// takeBack opens the fence again, since nobody is moved.
func (c *change) takeBack(ctx context.Context, p Pair, stop, outcome string) {
	if err := c.setFence(ctx, p, contract.PositionOff); err != nil {
		c.fail(OutcomeNotKnown, fmt.Sprintf("%s; %s may still take no writes: %s", stop, p.Primary, plainly(err)),
			Advice{"regionpair release", "open the fence"})
		return
	}
	c.saw("%s takes writes again", p.Primary)
	c.fail(outcome, stop+"; nobody was moved, and the fence is open")
}

// closeFence returns why it stopped, and as what; nothing when all has arrived.
func (c *change) closeFence(ctx context.Context, p Pair) (stop, outcome string) {
	if wait := c.order.Fence.Uploads; wait > 0 {
		if err := c.setFence(ctx, p, contract.PositionUploads); err != nil {
			return plainly(err), OutcomeFailed
		}
		c.saw("%s signs no uploads; those that were signed end within %s", p.Primary, wait)
		if !sleep(ctx, wait) {
			return "interrupted while uploads ended", OutcomeDeclined
		}
	}
	if err := c.setFence(ctx, p, contract.PositionOn); err != nil {
		return plainly(err), OutcomeFailed
	}
	c.saw("%s is told to take no writes", p.Primary)
	if !sleep(ctx, c.order.Fence.Settle) {
		return "interrupted while writes ended", OutcomeDeclined
	}
	return c.drain(ctx, p)
}

// drain compares the buckets until the standby has everything.
func (c *change) drain(ctx context.Context, p Pair) (stop, outcome string) {
	closed, deadline := c.closedAt(ctx, p), c.world.Now().Add(c.order.Fence.Drain)
	for last := -1; ; {
		v, err := c.world.Verify(ctx, p, "", 0)
		lacks := v.lackedBy(p.Standby)
		switch {
		case err == nil && v.writtenAfter(closed):
			return fmt.Sprintf("%s was written in %s in spite of the fence: a handler there does not heed it (docs/reference/handler.md)", v.newestKey, p.Primary), OutcomeFailed
		case err == nil && lacks == 0:
			c.saw("%s has everything: %s compared%s", p.Standby, keys(v.Keys), v.butTables())
			return "", ""
		case !c.world.Now().Before(deadline):
			if err != nil {
				return "the buckets cannot be compared: " + plainly(err), OutcomeFailed
			}
			return fmt.Sprintf("%s still lacks versions of %s", p.Standby, keys(lacks)), OutcomeRefused
		case err == nil && lacks != last:
			c.saw("%s lacks versions of %s", p.Standby, keys(lacks))
			last = lacks
		}
		if !sleep(ctx, drainInterval) {
			return "interrupted while data arrived", OutcomeDeclined
		}
	}
}

const drainInterval = 2 * time.Second

// closedAt is after what may have been written before all functions had noticed
// the fence, by the clock of AWS.
func (c *change) closedAt(ctx context.Context, p Pair) time.Time {
	found, err := c.world.region(p, p.Primary).parameters(ctx)
	if err != nil || found.fence.value != contract.PositionOn {
		return time.Time{}
	}
	return found.fence.changed.Add(c.order.Fence.Settle)
}

func (c *change) setFence(ctx context.Context, p Pair, position string) error {
	return c.setInPrimary(ctx, p, contract.FenceParameter(p.Name), position)
}

// setInPrimary is not interrupted: it must not stay open what was set.
func (c *change) setInPrimary(ctx context.Context, p Pair, parameter, position string) error {
	_, err := c.world.region(p, p.Primary).put(context.WithoutCancel(ctx), parameter, position, describeChange(c.order.Action, c.order.Reason))
	return err
}

// openFence lets a primary that gets its clients back take writes before they
// come.
func (c *change) openFence(ctx context.Context, p Pair) bool {
	if !c.primary.fenced() {
		return true
	}
	if err := c.setFence(ctx, p, contract.PositionOff); err != nil {
		c.fail(OutcomeFailed, fmt.Sprintf("%s takes no writes, and its fence could not be opened: %s; clients were not moved", p.Primary, plainly(err)))
		return false
	}
	c.opened = true
	c.saw("%s takes writes again", p.Primary)
	return true
}

// fenced says whether the Region refuses writes.
func (o RegionObservation) fenced() bool {
	return o.Fence != "" && o.Fence != contract.PositionOff
}

// fencedDuring says whether the fence was closed while something was measured: it is
// closed now, or was changed since.
func (o RegionObservation) fencedDuring(m Measure) bool {
	return o.fenced() || o.FenceSince.After(m.At.Add(-metricPeriod))
}
