package main

import (
	"io"

	"github.com/spf13/cobra"

	"github.com/regionpair/regionpair/internal/operate"
)

func newIAM() *cobra.Command {
	f := pairFlags{}
	command := &cobra.Command{
		Use:   "iam reader|operator|drill|break-health",
		Short: "Print the IAM policy of those who run these commands",
		Long: "iam prints a least-privilege policy for the pair. A reader may run status, history, readiness, verify and every --dry-run; an operator may turn the switch\n" +
			"as well. The role drill may also read the secrets of clients, for drill --live, and break-health may stop the primary's health function. The tests run the commands with exactly these policies." +
			exitCodes("printed", "", "there is no such role, or the pair is not named completely"),
		Args:      oneOf("role", operate.PolicyRoles()),
		ValidArgs: operate.PolicyRoles(),
		RunE: func(command *cobra.Command, args []string) error {
			p, err := f.pair()
			if err != nil {
				return err
			}
			policy, err := operate.PolicyOf(args[0], p)
			if err != nil {
				return err
			}
			_, err = io.WriteString(command.OutOrStdout(), policy.Text(operate.Paint{}))
			return err
		},
	}
	f.add(command)
	return command
}
