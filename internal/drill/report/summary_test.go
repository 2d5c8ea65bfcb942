package report

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
)

func TestASummaryFitsAScreen(t *testing.T) {
	plain := func(_, text string) string { return text }
	documents := exampleDocuments()
	worstCase := documents["seeds"]
	for i := range worstCase.Runs {
		worstCase.Runs[i] = missed("health-only", uint64(i))
		worstCase.Runs[i].Reasons = []string{strings.Repeat("a long reason ", 10)}
	}
	documents["all missed"] = worstCase
	everyFault := exampleDocuments()["faults"]
	for i := range everyFault.Runs {
		everyFault.Runs[i] = missed(everyFault.Runs[i].Fault, 1)
	}
	documents["every fault missed"] = everyFault
	for name, document := range documents {
		text := Summary(document, plain)
		assert.LessOrEqual(t, strings.Count(text, "\n"), 24, name)
		for line := range strings.Lines(text) {
			assert.LessOrEqual(t, utf8.RuneCountInString(strings.TrimSuffix(line, "\n")), 80, line)
		}
	}
	assert.Contains(t, Summary(documents["never"], plain), "blackhole       1  fail           never   45 s")
	assert.Contains(t, Summary(documents["faults"], plain), "more faults, which the report lists")
	painted := Summary(documents["one"], func(verdict, text string) string { return "<" + verdict + ":" + text + ">" })
	assert.Contains(t, painted, "<pass:pass        >")
	assert.Contains(t, Summary(documents["all missed"], plain), "and 14 more")
}
