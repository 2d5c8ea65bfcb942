package operate

import (
	"fmt"
	"strings"
	"time"

	"github.com/regionpair/regionpair/internal/figure"
)

// Plan says what a command will do, and what it has found.
func (r Result) Plan(p Paint) string {
	var out strings.Builder
	fmt.Fprintf(&out, "%s\n", r.purpose())
	for _, g := range r.Guards {
		mark, painted := "ok", p.good
		switch {
		case g.Accepted:
			mark, painted = "accepted", p.warn
		case !g.Holds:
			mark, painted = "x", p.bad
		}
		fmt.Fprintf(&out, "  %-9s %s%s\n", g.ID, pad(mark, 10, painted), wrap(g.Text, strings.Repeat(" ", 22)))
		if g.Advice != "" && !g.Holds {
			fmt.Fprintf(&out, "%s%s\n", strings.Repeat(" ", 22), g.Advice)
		}
	}
	fmt.Fprintf(&out, "  needs     ssm:PutParameter in %s\n", r.writesIn())
	if r.opens {
		return out.String()
	}
	if back := opposite(r.Action); back != "" {
		fmt.Fprintf(&out, "  way back  regionpair %s\n", back)
	}
	return out.String()
}

// writesIn names the Regions in which a parameter is written.
func (r Result) writesIn() string {
	switch {
	case r.opens:
		return r.Pair.Primary
	case r.Fenced, r.unlocks:
		return r.Pair.Primary + " and " + r.Pair.Standby
	}
	return r.Pair.Standby
}

func (r Result) purpose() string {
	switch {
	case r.opens:
		return fmt.Sprintf("Let %s take writes again; nobody is moved.", r.Pair.Primary)
	case r.Fenced:
		return fmt.Sprintf("End writes to %s in %s, and move the clients to %s when it has them all.", r.Pair.Domain, r.From, r.To)
	}
	switch r.Action {
	case ActionFailover, ActionFailback:
		return fmt.Sprintf("Move the clients of %s from %s to %s.", r.Pair.Domain, r.From, r.To)
	case ActionHold:
		return fmt.Sprintf("Keep %s out: clients of %s stay in %s.", r.Pair.Primary, r.Pair.Domain, r.Pair.Standby)
	}
	return fmt.Sprintf("Let the health check of %s decide again who serves %s.", r.Pair.Primary, r.Pair.Domain)
}

// Line is the text of an event.
func (e Event) Line() string {
	whole := time.Duration(e.Seconds * float64(time.Second))
	return fmt.Sprintf("  %02d:%04.1f  %s\n", int(whole.Minutes()), (whole % time.Minute).Seconds(), e.Text)
}

// Waiting names the guards that an order waits for.
func (r Result) Waiting() string {
	texts := []string{}
	for _, g := range r.Guards {
		if !g.Holds && !g.Accepted {
			texts = append(texts, g.Text)
		}
	}
	return "  waiting: " + strings.Join(texts, "; ") + "\n"
}

// Text is what a command says at its end.
func (r Result) Text(p Paint) string {
	var out strings.Builder
	switch r.Outcome {
	case OutcomeDone:
		out.WriteString(p.good(r.doneText()) + "\n")
	case OutcomeNothing:
		fmt.Fprintf(&out, "Nothing to do: %s.\n", r.Problem)
	case OutcomeDryRun:
		out.WriteString("Dry run: nothing was changed.\n")
	case OutcomeRefused:
		out.WriteString(r.refusal(p))
	case OutcomeNotSeen:
		fmt.Fprintf(&out, "%s %s.\n", p.warn("Not seen:"), r.Problem)
	case OutcomeNotKnown:
		fmt.Fprintf(&out, "%s %s.\n", p.bad("Not known:"), r.Problem)
	default:
		fmt.Fprintf(&out, "%s %s.\n", p.bad("Not done:"), r.Problem)
	}
	for _, advice := range r.Next {
		fmt.Fprintf(&out, "  %-*s   %s\n", commandWidth(r.Next), advice.Command, advice.Does)
	}
	return out.String()
}

func (r Result) doneText() string {
	if r.opens {
		return fmt.Sprintf("Done. %s takes writes again.", r.Pair.Primary)
	}
	switch r.Action {
	case ActionFailover, ActionFailback:
		return fmt.Sprintf("Done in %s (bound %s). Recorded as switch %d.", figure.Seconds(r.Seconds), figure.Seconds(r.Bound), r.Number)
	case ActionHold:
		return fmt.Sprintf("Done. Recorded as switch %d. %s stays out until you give the clients back.", r.Number, r.Pair.Primary)
	}
	return fmt.Sprintf("Done. Recorded as switch %d. Clients go back to %s when its health check is green.", r.Number, r.Pair.Primary)
}

func (r Result) refusal(p Paint) string {
	if r.Problem != "" {
		return fmt.Sprintf("%s %s.\n", p.bad("Refused:"), r.Problem)
	}
	holds := "do not hold"
	if len(r.failing()) == 1 {
		holds = "does not hold"
	}
	return fmt.Sprintf("%s %d of %s %s; nothing was changed.\n", p.bad("Refused:"), len(r.failing()), counted(len(r.Guards), "guard", "guards"), holds)
}

// failing guards, by their ids.
func (r Result) failing() []string {
	ids := []string{}
	for _, g := range r.Guards {
		if !g.Holds && !g.Accepted {
			ids = append(ids, g.ID)
		}
	}
	return ids
}
