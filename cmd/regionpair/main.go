// Command regionpair proves a pair on this machine, and operates one that is
// deployed.
//
// It exits with 0 for yes or done, with 1 for no (a target was missed, a guard
// refuses, something needs attention), with 2 when something could not be asked
// or done, and with 3 when something was begun and is not known to have ended.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
)

const (
	exitMissed       = 1
	exitFailed       = 2
	exitInconclusive = 3
)

// errMissed says that a drill ran and its targets were missed.
var errMissed = errors.New("targets were missed")

// errInconclusive says that a drill ran and proved nothing.
var errInconclusive = errors.New("the drill proved nothing")

// errStopped says that a command was interrupted that runs processes.
var errStopped = errors.New("interrupted: all child processes have stopped")

// stopped names what an interrupt has ended, for commands that run processes.
func stopped(err error) error {
	if errors.Is(err, context.Canceled) {
		return errStopped
	}
	return err
}

func main() {
	ends := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) { // as nohup wants it
		ends = append(ends, syscall.SIGHUP)
	}
	// Without this, a write to a closed pipe would end the process and leave
	// what it has started.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(context.Background(), ends...)
	err := newRoot().ExecuteContext(ctx)
	stop()
	var exit exitError
	switch {
	case err == nil:
	case errors.As(err, &exit):
		os.Exit(exit.code)
	case errors.Is(err, errMissed):
		os.Exit(exitMissed)
	case errors.Is(err, errInconclusive):
		os.Exit(exitInconclusive)
	case errors.Is(err, errStopped):
		fmt.Fprintln(os.Stderr, errStopped)
		os.Exit(exitFailed)
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(os.Stderr, "interrupted; nothing was changed")
		os.Exit(exitFailed)
	default:
		// A problem of the configuration begins with the name already.
		fmt.Fprintln(os.Stderr, "regionpair:", strings.TrimPrefix(err.Error(), "regionpair: "))
		os.Exit(exitFailed)
	}
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:           "regionpair",
		Short:         "Prove a pair of Regions on this machine, and operate one that is deployed",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.SetFlagErrorFunc(func(command *cobra.Command, err error) error {
		return fmt.Errorf("%w; `%s --help` lists the options", err, command.CommandPath())
	})
	root.AddCommand(newDrill(), newUp(), newDescribe(), newCost(), newSimulate(), newInit(),
		newStatus(), newReadiness(), newFailover(), newFailback(), newHold(), newRelease(), newHistory(), newVerify(), newIAM())
	return root
}
