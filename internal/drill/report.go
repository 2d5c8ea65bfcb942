package drill

import (
	"fmt"
	"html"
	"strings"
)

const style = `body{font:15px/1.5 system-ui,sans-serif;color:#0b0b0b;background:#f9f9f7;max-width:1000px;margin:2rem auto;padding:0 1rem}
h1,h2{line-height:1.2}h2{margin-top:2.5rem}table{border-collapse:collapse;margin:1rem 0;font-variant-numeric:tabular-nums}
td,th{border-bottom:1px solid #e1e0d9;padding:.3rem .9rem .3rem 0;text-align:left;vertical-align:top}
.pass{color:#006300}.fail{color:#d03b3b}.pass,.fail{font-weight:600}svg{width:100%;height:auto;border:1px solid #e1e0d9}
small{color:#52514e}`

// HTML writes the document as one page that needs nothing else.
func (d Document) HTML() string {
	var b strings.Builder
	fmt.Fprintf(&b, "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Drill report</title><style>%s</style>", style)
	fmt.Fprintf(&b, "<h1>Drill report: <span class=%q>%s</span></h1>", verdictOf(d), verdictOf(d))
	fmt.Fprintf(&b, "<p>A Region of the pair was lost on one machine, under load, with the templates and the functions that would be deployed. "+
		"Seconds are AWS-equivalent (time scale %g); latencies are of this machine.</p>", d.TimeScale)
	for _, r := range d.Runs {
		r.section(&b)
	}
	if len(d.NotEmulated) > 0 {
		b.WriteString("<h2>What the drill does not run</h2><ul>")
		for _, line := range d.NotEmulated {
			fmt.Fprintf(&b, "<li><small>%s</small></li>", html.EscapeString(line))
		}
		b.WriteString("</ul>")
	}
	b.WriteString("</html>\n")
	return b.String()
}

func (r Result) section(b *strings.Builder) {
	fmt.Fprintf(b, "<h2>%s <span class=%q>%s</span></h2>", html.EscapeString(r.Fault), r.Verdict, r.Verdict)
	for _, reason := range r.Reasons {
		fmt.Fprintf(b, "<p class=\"fail\">Missed: %s</p>", html.EscapeString(reason))
	}
	b.WriteString(r.SVG())
	b.WriteString("<table>")
	for _, row := range [][2]string{
		{"Recovery time (RTO), as clients saw it", fmt.Sprintf("%s; the configuration implies at most %.0f s", seconds(r.RTOSeconds), r.RTOBoundSeconds)},
		{"Detection", seconds(r.DetectionSeconds)},
		{"DNS switch", seconds(r.DNSSwitchSeconds)},
		{"Loss window (RPO) if the Region had never come back", fmt.Sprintf("%.1f s: %d of %d acknowledged writes", r.RPOSeconds, r.UnreadableAtFailover, r.AcknowledgedWrites)},
		{"Acknowledged writes lost after failback", fmt.Sprint(r.PermanentlyLost)},
		{"Failback after the repair", seconds(r.FailbackSeconds)},
		{"Both Regions accepted writes for", seconds(r.SplitBrainSeconds)},
		{"Requests", fmt.Sprintf("%d, of which %d failed (%.1f %%); %.0f per second before the fault", r.Requests, r.Errors, 100*r.ErrorRate, r.RequestsPerSecond)},
		{"Reads of acknowledged writes that found nothing", fmt.Sprint(r.StaleReads)},
		{"Latency", fmt.Sprintf("p50 %.1f ms, p99 %.1f ms", r.P50Millis, r.P99Millis)},
		{"Hosts that nobody should call", orNone(r.UnexpectedHosts)},
		{"Seed", fmt.Sprint(r.Seed)},
	} {
		fmt.Fprintf(b, "<tr><th>%s</th><td>%s</td></tr>", html.EscapeString(row[0]), html.EscapeString(row[1]))
	}
	b.WriteString("</table><table>")
	for _, e := range r.Timeline {
		fmt.Fprintf(b, "<tr><td>%.1f s</td><td>%s</td></tr>", e.Seconds, html.EscapeString(e.Text))
	}
	b.WriteString("</table>")
}

func orNone(list []string) string {
	if len(list) == 0 {
		return "none"
	}
	return strings.Join(list, ", ")
}
