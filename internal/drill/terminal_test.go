package drill

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

var busy = Status{Phase: "outage", Seconds: 1034.1, Serving: "eu-central-1", RequestsPerSecond: 248, ErrorRate: 1, Pending: 1200, Left: 18 * time.Second}

// shown writes statuses to a terminal with a width that changes, and returns what each
// of them wrote over the line.
func shown(statuses []Status, widths []int) []string {
	var out strings.Builder
	width := 0
	terminal := &Terminal{Out: &out, Live: true, Width: func() int { return width }}
	for i, s := range statuses {
		width = widths[i]
		terminal.Status(s)
	}
	return strings.Split(out.String(), "\r")[1:]
}

func TestTheStatusFitsTheTerminal(t *testing.T) {
	for width, want := range map[int]string{
		10:  "outage",
		40:  " 1 034.1 s  outage    eu-central-1",
		80:  " 1 034.1 s  outage    eu-central-1, 248 requests/s, 100.0 % errors, 20 s left",
		70:  " 1 034.1 s  outage    eu-central-1, 100.0 % errors, about 20 s left",
		200: " 1 034.1 s  outage    eu-central-1, 248 requests/s, 100.0 % errors, 1 200 to replicate, about 20 s left",
		0:   " 1 034.1 s  outage    eu-central-1, 248 requests/s, 100.0 % errors, 20 s left",
	} {
		assert.Equal(t, []string{want}, shown([]Status{busy}, []int{width}), width)
	}
	calm := Status{Phase: "steady", Serving: "eu-central-1", RequestsPerSecond: 248, Left: 80 * time.Second}
	assert.Equal(t, []string{"            steady    eu-central-1, 248 requests/s, 0.0 % errors, 80 s left"}, shown([]Status{calm}, []int{80}))
}

func TestTheStatusStaysOnOneLine(t *testing.T) {
	for _, text := range shown([]Status{busy, {Phase: "drain"}, busy, {Phase: "drain"}}, []int{200, 80, 200, 40}) {
		assert.NotContains(t, text, "\n")
	}
	lines := shown([]Status{busy, {Phase: "drain"}}, []int{200, 40})
	assert.Len(t, lines[1], 39, "what was there is written over, and not beyond the window of now")
	lines = shown([]Status{busy, {Phase: "drain"}}, []int{200, 200})
	assert.Len(t, lines[1], len(lines[0]))
}
