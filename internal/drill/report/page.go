package report

import (
	"cmp"
	"embed"
	"fmt"
	"html/template"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/regionpair/regionpair/internal/drill"
	"github.com/regionpair/regionpair/internal/figure"
	"github.com/regionpair/regionpair/internal/localcloud"
	"github.com/regionpair/regionpair/internal/rule"
	"github.com/regionpair/regionpair/internal/style"
)

//go:embed *.tmpl *.css
var files embed.FS

var pages = parse()

func parse() *template.Template {
	t := template.New("report").Funcs(template.FuncMap{"seconds": figure.Seconds, "decimal": figure.Decimal, "inc": func(n int) int { return n + 1 }})
	template.Must(t.New("colours.css").Parse(style.Colours))
	return template.Must(t.ParseFS(files, "*.tmpl", "*.css"))
}

// page is what the template shows, from the verdict to the evidence.
type page struct {
	drill.Document
	Pair         string
	Verdict      string
	Headline     string
	Comparisons  []comparison
	Targets      []targetRow
	Distribution *distribution
	Faults       []faultSection
	Skipped      []skippedGroup
	Facts        []fact
	// Controls that the evidence speaks to; only for deployed pairs.
	Controls []control
}

// targetRow is the worst figure of all runs beside its target.
type targetRow struct {
	Target, Allowed, Measured, Run string
	Met                            bool
}

// faultSection shows one run of a fault, the worst, and folds the others.
type faultSection struct {
	Fault, What string
	Shown       runSection
	// Folded on paper: it passed, and another came closer to its limits.
	Folded bool
	Others []runSection
}

type runSection struct {
	drill.Result
	Pictures []picture
	Figures  []fact
}

type fact struct {
	Name, Value string
	// Code is shown in a fixed-width font.
	Code bool
}

// HTML writes the document as one page that needs nothing else.
func HTML(d drill.Document) (string, error) {
	var b strings.Builder
	if err := pages.ExecuteTemplate(&b, "page.html.tmpl", newPage(d)); err != nil {
		return "", fmt.Errorf("write the page: %w", err)
	}
	return b.String(), nil
}

// SVG draws the worst run of the document; it is empty when no run has a
// series.
func SVG(d drill.Document) (string, error) {
	if len(d.Runs) == 0 {
		return "", nil
	}
	drawn, found := draw(worst(d.Runs), d.TimeScale, "picture", wide)
	if !found {
		return "", nil
	}
	drawn.Standalone = true
	var b strings.Builder
	if err := pages.ExecuteTemplate(&b, "picture", drawn); err != nil {
		return "", fmt.Errorf("draw the picture: %w", err)
	}
	return b.String() + "\n", nil
}

func newPage(d drill.Document) page {
	p := page{Document: d, Pair: d.Provenance.PairName, Verdict: d.Verdict(), Headline: headline(d), Targets: targetRows(d)}
	p.Distribution = newDistribution(d)
	p.Comparisons = comparisons(d)
	for _, g := range groupsOf(d) {
		section := newFaultSection(d, g)
		section.Folded = section.Shown.Verdict == drill.Pass && g != groupOf(d, worst(d.Runs))
		p.Faults = append(p.Faults, section)
	}
	p.Skipped, p.Facts = groupSkipped(d.NotEmulated), evidence(d)
	if d.Live != nil {
		p.Controls = controls(d)
	}
	return p
}

// worst is a run that missed a target, otherwise the one that came closest to
// its limit.
func worst(runs []drill.Result) drill.Result {
	return slices.MaxFunc(runs, func(a, b drill.Result) int {
		return cmp.Or(cmp.Compare(severity(a), severity(b)), cmp.Compare(b.Seed, a.Seed))
	})
}

func severity(r drill.Result) float64 {
	s := 0.0
	if r.Verdict != drill.Pass {
		s = 1e6
	}
	for _, check := range r.Checks {
		s = max(s, s+use(check))
	}
	return s
}

// use is which share of its limit a figure takes.
func use(c drill.TargetCheck) float64 {
	switch {
	case c.Measured < 0:
		return 1e6
	case c.Limit > 0:
		return c.Measured / c.Limit
	}
	return c.Measured
}

func headline(d drill.Document) string {
	if len(d.Runs) == 0 {
		return "Nothing was run."
	}
	w := worst(d.Runs)
	data := dataOf(d.Runs)
	if len(d.Durabilities) > 0 {
		data = compared(d)
	}
	if d.EndedEarly() {
		return fmt.Sprintf("The drill ended early: %s. Its figures are those until then. %s", d.Live.Problem, data)
	}
	if len(d.Runs) > 1 {
		passed := 0
		for _, run := range d.Runs {
			if run.Verdict == drill.Pass {
				passed++
			}
		}
		return fmt.Sprintf("%d of %d drills met every target. %s %s", passed, len(d.Runs), longest(d), data)
	}
	return strings.Join([]string{drill.FaultOf(w.Fault).Did(w.FailedRegion, w.SurvivingRegion), serviceOf(w), data}, " ")
}

// serviceOf a run: for how long the clients were without.
func serviceOf(r drill.Result) string {
	switch {
	case r.RTOSeconds < 0:
		return "The clients were not served again."
	case r.RTOSeconds == 0 && r.Errors > 0:
		return fmt.Sprintf("No request failed from then on; %s of %s had failed before.", figure.Number(r.Errors), figure.Number(r.Requests))
	case r.RTOSeconds == 0:
		return "No request failed."
	}
	return fmt.Sprintf("Clients had no reliable service for %s; %s are allowed.", figure.Seconds(r.RTOSeconds), figure.Seconds(rtoLimit(r)))
}

// dataOf the runs: what became of it.
func dataOf(runs []drill.Result) string {
	lost, writes, unchecked, where := 0, 0, 0, "both Regions"
	for _, run := range runs {
		if drill.FaultOf(run.Fault).Permanent {
			where = "the Regions that are left"
		}
		if !run.DataChecked {
			unchecked++
			continue
		}
		lost, writes = lost+run.PermanentlyLost, writes+run.AcknowledgedWrites
	}
	switch {
	case lost > 0:
		return fmt.Sprintf("%s not in %s as acknowledged last, after %s acknowledged writes.", rule.Count(lost, "key is", "keys are"), where, figure.Number(writes))
	case unchecked == len(runs):
		return "No data was checked."
	case unchecked > 0:
		return fmt.Sprintf("No data was checked in %d of the drills; in the others all %s acknowledged writes are in %s at the end.", unchecked, figure.Number(writes), where)
	}
	return fmt.Sprintf("All %s acknowledged writes are in %s at the end.", figure.Number(writes), where)
}

func longest(d drill.Document) string {
	for _, run := range d.Runs {
		if run.RTOSeconds < 0 {
			return fmt.Sprintf("In %s, seed %d, the clients were not served again.", groupOf(d, run), run.Seed)
		}
	}
	most := slices.MaxFunc(d.Runs, func(a, b drill.Result) int { return cmp.Compare(a.RTOSeconds, b.RTOSeconds) })
	return fmt.Sprintf("The longest recovery took %s: %s, seed %d.", figure.Seconds(most.RTOSeconds), groupOf(d, most), most.Seed)
}

// rtoLimit is the strictest limit that the recovery time was held against.
func rtoLimit(r drill.Result) float64 {
	limit := math.Inf(1)
	for _, check := range r.Checks {
		if check.Target == drill.TargetRTO || check.Target == drill.TargetRTOAbsolute {
			limit = min(limit, check.Limit)
		}
	}
	if math.IsInf(limit, 1) {
		return r.RTOBoundSeconds
	}
	return limit
}

func targetRows(d drill.Document) []targetRow {
	rows, seen := []targetRow{}, map[string]int{}
	closest := map[string]float64{}
	for _, run := range d.Runs {
		for _, check := range run.Checks {
			row := targetRow{
				Target: check.Target, Allowed: "at most " + amount(check.Limit, check.Unit), Measured: amount(check.Measured, check.Unit),
				Run: fmt.Sprintf("%s, seed %d", groupOf(d, run), run.Seed), Met: check.Met,
			}
			if !check.Met {
				// Whatever else came close, a miss comes first.
				check.Measured = max(check.Measured, 0) + 1e9
			}
			at, known := seen[check.Target]
			switch {
			case !known:
				seen[check.Target] = len(rows)
				rows, closest[check.Target] = append(rows, row), use(check)
			case use(check) > closest[check.Target]:
				rows[at], closest[check.Target] = row, use(check)
			}
		}
	}
	return rows
}

func amount(v float64, unit string) string {
	if unit == "s" {
		return figure.Seconds(v)
	}
	return figure.Number(int(v)) + " " + unit
}

func newFaultSection(d drill.Document, g group) faultSection {
	runs := runsOf(d, g)
	shown := worst(runs)
	section := faultSection{Fault: g.String(), What: drill.FaultOf(g.fault).What, Shown: newRunSection(shown)}
	for _, width := range []int{wide, narrow} {
		if drawn, found := draw(shown, d.TimeScale, fmt.Sprintf("%s-%d", g.id(), width), width); found {
			// The page tells the same in its timeline.
			drawn.Detail = ""
			section.Shown.Pictures = append(section.Shown.Pictures, drawn)
		}
	}
	for _, run := range runs {
		if run.Seed != shown.Seed {
			section.Others = append(section.Others, newRunSection(run))
		}
	}
	return section
}

func newRunSection(r drill.Result) runSection {
	had, back := " had the Region never come back", figure.Seconds(r.FailbackSeconds)
	switch {
	case r.FailbackSeconds < 0:
		back = "did not happen"
	case r.FailbackSeconds == 0:
		back = "nobody had left"
	}
	if drill.FaultOf(r.Fault).Permanent {
		had, back = "", "never: the Region does not come back"
	}
	to := r.SurvivingRegion
	if drill.FaultOf(r.Fault).KillsStandby {
		to = r.FailedRegion + " again"
	}
	figures := []fact{
		{Name: "Without reliable service (RTO)", Value: figure.Seconds(r.RTOSeconds)},
		{Name: "Health check turned red after", Value: figure.Seconds(r.DetectionSeconds)},
		{Name: "Resolver sent clients to " + to + " after", Value: figure.Seconds(r.DNSSwitchSeconds)},
		{Name: "Requests that failed", Value: fmt.Sprintf("%s of %s (%s)%s", figure.Number(r.Errors), figure.Number(r.Requests), figure.Percent(r.ErrorRate), byKind(r.ErrorsOf))},
		{Name: "Writes not yet readable at failover", Value: ifChecked(r, fmt.Sprintf("%s of %s: a loss window (RPO) of %s%s",
			figure.Number(r.UnreadableAtFailover), figure.Number(r.AcknowledgedWrites), figure.Seconds(r.RPOSeconds), had))},
		{Name: "Reads and conditions that met an older state", Value: figure.Number(r.StaleReads)},
		{Name: "Data at the end", Value: dataAtTheEnd(r)},
		{Name: "Both Regions accepted writes for", Value: figure.Seconds(r.SplitBrainSeconds)},
		{Name: "Clients were back after the repair in", Value: back},
		{Name: "Latency on this machine", Value: fmt.Sprintf("p50 %.1f ms, p99 %.1f ms, at %.0f requests per second", r.P50Millis, r.P99Millis, r.RequestsPerSecond)},
		{Name: "Hosts that nobody should call", Value: orNone(r.UnexpectedHosts)},
	}
	if len(r.Populations) > 1 {
		figures = slices.Insert(figures, 1, fact{Name: "By resolver of the clients", Value: byPopulation(r.Populations)})
	}
	if text := stored(r.Written); text != "" {
		figures = append(figures, fact{Name: "Where the data was", Value: text})
	}
	return runSection{Result: r, Figures: figures}
}

// stored says where an API with tables keeps its data, and so what a failover may
// cost; empty where nothing was written to a table.
func stored(w localcloud.Written) string {
	if w.EventualItems+w.StrongItems == 0 {
		return ""
	}
	parts := []string{}
	for _, part := range []struct {
		count int
		what  string
	}{
		{w.Objects, "objects in replicated buckets"},
		{w.EventualItems, "writes of items in eventually consistent tables"},
		{w.StrongItems, "writes of items in strongly consistent tables"},
	} {
		if part.count > 0 {
			parts = append(parts, figure.Number(part.count)+" "+part.what)
		}
	}
	return strings.Join(parts, ", ")
}

// dataAtTheEnd says what reading every key in both Regions has shown.
func dataAtTheEnd(r drill.Result) string {
	switch {
	case r.EndedEarly:
		return notChecked + ": the drill ended early"
	case !r.DataChecked:
		return notChecked + ": the load writes nothing that it reads back"
	}
	where := "both Regions"
	if drill.FaultOf(r.Fault).Permanent {
		where = r.SurvivingRegion
	}
	text := fmt.Sprintf("%s keys were read through the API of %s; %s are not as they were acknowledged last", figure.Number(r.VerifiedKeys), where, figure.Number(r.PermanentlyLost))
	for _, loss := range r.Losses {
		text += "; " + loss.String()
	}
	if r.UnknownWrites > 0 {
		text += fmt.Sprintf(". Of %s writes the outcome is unknown, because their answers were lost", figure.Number(r.UnknownWrites))
	}
	return text
}

// byPopulation lists the recovery times of clients that share a resolver.
func byPopulation(populations []drill.Population) string {
	parts := []string{}
	for _, p := range populations {
		parts = append(parts, fmt.Sprintf("%s (%s of %s requests failed)", figure.Seconds(p.RTOSeconds), figure.Number(p.Errors), figure.Number(p.Requests)))
	}
	return strings.Join(parts, ", ")
}

// byKind tells which requests failed: ": 300 read, 20 token, 455 write".
func byKind(counts map[string]int) string {
	parts := []string{}
	for _, kind := range slices.Sorted(maps.Keys(counts)) {
		if counts[kind] > 0 {
			parts = append(parts, figure.Number(counts[kind])+" "+kind)
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return ": " + strings.Join(parts, ", ")
}

func orNone(list []string) string {
	if len(list) == 0 {
		return "none"
	}
	return strings.Join(list, ", ")
}

const notChecked = "not checked"

// ifChecked keeps a figure about data from being shown where none was checked.
func ifChecked(r drill.Result, text string) string {
	if !r.DataChecked {
		return notChecked
	}
	return text
}

// failback writes when clients were back; where nobody had left there is no time.
func failback(r drill.Result) string {
	if r.FailbackSeconds == 0 {
		return "none"
	}
	return figure.Seconds(r.FailbackSeconds)
}
