package drill

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
)

// Terminal tells people what happens: events as lines, and on a terminal a
// line with the status that is written over.
type Terminal struct {
	// Out takes the text.
	Out io.Writer
	// Live is true on a terminal.
	Live bool
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
	return fmt.Sprintf("%8.1f s", seconds)
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
	serving := s.Serving
	if serving == "" {
		serving = "nobody"
	}
	text := fmt.Sprintf("%s  %-8s  %s, %.0f requests/s, %.0f %% errors, %d to replicate%s",
		since(s.Seconds), s.Phase, serving, s.RequestsPerSecond, 100*s.ErrorRate, s.Pending, left(s.Left))
	_, _ = fmt.Fprintf(t.Out, "\r%s%s", text, strings.Repeat(" ", max(0, t.width-len(text))))
	t.width = len(text)
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
	return fmt.Sprintf(", about %s left", d.Round(step))
}

// Done implements Progress.
func (t *Terminal) Done(r Result) {
	t.line("   RTO %s (bound %.0f s), RPO %.1f s (%d writes unreadable at failover), lost %d, errors %d of %d: %s",
		seconds(r.RTOSeconds), r.RTOBoundSeconds, r.RPOSeconds, r.UnreadableAtFailover, r.PermanentlyLost, r.Errors, r.Requests, t.paint(r.Verdict, strings.ToUpper(r.Verdict)))
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
		text = "\r" + text + strings.Repeat(" ", max(0, t.width-len(text)))
		t.width = 0
	}
	_, _ = fmt.Fprintln(t.Out, text)
}

// seconds writes a figure that may be absent.
func seconds(s float64) string {
	if s < 0 {
		return "never"
	}
	return fmt.Sprintf("%.1f s", s)
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
