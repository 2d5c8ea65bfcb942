package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/regionpair/regionpair/internal/assembly"
	"github.com/regionpair/regionpair/internal/drill"
	"github.com/regionpair/regionpair/internal/drill/report"
	"github.com/regionpair/regionpair/internal/rule"
)

func newDescribe() *cobra.Command {
	dir, asJSON := "", false
	command := &cobra.Command{
		Use:   "describe",
		Short: "Summarise what a cloud assembly would deploy",
		Long: "describe counts the resources of each stack, says what `regionpair drill` leaves out of them and what it refuses, and prints the commands that\n" +
			"deploy the assembly. --json lists every resource and setting that is left out." +
			exitCodes("printed", "", "there is no assembly"),
		Args: noArguments,
		RunE: func(command *cobra.Command, _ []string) error {
			a, err := assembly.Load(dir)
			if err != nil {
				return err
			}
			described, err := drill.Describe(command.Context(), a)
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(command.OutOrStdout(), described)
			}
			return printDescription(command.OutOrStdout(), described, dir)
		},
	}
	command.Flags().StringVar(&dir, "assembly", "cdk.out", "folder of the cloud assembly")
	command.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return command
}

// printDescription ends with the commands that deploy this very assembly,
// whatever environment it was made for.
func printDescription(out io.Writer, described drill.Description, dir string) error {
	var b strings.Builder
	environments := []string{}
	for _, stack := range described.Stacks {
		fmt.Fprintf(&b, "\n%s: %s in %s\n", stack.Name, rule.Count(stack.Resources, "resource", "resources"), stack.Region)
		for _, line := range byService(stack.Types) {
			fmt.Fprintf(&b, "  %s\n", line)
		}
		environments = append(environments, "aws://"+stack.Account+"/"+stack.Region)
	}
	slices.Sort(environments)
	b.WriteString(drillOf(described.Drill, dir))
	fmt.Fprintf(&b, "\nNext:\n  npx cdk bootstrap %s\n  npx cdk deploy --app %s --all\n", strings.Join(slices.Compact(environments), " "), dir)
	_, err := io.WriteString(out, b.String())
	return err
}

// drillOf says what a drill makes of the assembly.
func drillOf(survey drill.Survey, dir string) string {
	var b strings.Builder
	if len(survey.Refusals) > 0 {
		fmt.Fprintf(&b, "\n`regionpair drill --assembly %s` refuses it:\n", dir)
		for _, refusal := range survey.Refusals {
			fmt.Fprintf(&b, "  %s\n", strings.ReplaceAll(refusal, "\n", "\n  "))
		}
	}
	if len(survey.NotEmulated) > 0 {
		fmt.Fprintf(&b, "\nA drill leaves out %d resources and settings:\n", len(survey.NotEmulated))
		for _, line := range report.LeftOut(survey.NotEmulated) {
			fmt.Fprintf(&b, "  %s\n", line)
		}
	}
	impossible := slices.DeleteFunc(drill.FaultNames(), func(name string) bool { return slices.Contains(survey.Faults, name) })
	if len(impossible) > 0 {
		fmt.Fprintf(&b, "\nA drill refuses these faults, which the pair cannot have: %s\n", strings.Join(impossible, ", "))
	}
	return b.String()
}

// byService writes "ApiGateway: 12 Method, 11 Resource", the largest first.
func byService(types map[string]int) []string {
	services, total := map[string][]string{}, map[string]int{}
	for _, name := range slices.SortedFunc(maps.Keys(types), func(a, b string) int {
		return cmp.Or(cmp.Compare(types[b], types[a]), cmp.Compare(a, b))
	}) {
		parts := strings.Split(name, "::")
		service, kind := parts[len(parts)-2], parts[len(parts)-1]
		services[service] = append(services[service], fmt.Sprintf("%d %s", types[name], kind))
		total[service] += types[name]
	}
	lines := []string{}
	for _, service := range slices.SortedFunc(maps.Keys(services), func(a, b string) int {
		return cmp.Or(cmp.Compare(total[b], total[a]), cmp.Compare(a, b))
	}) {
		lines = append(lines, fmt.Sprintf("%-19s %s", service, strings.Join(services[service], ", ")))
	}
	return lines
}
