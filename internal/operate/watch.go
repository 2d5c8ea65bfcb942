package operate

import (
	"context"
	"fmt"
	"time"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/internal/figure"
)

const (
	watchInterval = 250 * time.Millisecond
	// answersInARow of one Region show that clients have moved: a resolver with
	// an old answer would have been met.
	answersInARow = 20
)

// watcher sees a switch arrive: at the health endpoint that Route 53 asks, at
// the name servers, at clients.
type watcher struct {
	*change
	standby *region
	facts   contract.Facts
	known   bool

	position, servers bool
	row, failures     int
	lastDNS           time.Time
}

// watch ends when clients were seen in the new Region, when time is up, or when
// the operator has seen enough.
func (c *change) watch(ctx context.Context, p Pair) {
	w := &watcher{change: c, standby: c.world.region(p, p.Standby)}
	if found, err := w.standby.parameters(ctx); err == nil {
		w.facts, w.known = found.facts, found.hasFacts
	}
	w.position = !w.known
	moves := c.order.Action == ActionFailover || c.order.Action == ActionFailback
	for {
		w.lookAtPosition(ctx)
		if !moves && w.position {
			c.done(ctx, p)
			return
		}
		if moves {
			w.lookAtServers(ctx, p)
			if w.lookAtClients(ctx, p) {
				c.done(ctx, p)
				return
			}
		}
		if c.world.Now().Sub(c.moved) > c.order.Timeout {
			w.notSeen(ctx, p, fmt.Sprintf("after %s", figure.Seconds(c.order.Timeout.Seconds())))
			return
		}
		if !sleep(ctx, watchInterval) {
			w.notSeen(ctx, p, "when it was interrupted")
			return
		}
	}
}

func (c *change) done(ctx context.Context, p Pair) {
	c.result.Outcome, c.result.Next = OutcomeDone, next(c.order.Action, p)
	c.result.Seconds = c.world.Now().Sub(c.moved).Seconds()
	c.note(ctx, p)
}

func (w *watcher) notSeen(ctx context.Context, p Pair, when string) {
	w.fail(OutcomeNotSeen, fmt.Sprintf("the switch in %s is %s, and clients here were not seen to follow %s", p.Standby, w.change.position(), when),
		Advice{"regionpair status --watch", "see them move"},
		Advice{"regionpair " + w.order.Action, "look again: it is safe, and changes nothing that is done"},
		Advice{"regionpair " + opposite(w.order.Action), "undo it"})
	w.note(ctx, p)
}

func opposite(action string) string {
	return map[string]string{
		ActionFailover: ActionFailback, ActionFailback: ActionFailover, ActionHold: ActionRelease, ActionRelease: ActionHold,
	}[action]
}

func (w *watcher) lookAtPosition(ctx context.Context) {
	if w.position {
		return
	}
	if position, err := w.standby.switchPosition(ctx, w.facts); err == nil && position == w.change.position() {
		w.position = true
		w.saw("%s answers Route 53 that the switch is %s", w.standby.name, position)
	}
}

func (w *watcher) lookAtServers(ctx context.Context, p Pair) {
	if w.servers || w.world.Now().Sub(w.lastDNS) < time.Second {
		return
	}
	w.lastDNS = w.world.Now()
	answers := w.world.DNS.Authoritative(ctx, p.Domain)
	for _, answer := range answers {
		if answer.Region != w.result.To {
			return
		}
	}
	w.servers = true
	w.saw("Route 53 answers %s (%d of %s)", w.result.To, len(answers), counted(len(answers), "name server", "name servers"))
}

// lookAtClients makes one request as a new client and returns whether enough in
// a row came from the new Region.
func (w *watcher) lookAtClients(ctx context.Context, p Pair) bool {
	switch answer := w.world.askAPI(ctx, p.Domain); answer.Region {
	case w.result.To:
		w.row++
	case w.result.From:
		w.row = 0
	default:
		w.row = 0
		w.failures++
	}
	if w.row < answersInARow {
		return false
	}
	w.saw("clients here: %d answers in a row from %s, %s on the way", w.row, w.result.To, counted(w.failures, "error", "errors"))
	return true
}
