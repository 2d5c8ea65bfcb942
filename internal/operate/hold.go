package operate

import (
	"context"
	"fmt"

	"github.com/regionpair/regionpair/internal/contract"
)

// unlock lets a primary that gets its clients back take writes, and be healthy, before
// they come.
func (c *change) unlock(ctx context.Context, p Pair) bool {
	return c.openFence(ctx, p) && c.endHold(ctx, p)
}

// endHold lets a primary be healthy that a person has kept out.
func (c *change) endHold(ctx context.Context, p Pair) bool {
	if !c.primary.heldByPerson() {
		return true
	}
	err := c.setHold(ctx, p, contract.PositionOff)
	switch {
	case err == nil:
		c.ended = true
		c.saw("%s is not held any more", p.Primary)
	case isUnanswered(err):
		// The fence stays open: a primary that is not held may get its clients.
		c.fail(OutcomeNotKnown, err.Error()+"; whether "+p.Primary+" is still held is not known",
			Advice{"regionpair " + c.order.Action, "try again: it is safe, whatever has happened"})
	default:
		c.fail(OutcomeFailed, fmt.Sprintf("%s is held, and that could not be ended: %s", p.Primary, plainly(err)))
		c.lockAgain(ctx, p)
	}
	return err == nil
}

func (c *change) setHold(ctx context.Context, p Pair, position string) error {
	return c.setInPrimary(ctx, p, contract.HoldParameter(p.Name), position)
}

// lockAgain gives the hold and the fence their positions back, since clients stay with
// the standby.
func (c *change) lockAgain(ctx context.Context, p Pair) {
	c.result.Problem += "; nobody was moved"
	if c.ended {
		c.putBack(c.setHold(ctx, p, contract.PositionOn), p.Primary+" is held again", "the hold is on as before", p.Primary+" is not held any more")
	}
	if c.opened {
		c.putBack(c.setFence(ctx, p, c.primary.Fence), p.Primary+" is told to take no writes", "the fence is closed as before",
			p.Primary+" may take writes, and clients stay with "+p.Standby)
	}
}

func (c *change) putBack(err error, seen, done, undone string) {
	if err != nil {
		c.fail(OutcomeNotKnown, fmt.Sprintf("%s; %s: %s", c.result.Problem, undone, plainly(err)))
		return
	}
	c.saw("%s", seen)
	c.result.Problem += ", and " + done
}
