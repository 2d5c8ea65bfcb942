package report

import (
	"fmt"
	"strings"

	"github.com/regionpair/regionpair/internal/drill"
	"github.com/regionpair/regionpair/internal/figure"
)

// LivePlan says what a drill of a deployed pair is about to do.
func LivePlan(p drill.LivePlan, paint func(verdict, text string) string) string {
	var b strings.Builder
	purpose := fmt.Sprintf("move the clients of %s from %s to %s and back", p.Pair.Domain, p.Pair.Primary, p.Pair.Standby)
	if p.Fenced {
		purpose = fmt.Sprintf("end writes to %s in %s, move the clients to %s when it has them all, and back", p.Pair.Domain, p.Pair.Primary, p.Pair.Standby)
	}
	if p.External {
		purpose = fmt.Sprintf("measure what clients of %s see while %s is broken", p.Pair.Domain, p.Pair.Primary)
	}
	fmt.Fprintf(&b, "Drill %s: %s.\n", p.Pair.Name, purpose)
	for _, g := range p.Guards {
		mark := paint(drill.Pass, "ok      ")
		switch {
		case g.Accepted:
			mark = paint(drill.Inconclusive, "accepted")
		case !g.Holds:
			mark = paint(drill.Fail, "x       ")
		}
		fmt.Fprintf(&b, "  %-10s %s %s\n", g.ID, mark, g.Text)
		if g.Advice != "" && !g.Holds {
			fmt.Fprintf(&b, "  %19s %s\n", "", g.Advice)
		}
	}
	load := "it writes no data: the pair does not have the routes of the object API"
	if p.Folder != "" {
		load = "it writes objects under " + p.Folder + " and deletes them at the end"
	}
	fmt.Fprintf(&b, "  load       %.0f requests a second as %s; %s\n", p.Rate, p.Client, load)
	if p.External {
		fmt.Fprintf(&b, "  changes    nothing: you break %s by your own means, and repair it\n", p.Pair.Primary)
		return b.String()
	}
	fmt.Fprintf(&b, "  changes    the switch in %s\n", p.Pair.Standby)
	if p.Fenced {
		fmt.Fprintf(&b, "             the fence of %s\n", p.Pair.Primary)
	}
	if p.BreakHealth != "" {
		fmt.Fprintf(&b, "             the reserved concurrency of %s in %s\n", p.BreakHealth, p.Pair.Primary)
	}
	fmt.Fprintf(&b, "  takes      about %.0f min; everything is undone at the end, also when it is interrupted\n", max(1, p.Takes.Minutes()))
	b.WriteString("  by hand    regionpair failback --accept stable\n")
	if p.BreakHealth != "" {
		fmt.Fprintf(&b, "             aws lambda delete-function-concurrency --region %s --function-name %s\n", p.Pair.Primary, p.BreakHealth)
	}
	return b.String()
}

// LiveSummary is a drill of a deployed pair on a terminal.
func LiveSummary(d drill.Document, paint func(verdict, text string) string) string {
	var b strings.Builder
	live := d.Live
	for _, run := range d.Runs {
		writeLegs(&b, run)
	}
	if live.Data.Compared > 0 {
		fmt.Fprintf(&b, "  %s writes acknowledged; %s of %s keys are in both Regions as acknowledged; %s conflicts; %s keys deleted\n",
			figure.Number(live.Data.Written), figure.Number(live.Data.Equal), figure.Number(live.Data.Compared), figure.Number(live.Data.Conflicts), figure.Number(live.Data.Deleted))
	}
	if live.Tokens.Tried > 0 {
		fmt.Fprintf(&b, "  %d of %d tokens from before were accepted in %s\n", live.Tokens.Kept, live.Tokens.Tried, live.Pair.Standby)
	}
	for _, note := range live.Data.Notes {
		fmt.Fprintf(&b, "  %s\n", note)
	}
	for _, run := range d.Runs {
		for _, reason := range run.Reasons {
			fmt.Fprintf(&b, "  %s\n", paint(run.Verdict, run.Verdict+": "+reason))
		}
	}
	switch {
	case !live.Restored:
		fmt.Fprintf(&b, "  %s\n", paint(drill.Fail, "NOT RESTORED: do this now"))
		for _, step := range live.ToDo {
			fmt.Fprintf(&b, "    %s\n", step)
		}
	case live.Outcome == drill.OutcomeDone:
		fmt.Fprintf(&b, "  %s\n", paint(d.Verdict(), strings.ToUpper(d.Verdict())))
	default:
		fmt.Fprintf(&b, "  %s %s\n", paint(drill.Inconclusive, strings.ToUpper(live.Outcome)+":"), live.Problem)
	}
	return b.String()
}

// writeLegs shows the way there and the way back.
func writeLegs(b *strings.Builder, r drill.Result) {
	if r.FencedSeconds > 0 {
		fmt.Fprintf(b, "  %s took no writes for %s before\n", r.FailedRegion, figure.Seconds(r.FencedSeconds))
	}
	fmt.Fprintf(b, "  %-12s %s -> %s   %s   RTO %s (bound %s)   RPO %s   failed %s of %s\n", r.Fault, r.FailedRegion, r.SurvivingRegion,
		inTime("moved", "nobody moved", r.MovedSeconds), figure.Seconds(r.RTOSeconds), figure.Seconds(r.RTOBoundSeconds), ifChecked(r, figure.Seconds(r.RPOSeconds)), figure.Number(r.Errors), figure.Number(r.Requests))
	fmt.Fprintf(b, "  %-12s %s -> %s   %s\n", "", r.SurvivingRegion, r.FailedRegion, inTime("back", "nobody had left", r.FailbackSeconds))
}

// inTime says how long clients took, or that they did not get there, or that none
// had to.
func inTime(done, none string, took float64) string {
	switch {
	case took < 0:
		return "not all " + done
	case took == 0:
		return none
	}
	return done + " in " + figure.Seconds(took)
}
