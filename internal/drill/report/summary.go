package report

import (
	"fmt"
	"strings"

	"github.com/regionpair/regionpair/internal/drill"
)

// Lines of a summary, so that it fits a terminal of 24 lines and 80 columns.
const (
	listedRuns   = 16
	listedMisses = 6
)

// Summary writes a document for a terminal of 24 lines. Paint colours a text by
// its verdict.
func Summary(d drill.Document, paint func(verdict, text string) string) string {
	var b strings.Builder
	if len(d.Runs) <= listedRuns {
		writeRuns(&b, d, paint)
	} else {
		writeFaults(&b, d, paint)
		writeMisses(&b, d, paint)
	}
	fmt.Fprintf(&b, "\n%s. Seconds are AWS-equivalent. %d resources and settings were not\nrun; the report lists them.\n",
		paint(d.Verdict(), strings.ToUpper(d.Verdict())), len(d.NotEmulated))
	return b.String()
}

func writeRuns(b *strings.Builder, d drill.Document, paint func(verdict, text string) string) {
	fmt.Fprintf(b, "\n%-11s %5s  %-12s %7s %6s %7s %5s %8s %9s\n", "fault", "seed", "verdict", "RTO", "bound", "RPO", "lost", "errors", "failback")
	for _, r := range d.Runs {
		fmt.Fprintf(b, "%-11s %5d  %s %7s %6s %7s %5d %8s %9s\n", r.Fault, r.Seed, paint(r.Verdict, fmt.Sprintf("%-12s", r.Verdict)),
			seconds(r.RTOSeconds), seconds(r.RTOBoundSeconds), seconds(r.RPOSeconds), r.PermanentlyLost, percent(r.ErrorRate), seconds(r.FailbackSeconds))
	}
}

// writeFaults is for more runs than a screen has lines.
func writeFaults(b *strings.Builder, d drill.Document, paint func(verdict, text string) string) {
	fmt.Fprintf(b, "\n%-12s %5s  %-12s %8s %8s %8s %8s\n", "fault", "runs", "verdict", "shortest", "median", "longest", "bound")
	for _, fault := range faultsOf(d) {
		row := newDistributionRow(fault, runsOf(d, fault))
		longest := seconds(row.Most)
		if row.NotServed > 0 {
			longest = seconds(-1)
		}
		fmt.Fprintf(b, "%-12s %5d  %s %8s %8s %8s %8s\n", fault, row.Runs, paint(row.Verdict, fmt.Sprintf("%-12s", row.Verdict)),
			seconds(row.Least), seconds(row.Median), longest, seconds(row.Bound))
	}
}

func writeMisses(b *strings.Builder, d drill.Document, paint func(verdict, text string) string) {
	missed := 0
	for _, r := range d.Runs {
		if r.Verdict == drill.Pass {
			continue
		}
		if missed++; missed <= listedMisses {
			line := fmt.Sprintf("%s, seed %d: %s", r.Fault, r.Seed, strings.Join(r.Reasons, "; "))
			if runes := []rune(line); len(runes) > 80 {
				line = string(runes[:79]) + "…"
			}
			b.WriteString(paint(r.Verdict, line) + "\n")
		}
	}
	if missed > listedMisses {
		fmt.Fprintf(b, "and %d more\n", missed-listedMisses)
	}
}
