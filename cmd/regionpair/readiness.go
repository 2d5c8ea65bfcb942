package main

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/regionpair/regionpair/internal/operate"
)

type readinessFlags struct {
	pairFlags
	selection operate.Selection
}

func newReadiness() *cobra.Command {
	f := readinessFlags{}
	command := &cobra.Command{
		Use:   "readiness",
		Short: "Find what would keep a switch or a failover from going well",
		Long: "readiness compares the two Regions and looks at what stands between them. It changes nothing. Each check is described in docs/readiness.md.\n" +
			"It exits with 0 when the pair is ready for both a planned switch and an unplanned failover, with 1 when it is not, with 2 when neither Region answers or nothing could be asked.",
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error { return f.run(command) },
	}
	f.add(command)
	flags := command.Flags()
	flags.StringSliceVar(&f.selection.Only, "only", nil, "run these checks or categories only: "+strings.Join(operate.Categories(), ", "))
	flags.StringSliceVar(&f.selection.Skip, "skip", nil, "leave these checks or categories out")
	flags.BoolVar(&f.selection.Strict, "strict", false, "take warnings for failures")
	return command
}

func (f *readinessFlags) run(command *cobra.Command) error {
	if err := f.selection.Validate(); err != nil {
		return err
	}
	p, w, err := f.open(command.Context())
	if err != nil {
		return err
	}
	begin := w.Now()
	r := operate.Examine(w.Take(command.Context(), p), f.selection)
	r.Seconds = w.Now().Sub(begin).Seconds()
	if err := f.show(command.OutOrStdout(), r); err != nil {
		return err
	}
	return exitWith(r.ExitCode())
}
