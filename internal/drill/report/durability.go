package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/regionpair/regionpair/internal/drill"
	"github.com/regionpair/regionpair/internal/figure"
)

// group is the runs of a fault, with one durability if several are compared.
type group struct{ fault, durability string }

func (g group) String() string {
	if g.durability == "" {
		return g.fault
	}
	return g.fault + ", " + g.durability
}

// id of the group in a page.
func (g group) id() string { return strings.ReplaceAll(g.String(), ", ", "-") }

func groupOf(d drill.Document, run drill.Result) group {
	if len(d.Durabilities) == 0 {
		return group{fault: run.Fault}
	}
	return group{run.Fault, run.Pair.Durability}
}

// groupsOf lists the groups in the order in which they ran.
func groupsOf(d drill.Document) []group {
	list := []group{}
	for _, run := range d.Runs {
		if g := groupOf(d, run); !slices.Contains(list, g) {
			list = append(list, g)
		}
	}
	return list
}

func runsOf(d drill.Document, g group) []drill.Result {
	return slices.DeleteFunc(slices.Clone(d.Runs), func(r drill.Result) bool { return groupOf(d, r) != g })
}

// resultRow is the name of the row with verdicts.
const resultRow = "Result"

// comparison is a fault with each durability in a column.
type comparison struct {
	Fault   string
	Columns []string
	Rows    []comparisonRow
}

type comparisonRow struct {
	Name  string
	Cells []string
	// Decides is true for what a durability is chosen for.
	Decides bool
}

// comparisons of the durabilities, one for each fault.
func comparisons(d drill.Document) []comparison {
	list := []comparison{}
	for _, f := range d.Durabilities {
		if len(list) == 0 || list[len(list)-1].Fault != f.Fault {
			list = append(list, comparison{Fault: f.Fault, Rows: rowsOf(f.Fault)})
		}
		c := &list[len(list)-1]
		c.Columns = append(c.Columns, f.Durability)
		for i, cell := range cellsOf(f) {
			c.Rows[i].Cells = append(c.Rows[i].Cells, cell)
		}
	}
	return list
}

func rowsOf(fault string) []comparisonRow {
	lost, stale := "Acknowledged writes lost or replaced", "Writes unreadable at failover"
	if drill.FaultOf(fault).Permanent {
		lost = "Acknowledged writes lost for ever"
	}
	return []comparisonRow{
		{Name: lost, Decides: true},
		{Name: "Loss window (RPO)", Decides: true},
		{Name: stale}, {Name: "Reads of an older state"}, {Name: "Acknowledged writes"}, {Name: "Without service (RTO)"}, {Name: "Latency here, p50 / p99"}, {Name: resultRow},
	}
}

// cellsOf are the figures in the order of rowsOf.
func cellsOf(f drill.DurabilityFigures) []string {
	lost, window := figure.Number(f.PermanentlyLost), figure.Seconds(f.RPOSeconds)
	if !f.DataChecked {
		lost, window = notChecked, notChecked
	}
	return []string{
		lost, window, figure.Number(f.UnreadableAtFailover), figure.Number(f.StaleReads), figure.Number(f.AcknowledgedWrites), figure.Seconds(f.RTOSeconds),
		fmt.Sprintf("%.1f / %.1f ms", f.P50Millis, f.P99Millis), f.Verdict,
	}
}

// compared is what the durabilities come to, in a sentence for each fault.
func compared(d drill.Document) string {
	sentences, several := []string{}, len(comparisons(d)) > 1
	for _, f := range d.Durabilities {
		name := "With " + f.Durability
		if several {
			name = f.Fault + " with " + f.Durability
		}
		what := fmt.Sprintf("none of %s acknowledged writes was lost", figure.Number(f.AcknowledgedWrites))
		switch {
		case !f.DataChecked:
			what = "no data was checked"
		case f.PermanentlyLost > 0:
			what = fmt.Sprintf("%s of %s acknowledged writes were lost, a window of %s", figure.Number(f.PermanentlyLost), figure.Number(f.AcknowledgedWrites), figure.Seconds(f.RPOSeconds))
		}
		sentences = append(sentences, name+", "+what+".")
	}
	return strings.Join(sentences, " ")
}
