package drill

import (
	"fmt"
	"strings"
)

// Markdown writes the document for people.
func (d Document) Markdown() string {
	var b strings.Builder
	b.WriteString("# Drill report\n\n")
	fmt.Fprintf(&b, "Verdict: **%s**. Seconds are AWS-equivalent (time scale %g).\n\n", verdictOf(d), d.TimeScale)
	b.WriteString("| Fault | Verdict | Detection | DNS switch | RTO | Bound | RPO | Unreadable at failover | Lost | Failback | Errors | p50 | p99 |\n")
	b.WriteString("|---|---|---|---|---|---|---|---|---|---|---|---|---|\n")
	for _, r := range d.Runs {
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %.0f s | %.1f s | %d of %d writes | %d | %s | %d of %d (%.1f %%) | %.1f ms | %.1f ms |\n",
			r.Fault, r.Verdict, seconds(r.DetectionSeconds), seconds(r.DNSSwitchSeconds), seconds(r.RTOSeconds), r.RTOBoundSeconds, r.RPOSeconds,
			r.UnreadableAtFailover, r.AcknowledgedWrites, r.PermanentlyLost, seconds(r.FailbackSeconds),
			r.Errors, r.Requests, 100*r.ErrorRate, r.P50Millis, r.P99Millis)
	}
	for _, r := range d.Runs {
		fmt.Fprintf(&b, "\n## %s, seed %d\n\n", r.Fault, r.Seed)
		for _, reason := range r.Reasons {
			fmt.Fprintf(&b, "- **missed:** %s\n", reason)
		}
		b.WriteString("\n| Seconds | |\n|---:|---|\n")
		for _, e := range r.Timeline {
			fmt.Fprintf(&b, "| %.1f | %s |\n", e.Seconds, e.Text)
		}
	}
	if len(d.NotEmulated) > 0 {
		b.WriteString("\n## What the drill does not run\n\n")
		for _, line := range d.NotEmulated {
			fmt.Fprintf(&b, "- %s\n", line)
		}
	}
	return b.String()
}

func verdictOf(d Document) string {
	if d.Passed() {
		return Pass
	}
	return Fail
}

// seconds writes a figure that may be absent.
func seconds(s float64) string {
	if s < 0 {
		return "never"
	}
	return fmt.Sprintf("%.1f s", s)
}
