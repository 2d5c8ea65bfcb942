package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/regionpair/regionpair/internal/operate"
)

// changeFlags are those of the commands that turn the switch.
type changeFlags struct {
	pairFlags
	order operate.Order
	yes   bool
}

func newChange(use, short, long string, action string) (*cobra.Command, *changeFlags) {
	f := &changeFlags{order: operate.Order{Action: action}}
	command := &cobra.Command{
		Use: use, Short: short, Args: noArguments,
		Long: long + exitCodes("done, or there was nothing to do", "a guard refuses; nothing was changed", "it could not be done; nothing was changed",
			"the switch is set and clients were not seen to follow, or it is not known whether it is set"),
		RunE: func(command *cobra.Command, _ []string) error { return f.run(command) },
	}
	f.add(command)
	flags := command.Flags()
	flags.StringVar(&f.order.Reason, "reason", "", "why, such as the number of an incident; it is kept in the history")
	flags.BoolVar(&f.yes, "yes", false, "do not ask for the name of the pair")
	flags.BoolVar(&f.order.DryRun, "dry-run", false, "look at everything and change nothing")
	flags.StringSliceVar(&f.order.Accept, "accept", nil, "go on although these guards do not hold: "+strings.Join(operate.GuardsOf(action), ", "))
	flags.DurationVar(&f.order.Timeout, "timeout", 5*time.Minute, "how long to watch clients move")
	return command, f
}

const defaultMaxLag = 30 * time.Second

func newFailover() *cobra.Command {
	command, f := newChange("failover", "Move the clients to the standby",
		"failover turns the switch in the standby on and watches the clients arrive. It writes one parameter in the standby and asks nothing of the\n"+
			"primary, of CloudFormation or of Route 53's control plane.", operate.ActionFailover)
	flags, fence, fenced := command.Flags(), operate.Fencing{}, false
	flags.DurationVar(&f.order.MaxLag, "max-lag", defaultMaxLag, "how far the standby may be behind")
	flags.BoolVar(&fenced, "fence", false, "end writes in the primary first, and move the clients when the standby has them all; the primary has to answer")
	addFencing(flags, &fence)
	command.PreRunE = func(*cobra.Command, []string) error {
		if fenced {
			f.order.Fence = &fence
		}
		return checkFencing(flags, fenced)
	}
	return command
}

// addFencing adds how a fence is closed.
func addFencing(flags *pflag.FlagSet, fence *operate.Fencing) {
	flags.DurationVar(&fence.Uploads, "fence-uploads", operate.DefaultUploads, "with --fence: how long to wait for URLs that were signed for uploads; 0 where there are none")
	flags.DurationVar(&fence.Settle, "fence-settle", operate.DefaultSettle, "with --fence: how long functions may go on with writes that they began before")
	flags.DurationVar(&fence.Drain, "fence-drain", operate.DefaultDrain, "with --fence: how long the standby may take to receive what is missing")
}

// checkFencing refuses settings of a fence that nobody asked for: an ordinary
// failover may lose what they are to keep.
func checkFencing(flags *pflag.FlagSet, fenced bool) error {
	var problems []error
	flags.Visit(func(flag *pflag.Flag) {
		if !fenced && strings.HasPrefix(flag.Name, "fence-") {
			problems = append(problems, fmt.Errorf("--%s needs --fence", flag.Name))
		}
	})
	return errors.Join(problems...)
}

func newFailback() *cobra.Command {
	command, f := newChange("failback", "Give the clients back to the primary, when it has proved itself",
		"failback turns the switch in the standby off, after it has seen that the primary is healthy, has been so for a while, answers under the pair's\n"+
			"name and has received what was written in the standby. What is not known counts as no. While the guard of the failback holds the primary, what\n"+
			"the guard has seen counts. A fence of the primary is opened, and a hold that a person has set there is ended.", operate.ActionFailback)
	flags := command.Flags()
	flags.DurationVar(&f.order.MaxLag, "max-lag", defaultMaxLag, "how far the primary may be behind")
	flags.DurationVar(&f.order.Stable, "stable", 15*time.Minute, "how long the primary must have been healthy")
	flags.DurationVar(&f.order.Wait, "wait", 0, "how long to wait for the guards")
	return command
}

func newHold() *cobra.Command {
	command, _ := newChange("hold", "Keep the primary out without moving anybody",
		"hold turns the switch in the standby on while clients are there already: a primary that recovers does not get them back until `regionpair failback`.", operate.ActionHold)
	return command
}

func newRelease() *cobra.Command {
	command, _ := newChange("release", "Let the health check decide again",
		"release turns the switch in the standby off while the primary is not healthy: clients go back as soon as it is.", operate.ActionRelease)
	return command
}

func checkReason(reason string) error {
	if err := operate.CheckReason(reason); err != nil {
		return fmt.Errorf("--reason: %w", err)
	}
	return nil
}

// checkAccept refuses guards that an action does not have.
func checkAccept(action string, accept []string) error {
	var problems []error
	guards := operate.GuardsOf(action)
	for _, id := range accept {
		if !slices.Contains(guards, id) {
			problems = append(problems, fmt.Errorf("--accept %s: %s has no such guard; it has %s", id, action, strings.Join(guards, ", ")))
		}
	}
	return errors.Join(problems...)
}

func (f *changeFlags) run(command *cobra.Command) error {
	p, w, err := f.open(command, checkAccept(f.order.Action, f.order.Accept), checkReason(f.order.Reason))
	if err != nil {
		return err
	}
	person := &terminalPerson{in: command.InOrStdin(), out: command.OutOrStdout(), yes: f.yes, canAsk: isTerminal(command.InOrStdin())}
	if f.json {
		person.out = command.ErrOrStderr()
	}
	result := w.Carry(command.Context(), p, f.order, person)
	if err := f.show(command.OutOrStdout(), result); err != nil {
		return err
	}
	return exitWith(result.ExitCode())
}

// terminalPerson is an operator at a terminal.
type terminalPerson struct {
	in          io.Reader
	out         io.Writer
	yes, canAsk bool
	waiting     string
}

// Plan implements operate.Person.
func (t *terminalPerson) Plan(r operate.Result) {
	_, _ = io.WriteString(t.out, r.Plan(paintFor(t.out)))
}

// Confirm implements operate.Person.
func (t *terminalPerson) Confirm(ctx context.Context, p operate.Pair) error {
	if t.yes {
		return nil
	}
	if !t.canAsk {
		return errors.New("there is no terminal to ask for the name of the pair: give --yes")
	}
	_, _ = fmt.Fprint(t.out, "Type the name of the pair to go on: ")
	line := make(chan string, 1)
	go func() {
		text, _ := bufio.NewReader(t.in).ReadString('\n')
		line <- strings.TrimSpace(text)
	}()
	select {
	case text := <-line:
		if text != p.Name {
			return fmt.Errorf("%q is not the name of the pair", text)
		}
		return nil
	case <-ctx.Done():
		return errors.New("interrupted")
	}
}

// Saw implements operate.Person.
func (t *terminalPerson) Saw(e operate.Event) { _, _ = io.WriteString(t.out, e.Line()) }

// Waiting implements operate.Person. It speaks when something has changed.
func (t *terminalPerson) Waiting(r operate.Result) {
	if text := r.Waiting(); text != t.waiting {
		t.waiting = text
		_, _ = io.WriteString(t.out, text)
	}
}
