package report

import (
	"fmt"
	"strings"

	"github.com/regionpair/regionpair/internal/drill"
	"github.com/regionpair/regionpair/internal/figure"
)

// Markdown writes the document for people.
func Markdown(d drill.Document) string {
	var b strings.Builder
	b.WriteString("# Drill report\n\n")
	fmt.Fprintf(&b, "Verdict: **%s**. %s%s\n\n", d.Verdict(), headline(d), scaleOf(d))
	for _, c := range comparisons(d) {
		writeComparisonTable(&b, c)
	}
	b.WriteString("| Fault | Verdict | Detection | DNS switch | RTO | Bound | RPO | Unreadable at failover | Lost | Failback | Errors | p50 | p99 |\n")
	b.WriteString("|---|---|---|---|---|---|---|---|---|---|---|---|---|\n")
	for _, r := range d.Runs {
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s of %s (%s) | %.1f ms | %.1f ms |\n",
			groupOf(d, r), r.Verdict, figure.Seconds(r.DetectionSeconds), figure.Seconds(r.DNSSwitchSeconds), figure.Seconds(r.RTOSeconds), figure.Seconds(r.RTOBoundSeconds), ifChecked(r, figure.Seconds(r.RPOSeconds)),
			ifChecked(r, figure.Number(r.UnreadableAtFailover)+" of "+figure.Number(r.AcknowledgedWrites)+" writes"), ifChecked(r, figure.Number(r.PermanentlyLost)), failback(r),
			figure.Number(r.Errors), figure.Number(r.Requests), figure.Percent(r.ErrorRate), r.P50Millis, r.P99Millis)
	}
	for _, r := range d.Runs {
		fmt.Fprintf(&b, "\n## %s, seed %d\n\n", groupOf(d, r), r.Seed)
		for _, reason := range r.Reasons {
			fmt.Fprintf(&b, "- **%s:** %s\n", r.ReasonKind(), reason)
		}
		b.WriteString("\n| Seconds | |\n|---:|---|\n")
		for _, e := range r.Timeline {
			fmt.Fprintf(&b, "| %s | %s |\n", figure.Decimal(e.Seconds), e.Text)
		}
	}
	writeEvidence(&b, d)
	return b.String()
}

func writeComparisonTable(b *strings.Builder, c comparison) {
	fmt.Fprintf(b, "| %s | %s |\n|---|%s\n", c.Fault, strings.Join(c.Columns, " | "), strings.Repeat("---:|", len(c.Columns)))
	for _, row := range c.Rows {
		cells := strings.Join(row.Cells, " | ")
		if row.Decides {
			cells = "**" + strings.Join(row.Cells, "** | **") + "**"
		}
		fmt.Fprintf(b, "| %s | %s |\n", row.Name, cells)
	}
	b.WriteString("\n")
}

func writeEvidence(b *strings.Builder, d drill.Document) {
	if len(d.NotEmulated) > 0 {
		b.WriteString("\n## What was not run\n\n")
		for _, group := range groupSkipped(d.NotEmulated) {
			fmt.Fprintf(b, "- **%s** (%d). %s %s.\n", group.Title, group.Count, group.Reason, group.Summary())
		}
	}
	if d.Live != nil {
		b.WriteString("\n" + strings.Replace(controlsMarkdown(d), "# What", "## What", 1))
	}
	b.WriteString("\n## Evidence\n\n| | |\n|---|---|\n")
	for _, f := range evidence(d) {
		value := strings.ReplaceAll(f.Value, "|", `\|`)
		if f.Code {
			value = "`" + value + "`"
		}
		fmt.Fprintf(b, "| %s | %s |\n", f.Name, value)
	}
}

func scaleOf(d drill.Document) string {
	if d.Live != nil && d.TimeScale == 1 {
		return ""
	}
	return fmt.Sprintf(" Seconds are AWS-equivalent (time scale %g).", d.TimeScale)
}
