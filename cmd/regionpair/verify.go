package main

import (
	"time"

	"github.com/spf13/cobra"
)

func newVerify() *cobra.Command {
	f := pairFlags{}
	var prefix string
	var grace time.Duration
	repair := false
	command := &cobra.Command{
		Use:   "verify",
		Short: "Compare both buckets: what is missing, what is older, what was written on both sides",
		Long: "verify lists all versions of both buckets and compares their ids, which S3 keeps when it replicates. It reads no object. Large buckets take minutes: a listing\n" +
			"costs a request for each thousand versions." +
			exitCodes("the buckets are equal", "they differ", "one of them could not be listed"),
		Args: noArguments,
		RunE: func(command *cobra.Command, _ []string) error {
			p, w, err := f.open(command)
			if err != nil {
				return err
			}
			return f.tell(command, func() (document, int, error) {
				v, err := w.Verify(command.Context(), p, prefix, grace)
				if err == nil && repair {
					v.PlanRepair()
				}
				return v, v.ExitCode(), err
			})
		},
	}
	f.add(command)
	command.Flags().StringVar(&prefix, "prefix", "", "compare the keys that begin with this only")
	command.Flags().BoolVar(&repair, "repair-plan", false, "also print the commands that bring the buckets together; nothing is changed")
	command.Flags().DurationVar(&grace, "grace", time.Minute, "leave out what was written within this time: it is on its way")
	return command
}
