package main

import (
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
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error { return f.run(command) },
	}
	f.add(command)
	command.Flags().BoolVarP(&f.watch, "watch", "w", false, "look again and again, until interrupted")
	command.Flags().DurationVar(&f.interval, "interval", 5*time.Second, "time between two looks with --watch")
	return command
}

func (f *statusFlags) run(command *cobra.Command) error {
	ctx, out := command.Context(), command.OutOrStdout()
	p, w, err := f.open(ctx)
	if err != nil {
		return err
	}
	for {
		s := operate.Judge(w.Observe(ctx, p))
		if f.watch && isTerminal(out) && !f.json {
			_, _ = io.WriteString(out, clearScreen)
		}
		if err := f.show(out, s); err != nil {
			return err
		}
		if !f.watch {
			return exitWith(s.ExitCode())
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
