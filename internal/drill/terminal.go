package drill

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/regionpair/regionpair/internal/figure"
)

// Terminal tells people what happens: events as lines, and on a terminal a
// line with the status that is written over.
type Terminal struct {
	// Out takes the text.
	Out io.Writer
	// Live is true on a terminal.
	Live bool
	// Width in columns. It is asked whenever the status is written, because windows
	// change.
	// Default: 80.
	Width func() int
	// Paint colours a text by its verdict.
	// Default: no colours.
	Paint func(verdict, text string) string

	mu    sync.Mutex
	width int
	phase string
}

// Begin implements Progress.
func (t *Terminal) Begin(fault string, seed uint64) {
	t.line("== %s, seed %d", fault, seed)
}

// Event implements Progress.
func (t *Terminal) Event(e Event) { t.line("%s  %s", since(e.Seconds), e.Text) }

// since writes the time since the fault; before it there is none.
func since(seconds float64) string {
	if seconds <= 0 {
		return strings.Repeat(" ", 10)
	}
	return fmt.Sprintf("%8s s", figure.Decimal(seconds))
}

// Status implements Progress.
func (t *Terminal) Status(s Status) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.Live {
		if s.Phase != t.phase {
			t.phase = s.Phase
			_, _ = fmt.Fprintf(t.Out, "%s  [%s]\n", since(s.Seconds), s.Phase)
		}
		return
	}
	text := statusLine(s, t.columns())
	_, _ = fmt.Fprintf(t.Out, "\r%s%s", text, t.padding(text))
	t.width = len(text)
}

// defaultWidth is that of a terminal which does not tell.
const defaultWidth = 80

// columns that a line may fill: many terminals go on to the next line as soon as the
// last one is written.
func (t *Terminal) columns() int {
	width := 0
	if t.Width != nil {
		width = t.Width()
	}
	if width <= 0 {
		width = defaultWidth
	}
	return width - 1
}

// padding writes over what is left of the last status, and never beyond the line.
func (t *Terminal) padding(text string) string {
	return strings.Repeat(" ", max(0, min(t.width, t.columns())-len(text)))
}

// statusLine is as much of the status as fits: what says least is left out, and
// nothing is cut.
func statusLine(s Status, columns int) string {
	start := fmt.Sprintf("%s  %-8s  %s", since(s.Seconds), s.Phase, cmp.Or(s.Serving, "nobody"))
	rate, errors := fmt.Sprintf(", %s requests/s", figure.Number(s.RequestsPerSecond)), fmt.Sprintf(", %s errors", figure.Percent(s.ErrorRate))
	pending, rest := fmt.Sprintf(", %s to replicate", figure.Number(s.Pending)), left(s.Left)
	for _, text := range []string{
		start + rate + errors + pending + rest, start + rate + errors + rest, start + rate + errors + strings.Replace(rest, "about ", "", 1),
		start + errors + rest, start + errors, start, s.Phase,
	} {
		if len(text) <= columns {
			return text
		}
	}
	return ""
}

// left tells the time that is left, in steps that do not flicker.
func left(d time.Duration) string {
	if d < time.Second {
		return ""
	}
	step := time.Second
	if d > 10*time.Second {
		step = 5 * time.Second
	}
	return fmt.Sprintf(", about %s left", figure.Seconds(d.Round(step).Seconds()))
}

// Done implements Progress.
func (t *Terminal) Done(r Result) {
	t.line("   RTO %s (bound %s), RPO %s (%s writes unreadable at failover), lost %s, errors %s of %s: %s",
		figure.Seconds(r.RTOSeconds), figure.Seconds(r.RTOBoundSeconds), figure.Seconds(r.RPOSeconds), figure.Number(r.UnreadableAtFailover),
		figure.Number(r.PermanentlyLost), figure.Number(r.Errors), figure.Number(r.Requests), t.paint(r.Verdict, strings.ToUpper(r.Verdict)))
	for _, reason := range r.Reasons {
		t.line("   %s", t.paint(r.Verdict, r.ReasonKind()+": "+reason))
	}
}

func (t *Terminal) paint(verdict, text string) string {
	if t.Paint == nil {
		return text
	}
	return t.Paint(verdict, text)
}

func (t *Terminal) line(format string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	text := fmt.Sprintf(format, args...)
	if t.Live {
		text = "\r" + text + t.padding(text)
		t.width = 0
	}
	_, _ = fmt.Fprintln(t.Out, text)
}

// Results tells about drills that run at once: what each came to, and nothing
// on the way.
type Results struct{ Terminal *Terminal }

// Begin implements Progress.
func (r Results) Begin(fault string, seed uint64) { r.Terminal.Begin(fault, seed) }

// Event implements Progress.
func (Results) Event(Event) {}

// Status implements Progress.
func (Results) Status(Status) {}

// Done implements Progress.
func (r Results) Done(result Result) {
	r.Terminal.line("   %s, seed %d:", result.Fault, result.Seed)
	r.Terminal.Done(result)
}
