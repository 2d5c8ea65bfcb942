package main

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/regionpair/regionpair/internal/operate"
)

type statusFlags struct {
	pairFlags
	watch    bool
	interval time.Duration
}

func newStatus() *cobra.Command {
	f := statusFlags{}
	command := &cobra.Command{
		Use:   "status",
		Short: "Show which Region serves, how the other one is, and how far behind the data is",
		Long: "status asks both Regions, DNS and the API at the same time, and answers within three seconds, also while a Region is silent." +
			exitCodes("all is well", "something needs attention", "nothing could be seen"),
		Args: noArguments,
		RunE: func(command *cobra.Command, _ []string) error { return f.run(command) },
	}
	f.add(command)
	command.Flags().BoolVarP(&f.watch, "watch", "w", false, "look again and again, until interrupted")
	command.Flags().DurationVar(&f.interval, "interval", 5*time.Second, "time between two looks with --watch")
	return command
}

func (f *statusFlags) run(command *cobra.Command) error {
	ctx, out := command.Context(), command.OutOrStdout()
	p, w, err := f.open(command)
	if err != nil {
		return err
	}
	look := func() (document, int, error) {
		s := operate.Judge(w.Observe(ctx, p))
		if f.watch && isTerminal(out) && !f.json {
			_, _ = io.WriteString(out, clearScreen)
		}
		return s, s.ExitCode(), nil
	}
	if !f.watch {
		return f.tell(command, look)
	}
	for {
		err := f.tell(command, look)
		if ctx.Err() != nil {
			return nil
		}
		var needsAttention exitError
		if err != nil && !errors.As(err, &needsAttention) {
			return err
		}
		select {
		case <-time.After(f.interval):
		case <-ctx.Done():
			return nil
		}
		if !f.json && !isTerminal(out) {
			_, _ = fmt.Fprintln(out)
		}
	}
}

const clearScreen = "\x1b[H\x1b[2J"
