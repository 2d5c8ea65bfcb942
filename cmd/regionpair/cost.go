package main

import (
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/spf13/cobra"

	"github.com/regionpair/regionpair/internal/assembly"
	"github.com/regionpair/regionpair/internal/cost"
)

func newCost() *cobra.Command {
	dir, asJSON, most := "", false, 0.0
	command := &cobra.Command{
		Use:   "cost",
		Short: "Compute what an idle month costs",
		Long: "cost computes what the resources of a cloud assembly cost each month before they serve a request, from list prices of one\n" +
			"Region and without free tiers. It also shows what the two durabilities of objects cost and take." +
			exitCodes("computed, and not more than --max", "more than --max", "there is no assembly, or an option is wrong"),
		Args: noArguments,
		RunE: func(command *cobra.Command, _ []string) error {
			if command.Flags().Changed("max") && (math.IsNaN(most) || math.IsInf(most, 0) || most <= 0) {
				return fmt.Errorf("--max must be more than 0 dollars, got %v", most)
			}
			a, err := assembly.Load(dir)
			if err != nil {
				return err
			}
			report := cost.Of(a.Stacks)
			if asJSON {
				err = printJSON(command.OutOrStdout(), report)
			} else {
				err = printCost(command.OutOrStdout(), report)
			}
			if err == nil && most > 0 && report.Monthly > most {
				_, _ = fmt.Fprintf(command.ErrOrStderr(), "An idle month costs $%.2f, and --max is $%.2f.\n", report.Monthly, most)
				return errMissed
			}
			return err
		},
	}
	command.Flags().StringVar(&dir, "assembly", "cdk.out", "folder of the cloud assembly")
	command.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	command.Flags().Float64Var(&most, "max", 0, "exit with 1 when an idle month costs more dollars than this")
	return command
}

func printCost(out io.Writer, report cost.Report) error {
	var b strings.Builder
	for _, item := range report.Items {
		fmt.Fprintf(&b, "%8.2f  %s\n", item.Monthly, item.Name)
	}
	fmt.Fprintf(&b, "%8.2f  dollars for an idle month, %s, list prices of %s\n", report.Monthly, report.Region, report.PricesOf)
	fmt.Fprintf(&b, "%8.2f  when every key has been rotated twice\n", report.AfterTwoRotations)
	if report.CheckerGB > 0 {
		fmt.Fprintf(&b, "\nAnswers to health checkers are %.0f GB a month; 100 GB of an account are free.\n", report.CheckerGB)
	}
	b.WriteString("\nThe bundled object API adds, for each million, and a caller waits for:\n" +
		"           writes   reads  PUT                 GET\n")
	for _, r := range report.Requests {
		fmt.Fprintf(&b, "  %-6s %8.2f %7.2f  %-18s  %s\n", r.Durability, r.WritesPerMillion, r.ReadsPerMillion, waits(r.PutRoundTrips), waits(r.GetRoundTrips))
	}
	b.WriteString("A round trip is one between the Regions; a PUT with a condition waits for one more with sync.\n")
	_, err := io.WriteString(out, b.String())
	return err
}

func waits(roundTrips int) string {
	switch roundTrips {
	case 0:
		return "its own Region"
	case 1:
		return "1 round trip"
	}
	return fmt.Sprintf("%d round trips", roundTrips)
}
