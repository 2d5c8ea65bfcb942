package operate

import (
	"fmt"
	"strings"

	"github.com/regionpair/regionpair/internal/figure"
)

// HistoryDocument is the document of `regionpair history`.
type HistoryDocument struct {
	SchemaVersion int      `json:"schemaVersion"`
	Pair          Pair     `json:"pair"`
	Switches      []Switch `json:"switches"`
}

// Text is the history as a page, newest first.
func (h HistoryDocument) Text(Paint) string {
	var out strings.Builder
	fmt.Fprintf(&out, "    #  When                  What      Switch  Took     Who and why\n")
	for _, s := range h.Switches {
		took := "-"
		switch {
		case s.Seconds > 0:
			took = figure.Seconds(s.Seconds)
		case s.Outcome != "":
			took = s.Outcome
		}
		who := s.By[strings.LastIndex(s.By, "/")+1:]
		if s.Reason != "" {
			who += ": " + s.Reason
		}
		fmt.Fprintf(&out, "  %3d  %s  %-9s %-6s  %-8s %s\n", s.Number, stamp(s.At), printable(s.Action), s.Position, took, wrap(printable(who), strings.Repeat(" ", 53)))
	}
	return out.String()
}
