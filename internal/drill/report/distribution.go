package report

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/regionpair/regionpair/internal/drill"
	"github.com/regionpair/regionpair/internal/figure"
)

// distribution shows recovery times over seeds, in a row for each fault.
type distribution struct {
	Pictures []picture
	Rows     []distributionRow
}

type distributionRow struct {
	group               group
	Fault, Verdict      string
	Runs                int
	Least, Median, Most float64
	Bound               float64
	NotServed           int
}

const (
	rowTall  = 46
	firstRow = 30
)

// newDistribution is nil for a single run, and draws nothing unless a fault ran
// with several seeds.
func newDistribution(d drill.Document) *distribution {
	result := &distribution{}
	several := false
	for _, g := range groupsOf(d) {
		runs := runsOf(d, g)
		several = several || len(runs) > 1
		result.Rows = append(result.Rows, newDistributionRow(g, runs))
	}
	if len(d.Runs) < 2 {
		return nil
	}
	if !several {
		return result
	}
	for _, width := range []int{wide, narrow} {
		result.Pictures = append(result.Pictures, drawDistribution(d, result.Rows, width))
	}
	return result
}

func newDistributionRow(g group, runs []drill.Result) distributionRow {
	row := distributionRow{group: g, Fault: g.String(), Runs: len(runs), Verdict: drill.Document{Runs: runs}.Verdict()}
	times := []float64{}
	for _, run := range runs {
		row.Bound = max(row.Bound, run.RTOBoundSeconds)
		if run.RTOSeconds < 0 {
			row.NotServed++
			continue
		}
		times = append(times, run.RTOSeconds)
	}
	if len(times) > 0 {
		slices.Sort(times)
		row.Least, row.Median, row.Most = times[0], times[len(times)/2], times[len(times)-1]
	}
	return row
}

func drawDistribution(d drill.Document, rows []distributionRow, width int) picture {
	bottom := float64(firstRow + len(rows)*rowTall)
	p := picture{
		ID: fmt.Sprintf("distribution-%d", width), Width: width, Height: int(bottom) + 36,
		Title: "Recovery time over seeds", Detail: tellRows(rows),
	}
	limit := 1.0
	for _, row := range rows {
		limit = max(limit, row.Bound, row.Most)
	}
	step := niceStep(limit*1.05, width/90)
	x := func(v float64) float64 { return edge + v/(limit*1.05)*float64(width-2*edge-20) }
	c := canvas{picture: p}
	for at := 0.0; at <= limit*1.05; at += step {
		c.line("grid", x(at), 10, x(at), bottom)
		c.text("muted", x(at), bottom+14, "middle", figure.Number(at))
	}
	c.text("muted", edge, bottom+30, "start", "RTO in AWS-equivalent seconds; one dot per run")
	for i, row := range rows {
		c.row(row, runsOf(d, row.group), float64(firstRow+i*rowTall), x)
	}
	return c.picture
}

// row draws one dot per run, lower where dots would cover each other, and the
// bound.
func (c *canvas) row(row distributionRow, runs []drill.Result, y float64, x func(float64) float64) {
	c.text("strong", edge, y-6, "start", row.Fault)
	c.line("range", x(row.Least), y+6, x(row.Most), y+6)
	c.line("mark", x(row.Bound), y-4, x(row.Bound), y+20)
	c.text("muted", x(row.Bound), y-8, "middle", "bound "+figure.Seconds(row.Bound))
	slices.SortFunc(runs, func(a, b drill.Result) int { return cmp.Compare(a.RTOSeconds, b.RTOSeconds) })
	last, level := -100.0, 0
	for _, run := range runs {
		if run.RTOSeconds < 0 {
			continue
		}
		at := x(run.RTOSeconds)
		if level++; at-last > 9 || level > 2 {
			level = 0
		}
		last = at
		class := "dot"
		if run.Verdict != drill.Pass {
			class = "dot-failed"
		}
		c.Dots = append(c.Dots, dot{class, px(at), px(y + 6 + float64(level)*7)})
	}
}

func tellRows(rows []distributionRow) string {
	text := ""
	for _, row := range rows {
		text += fmt.Sprintf("%s: %d runs, %s to %s, median %s, bound %s. ", row.Fault, row.Runs, figure.Seconds(row.Least), figure.Seconds(row.Most), figure.Seconds(row.Median), figure.Seconds(row.Bound))
	}
	return text
}
