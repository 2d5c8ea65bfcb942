package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/regionpair/regionpair/internal/drill"
	"github.com/regionpair/regionpair/internal/figure"
)

// Lines of a summary, so that it fits a terminal of 24 lines and 80 columns.
const (
	listedRuns   = 16
	listedMisses = 6
	// listedFaults, with the line that says how many there are more, or with misses.
	listedFaults = 19
)

// Summary writes a document for a terminal of 24 lines. Paint colours a text by
// its verdict.
func Summary(d drill.Document, paint func(verdict, text string) string) string {
	var b strings.Builder
	switch all := comparisons(d); {
	case len(all) == 1:
		writeComparison(&b, all[0], paint)
		writeMisses(&b, d, paint)
	case len(d.Runs) <= listedRuns:
		writeRuns(&b, d, paint)
	default:
		writeFaults(&b, d, paint)
		writeMisses(&b, d, paint)
	}
	fmt.Fprintf(&b, "\n%s. Seconds are AWS-equivalent. %d resources and settings were not\nrun; the report lists them.\n",
		paint(d.Verdict(), strings.ToUpper(d.Verdict())), len(d.NotEmulated))
	return b.String()
}

func writeRuns(b *strings.Builder, d drill.Document, paint func(verdict, text string) string) {
	width := 11
	for _, r := range d.Runs {
		width = max(width, len(groupOf(d, r).String()))
	}
	fmt.Fprintf(b, "\n%-*s %5s  %-12s %7s %6s %7s %5s %8s %9s\n", width, "fault", "seed", "verdict", "RTO", "bound", "RPO", "lost", "errors", "failback")
	for _, r := range d.Runs {
		fmt.Fprintf(b, "%-*s %5d  %s %7s %6s %7s %5s %8s %9s\n", width, groupOf(d, r), r.Seed, paint(r.Verdict, fmt.Sprintf("%-12s", r.Verdict)),
			figure.Seconds(r.RTOSeconds), figure.Seconds(r.RTOBoundSeconds), figure.Seconds(r.RPOSeconds), figure.Number(r.PermanentlyLost), figure.Percent(r.ErrorRate), failback(r))
	}
}

// writeComparison shows the durabilities of one fault side by side.
func writeComparison(b *strings.Builder, c comparison, paint func(verdict, text string) string) {
	fmt.Fprintf(b, "\n%-36s", c.Fault)
	for _, column := range c.Columns {
		fmt.Fprintf(b, " %20s", column)
	}
	for _, row := range c.Rows {
		fmt.Fprintf(b, "\n  %-34s", row.Name)
		for _, cell := range row.Cells {
			text := fmt.Sprintf(" %20s", cell)
			if row.Name == resultRow {
				text = paint(cell, text)
			}
			b.WriteString(text)
		}
	}
	b.WriteString("\n")
}

// writeFaults is for more runs than a screen has lines.
func writeFaults(b *strings.Builder, d drill.Document, paint func(verdict, text string) string) {
	fmt.Fprintf(b, "\n%-12s %5s  %-12s %8s %8s %8s %8s\n", "fault", "runs", "verdict", "shortest", "median", "longest", "bound")
	rows, left := faultRows(d)
	for _, row := range rows {
		longest := figure.Seconds(row.Most)
		if row.NotServed > 0 {
			longest = figure.Seconds(-1)
		}
		fmt.Fprintf(b, "%-12s %5d  %s %8s %8s %8s %8s\n", row.Fault, row.Runs, paint(row.Verdict, fmt.Sprintf("%-12s", row.Verdict)),
			figure.Seconds(row.Least), figure.Seconds(row.Median), longest, figure.Seconds(row.Bound))
	}
	if left > 0 {
		fmt.Fprintf(b, "and %d more faults, which the report lists\n", left)
	}
}

// faultRows are those that fit beside the misses, and how many do not. One that was
// passed is left out first.
func faultRows(d drill.Document) (rows []distributionRow, left int) {
	missed := 0
	for _, r := range d.Runs {
		if r.Verdict != drill.Pass {
			missed++
		}
	}
	fit := listedFaults - min(missed, listedMisses+1)
	for _, g := range groupsOf(d) {
		rows = append(rows, newDistributionRow(g, runsOf(d, g)))
	}
	if len(rows) <= fit {
		return rows, 0
	}
	for i := len(rows) - 1; i >= 0 && len(rows) >= fit; i-- {
		if rows[i].Verdict == drill.Pass {
			rows, left = slices.Delete(rows, i, i+1), left+1
		}
	}
	if more := len(rows) - (fit - 1); more > 0 {
		rows, left = rows[:fit-1], left+more
	}
	return rows, left
}

func writeMisses(b *strings.Builder, d drill.Document, paint func(verdict, text string) string) {
	missed := 0
	for _, r := range d.Runs {
		if r.Verdict == drill.Pass {
			continue
		}
		if missed++; missed <= listedMisses {
			line := fmt.Sprintf("%s, seed %d: %s", groupOf(d, r), r.Seed, strings.Join(r.Reasons, "; "))
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
