package report

import (
	"fmt"
	"strings"

	"github.com/regionpair/regionpair/internal/drill"
	"github.com/regionpair/regionpair/internal/rule"
)

// control is a requirement that auditors ask about, and what a drill of a
// deployed pair says to it.
type control struct {
	Framework, ID, About string
	Shows, DoesNotShow   string
}

// controls are what the evidence speaks to. None of them is met by one drill, and a
// drill that ended early shows none of what it was to show.
func controls(d drill.Document) []control {
	list := controlsOf(d)
	if d.EndedEarly() {
		for i := range list {
			list[i].Shows = "nothing but what happened until the drill ended early"
		}
	}
	return list
}

// controlsOf a drill that came to its end.
func controlsOf(d drill.Document) []control {
	moved, detected := movesOf(d), "how a failure is detected: only the health function can be stopped, with --break-health"
	for _, run := range d.Runs {
		if !drill.FaultOf(run.Fault).Planned {
			detected = "any failure but the one of this drill"
		}
	}
	data := "nothing about data: none was compared"
	switch {
	case d.Live == nil || d.Live.Data.Compared == 0:
	case d.Live.Data.Equal < d.Live.Data.Compared:
		data = fmt.Sprintf("that %s not as acknowledged in both Regions after the return", rule.Count(d.Live.Data.Compared-d.Live.Data.Equal, "key was", "keys were"))
	default:
		data = "that no acknowledged write is missing in either Region after the return"
	}
	return []control{
		{
			"DORA (EU) 2022/2554", "Art. 11(6)", "Testing of continuity plans, with switchovers between primary and redundant capacity",
			moved + ", when, by whom, why, and for how long clients were without service", "the rest of the plan: people, communication, suppliers, cyber-attacks",
		},
		{
			"DORA (EU) 2022/2554", "Art. 12(6)", "Recovery time and recovery point objectives",
			"the measured times beside their targets", "that the targets are those that the business needs",
		},
		{
			"DORA (EU) 2022/2554", "Art. 24, 25", "Testing programme; scenario-based and end-to-end tests",
			"one end-to-end test with its scenario, load and result", "that there is a programme, that it is risk-based, or that the testers are independent",
		},
		{
			"SOC 2 (TSC 2017)", "A1.2", "Recovery infrastructure", "what was deployed in both Regions, by the hashes of its code, and that they were alike", "back-ups, environment and physical protection",
		},
		{"SOC 2 (TSC 2017)", "A1.3", "Tests of recovery procedures", moved + ", and " + data, "procedures outside of this API"},
		{"ISO/IEC 27001:2022", "A.5.30", "ICT readiness for business continuity", "how long clients were without service; readiness before it", "the business impact analysis that objectives come from"},
		{"ISO/IEC 27001:2022", "A.8.14", "Redundancy of information processing facilities", "that the second Region carried the clients' load of this drill", "that it carries the load of a busy day"},
		{"NIST SP 800-53 r5", "CP-4", "Contingency plan testing", moved + ", with the results and the reasons of what was missed", detected},
		{"NIST SP 800-53 r5", "CP-4(2)", "Testing at the alternate processing site", "the API in the alternate Region under load", "staff who work at an alternate site"},
		{"NIST SP 800-53 r5", "CP-7", "Alternate processing site", "that operations were resumed there, and in what time", "agreements, and accessibility in an area-wide disruption"},
		{"NIST SP 800-53 r5", "CP-10, CP-10(2)", "Recovery and reconstitution; transaction recovery", data, "restoring from back-ups"},
	}
}

// movesOf the clients that the drill has shown.
func movesOf(d drill.Document) string {
	moves := []string{}
	for _, run := range d.Runs {
		move := "a switch to the other Region and back that a failure caused"
		if drill.FaultOf(run.Fault).Planned {
			move = "a planned switch to the other Region and back"
		}
		moves = append(moves, move)
	}
	return strings.Join(moves, ", and ")
}

// controlsMarkdown is the table as a document of its own.
func controlsMarkdown(d drill.Document) string {
	var b strings.Builder
	b.WriteString("# What this drill is evidence for\n\n| Framework | Control | About | The evidence shows | It does not show |\n|---|---|---|---|---|\n")
	for _, c := range controls(d) {
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", c.Framework, c.ID, c.About, c.Shows, c.DoesNotShow)
	}
	return b.String()
}
