package main

import (
	"github.com/spf13/cobra"

	"github.com/regionpair/regionpair/internal/operate"
)

func newHistory() *cobra.Command {
	f := pairFlags{}
	command := &cobra.Command{
		Use:   "history",
		Short: "List what was done to the switch: when, by whom, why, and how long clients took to follow",
		Long: "history reads the history that Parameter Store keeps of the switch in the standby: the last hundred changes, also those made without this tool.\n" +
			"It needs nothing of the primary." + exitCodes("listed", "", "the standby does not answer, or an option is wrong"),
		Args: noArguments,
		RunE: func(command *cobra.Command, _ []string) error {
			p, w, err := f.open(command)
			if err != nil {
				return err
			}
			return f.tell(command, func() (document, int, error) {
				switches, err := w.History(command.Context(), p)
				return operate.HistoryDocument{SchemaVersion: operate.SchemaVersion, Pair: p, Switches: switches}, operate.ExitYes, err
			})
		},
	}
	f.add(command)
	return command
}
