package operate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/regionpair/regionpair/internal/contract"
)

// Order is what an operator asks for.
type Order struct {
	// Action is failover, failback, hold or release.
	Action string
	Reason string
	// Accept names guards that may not hold.
	Accept []string
	// MaxLag that the Region which is to serve may be behind.
	MaxLag time.Duration
	// Stable is how long the primary must have been healthy for a failback.
	Stable time.Duration
	// Wait for the guards of a failback; 0 is one look.
	Wait time.Duration
	// Timeout of watching clients move.
	Timeout time.Duration
	// Fence ends writes in the primary before a failover.
	// Default: none; writes of the last seconds may arrive after the clients.
	Fence *Fencing
	// DryRun stops before anything is changed.
	DryRun bool
}

// Outcomes of an order.
const (
	OutcomeDone     = "done"
	OutcomeNothing  = "nothing to do"
	OutcomeDryRun   = "dry run"
	OutcomeRefused  = "refused"
	OutcomeDeclined = "declined"
	OutcomeFailed   = "failed"
	// OutcomeNotSeen: the switch is set and clients were not seen to follow.
	OutcomeNotSeen = "not seen"
	// OutcomeNotKnown: it is not known whether the switch is set.
	OutcomeNotKnown = "not known"
)

// Result is the document of a command that changes something.
type Result struct {
	SchemaVersion int     `json:"schemaVersion"`
	Pair          Pair    `json:"pair"`
	Action        string  `json:"action" enum:"failover|failback|hold|release"`
	Outcome       string  `json:"outcome" enum:"done|nothing to do|dry run|refused|declined|failed|not seen|not known"`
	From          string  `json:"from"`
	To            string  `json:"to"`
	Guards        []Guard `json:"guards"`
	// Fenced says that writes are ended before the switch.
	Fenced bool `json:"fenced,omitempty"`
	// opens a fence that was left closed, and moves nobody.
	opens bool
	// unlocks the primary, too: its fence is opened, or its hold ended.
	unlocks bool
	// Number of the switch, as `regionpair history` shows it.
	Number int64   `json:"number,omitempty"`
	Events []Event `json:"events"`
	// Seconds from the switch, which comes after a fence, until clients were seen
	// in the new Region.
	Seconds float64 `json:"seconds,omitempty"`
	// Bound in seconds that the configuration promises.
	Bound float64 `json:"boundSeconds"`
	// Problem and Next say what went wrong and what to type.
	Problem string   `json:"problem,omitempty"`
	Next    []Advice `json:"next,omitempty"`
}

// Event is something that was seen, so many seconds after the order was confirmed.
type Event struct {
	Seconds float64 `json:"seconds"`
	Text    string  `json:"text"`
}

// ExitCode of the command.
func (r Result) ExitCode() int {
	switch r.Outcome {
	case OutcomeDone, OutcomeNothing:
		return ExitYes
	case OutcomeDryRun:
		if refused(r.Guards, nil) {
			return ExitNo
		}
		return ExitYes
	case OutcomeRefused:
		return ExitNo
	case OutcomeNotSeen, OutcomeNotKnown:
		return ExitUnknown
	}
	return ExitFailed
}

// Person is who gave the order.
type Person interface {
	// Plan shows what will be done.
	Plan(r Result)
	// Confirm asks whether to go on.
	Confirm(ctx context.Context, p Pair) error
	// Saw tells of an event.
	Saw(e Event)
	// Waiting tells why the order waits.
	Waiting(r Result)
}

// change is an order that is being carried out.
type change struct {
	world  World
	order  Order
	person Person
	result Result
	// primary as it was seen last.
	primary RegionObservation
	// opened says that its fence was opened.
	opened bool
	// ended says that its hold was.
	ended bool
	// began is when the order was confirmed, moved when the switch was turned.
	began, moved time.Time
}

// Carry carries an order out.
func (w World) Carry(ctx context.Context, p Pair, order Order, person Person) Result {
	c := &change{world: w, order: order, person: person, result: Result{
		SchemaVersion: SchemaVersion, Pair: p, Action: order.Action, Bound: p.Bound.Seconds(), Guards: []Guard{}, Events: []Event{},
		Fenced: order.Fence != nil,
	}}
	c.run(ctx, p)
	return c.result
}

func (c *change) run(ctx context.Context, p Pair) {
	if !c.check(ctx, p) {
		return
	}
	c.person.Plan(c.result)
	if c.order.DryRun {
		c.result.Outcome = OutcomeDryRun
		return
	}
	if err := c.person.Confirm(ctx, p); err != nil {
		c.fail(OutcomeDeclined, err.Error()+"; nothing was changed")
		return
	}
	c.began = c.world.Now()
	if c.order.Fence != nil && !c.fence(ctx, p) {
		return
	}
	if c.position() == contract.PositionOff && !c.unlock(ctx, p) {
		return
	}
	if c.result.opens {
		c.result.Outcome = OutcomeDone
		return
	}
	if !c.turn(ctx, p) {
		return
	}
	c.watch(ctx, p)
}

// check looks at the guards, and waits for them as long as the order allows.
func (c *change) check(ctx context.Context, p Pair) bool {
	deadline := c.world.Now().Add(c.order.Wait)
	for {
		o, done := c.look(ctx, p)
		switch {
		case ctx.Err() != nil:
			// What was not answered for that reason is no finding.
			c.result.Guards = []Guard{}
			c.fail(OutcomeDeclined, "interrupted; nothing was changed")
			return false
		case done:
			return false
		case o.Regions[1].Err != nil && !isUnanswered(o.Regions[1].Err):
			// What refuses to be read will refuse to be written.
			c.fail(OutcomeFailed, o.Regions[1].Err.Error())
			return false
		case c.order.DryRun:
			_ = refused(c.result.Guards, c.order.Accept)
			return true
		case !refused(c.result.Guards, c.order.Accept):
			return true
		case !c.world.Now().Before(deadline):
			c.person.Plan(c.result)
			c.fail(OutcomeRefused, "", c.afterRefusal()...)
			return false
		}
		c.person.Waiting(c.result)
		if !sleep(ctx, waitInterval) {
			c.fail(OutcomeDeclined, "interrupted while waiting; nothing was changed")
			return false
		}
	}
}

const waitInterval = 15 * time.Second

func isUnanswered(err error) bool {
	var unanswered *UnansweredError
	return errors.As(err, &unanswered)
}

// look gathers what the guards of the action are about. It is done when there
// is nothing to do.
func (c *change) look(ctx context.Context, p Pair) (o Observation, done bool) {
	r := &c.result
	switch c.order.Action {
	case ActionFailover:
		i := c.world.TakeStandby(ctx, p)
		o = i.Observation
		r.From, r.To = p.Primary, p.Standby
		r.Guards = append(failoverGuards(o, c.order), standbyGuard(i))
		if c.order.Fence != nil {
			r.Guards = append(r.Guards, c.fenceGuards(ctx, p, c.world.observeRegion(ctx, p, p.Primary))...)
		}
	case ActionHold:
		o = c.world.ObserveStandby(ctx, p)
		r.From, r.To = p.Standby, p.Standby
		r.Guards = holdGuards(o)
	case ActionFailback:
		o = c.world.Observe(ctx, p)
		r.From, r.To = p.Standby, p.Primary
		r.Guards = failbackGuards(o, c.world.stability(ctx, o), c.order)
	case ActionRelease:
		o = c.world.Observe(ctx, p)
		r.From, r.To = p.Standby, p.Standby
		r.Guards = releaseGuards(o)
	}
	done = c.isDone(o)
	if c.position() == contract.PositionOff {
		c.primary = o.Regions[0]
		r.unlocks = c.primary.fenced() || c.primary.heldByPerson()
		if o.Regions[1].Switch == contract.PositionOff && c.primary.fenced() && !c.primary.heldByPerson() {
			r.opens, r.Guards = true, []Guard{}
		}
	}
	if done {
		r.Outcome, r.Problem = OutcomeNothing, nothingToDo(o, c.order.Action)
	}
	return o, done
}

// isDone says whether the order would change nothing. A switch that the guard has
// turned on does not count: the guard turns it off again by itself.
func (c *change) isDone(o Observation) bool {
	if c.position() == contract.PositionOn {
		return o.Regions[1].Switch == contract.PositionOn && o.API.Region == o.Pair.Standby
	}
	return o.Regions[1].Switch == contract.PositionOff && !o.Regions[0].fenced() && !o.Regions[0].heldByPerson()
}

func nothingToDo(o Observation, action string) string {
	switch {
	case action == ActionFailover, action == ActionHold:
		return fmt.Sprintf("the switch in %s is on and clients are there", o.Pair.Standby)
	case o.API.Region == o.Pair.Primary:
		return fmt.Sprintf("the switch in %s is off and clients are with %s", o.Pair.Standby, o.Pair.Primary)
	}
	return fmt.Sprintf("the switch in %s is off: clients go back as soon as %s is healthy", o.Pair.Standby, o.Pair.Primary)
}

func (c *change) fail(outcome, problem string, next ...Advice) {
	c.result.Outcome, c.result.Problem, c.result.Next = outcome, problem, next
}

// position that the action puts the switch in.
func (c *change) position() string {
	if c.order.Action == ActionFailover || c.order.Action == ActionHold {
		return contract.PositionOn
	}
	return contract.PositionOff
}

const setAttempts = 3

// turn turns the switch. When it is refused, fence and hold get their positions back.
func (c *change) turn(ctx context.Context, p Pair) bool {
	if c.set(ctx, p) {
		return true
	}
	refused := c.result.Outcome == OutcomeFailed
	switch {
	case refused && c.order.Fence != nil:
		c.takeBack(ctx, p, c.result.Problem, OutcomeFailed)
	case refused && (c.opened || c.ended):
		c.lockAgain(ctx, p)
	case refused:
		c.result.Problem += "; nothing was changed"
	case c.order.Fence != nil:
		c.result.Next = append(c.result.Next, Advice{"regionpair release", p.Primary + " takes no writes: open its fence, if clients stay there"})
	}
	return false
}

// set turns the switch: one write in the standby.
func (c *change) set(ctx context.Context, p Pair) bool {
	// Whoever interrupts now must not leave it open whether the switch was set.
	version, err := c.world.Turn(context.WithoutCancel(ctx), p, c.position(), c.order.Action, c.order.Reason)
	switch {
	case err == nil:
		c.moved = c.world.Now()
		c.saw("the switch is %s in %s", c.position(), p.Standby)
		c.result.Number = version
	case isUnanswered(err):
		c.fail(OutcomeNotKnown, err.Error()+"; whether the switch was set is not known",
			Advice{"regionpair " + c.order.Action, "try again: it is safe, whatever has happened"})
	default:
		c.fail(OutcomeFailed, err.Error())
	}
	return err == nil
}

// put writes a parameter and returns its version.
func (r *region) put(ctx context.Context, name, value, description string) (int64, error) {
	ctx, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	input := &ssm.PutParameterInput{
		Name: &name, Value: &value, Type: ssmtypes.ParameterTypeString, Overwrite: aws.Bool(true), Description: &description,
	}
	// A new version without the pattern would have none.
	switch name {
	case contract.SwitchParameter(r.pair.Name), contract.HoldParameter(r.pair.Name):
		input.AllowedPattern = aws.String(contract.PositionPattern)
	case contract.FenceParameter(r.pair.Name):
		input.AllowedPattern = aws.String(contract.FencePattern)
	}
	output, err := r.ssm.PutParameter(ctx, input)
	if err != nil {
		return 0, r.explain("write "+name, err)
	}
	return output.Version, nil
}

// note writes down how the change went. It is no reason to fail.
func (c *change) note(ctx context.Context, p Pair) {
	if err := c.world.Note(context.WithoutCancel(ctx), p, c.result.Number, c.result.Outcome, c.result.Seconds); err != nil {
		c.saw("how it went could not be noted: %s", plainly(err))
	}
}

// Note writes down how a change of the switch went, by its number.
func (w World) Note(ctx context.Context, p Pair, number int64, outcome string, seconds float64) error {
	text, err := json.Marshal(entry{Number: number, Outcome: outcome, Seconds: seconds})
	if err != nil {
		return fmt.Errorf("note how a change went: %w", err)
	}
	_, err = w.region(p, p.Standby).put(ctx, contract.JournalParameter(p.Name), string(text), "How the last switch went")
	return err
}

func (c *change) saw(format string, args ...any) {
	e := Event{Seconds: c.world.Now().Sub(c.began).Seconds(), Text: fmt.Sprintf(format, args...)}
	c.result.Events = append(c.result.Events, e)
	c.person.Saw(e)
}

func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
