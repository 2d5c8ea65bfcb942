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
		Long: "readiness compares the two Regions and looks at what stands between them. It changes nothing. Each check is described in docs/readiness.md." +
			exitCodes("the pair is ready for a planned switch and for an unplanned failover", "it is not", "neither Region answers, or nothing could be asked"),
		Args: noArguments,
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
	p, w, err := f.open(command, f.selection.Validate())
	if err != nil {
		return err
	}
	return f.tell(command, func() (document, int, error) {
		begin := w.Now()
		r := operate.Examine(w.Take(command.Context(), p), f.selection)
		r.Seconds = w.Now().Sub(begin).Seconds()
		return r, r.ExitCode(), nil
	})
}
