package operate

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/regionpair/regionpair/internal/figure"
)

// Verdicts of a check.
const (
	VerdictOK      = "ok"
	VerdictFailed  = "failed"
	VerdictWarning = "warning"
	VerdictUnknown = "not known"
)

// CheckResult is what a check has found.
type CheckResult struct {
	ID       string   `json:"id"`
	Category string   `json:"category"`
	Asks     string   `json:"asks"`
	Severity Severity `json:"severity" enum:"blocks|blocks planned|warns"`
	Verdict  string   `json:"verdict" enum:"ok|failed|warning|not known"`
	// Found is what is wrong, or why it is not known.
	Found []string `json:"found,omitempty"`
	Fix   string   `json:"fix,omitempty"`
	Docs  string   `json:"docs"`
}

// Readiness is the document of `regionpair readiness`.
type Readiness struct {
	SchemaVersion int  `json:"schemaVersion"`
	Pair          Pair `json:"pair"`
	// Planned: a switch to the standby now would go well.
	Planned bool `json:"readyForPlannedSwitch"`
	// Unplanned: a failover now, without the primary, would go well.
	Unplanned bool `json:"readyForUnplannedFailover"`
	// Partial says that checks were left out: both answers are about the others.
	Partial bool          `json:"partial"`
	AsOf    time.Time     `json:"asOf"`
	Seconds float64       `json:"seconds"`
	Checks  []CheckResult `json:"checks"`
	// LeftOut are the ids of the checks that were not to be run.
	LeftOut []string `json:"leftOut,omitempty"`
	// silent says that neither Region answered.
	silent bool
}

// Selection of checks.
type Selection struct {
	// Only and Skip hold ids and categories.
	Only, Skip []string
	// Strict takes warnings for failures.
	Strict bool
}

func (s Selection) takes(c Check) bool {
	named := func(names []string) bool {
		return slices.ContainsFunc(names, func(name string) bool { return strings.EqualFold(name, c.ID) || name == c.Category })
	}
	return (len(s.Only) == 0 || named(s.Only)) && !named(s.Skip)
}

// Validate refuses names of checks that do not exist, and a selection that takes
// none: no check would speak against a switch.
func (s Selection) Validate() error {
	var problems []error
	for _, name := range slices.Concat(s.Only, s.Skip) {
		one := Selection{Only: []string{name}}
		if !slices.ContainsFunc(Checks(), one.takes) {
			problems = append(problems, fmt.Errorf("there is no check or category %q; categories are %s", name, joined(Categories())))
		}
	}
	if len(problems) == 0 && !slices.ContainsFunc(Checks(), s.takes) {
		return errors.New("--only and --skip leave no check to run: skip less")
	}
	return errors.Join(problems...)
}

// Examine runs the selected checks.
func Examine(i Inventory, selection Selection) Readiness {
	r := Readiness{SchemaVersion: SchemaVersion, Pair: i.Pair, AsOf: i.At.UTC(), Planned: true, Unplanned: true, Checks: []CheckResult{}}
	r.silent = i.primary.silent() && i.standby.silent()
	for _, c := range Checks() {
		if !selection.takes(c) {
			r.Partial, r.LeftOut = true, append(r.LeftOut, c.ID)
			continue
		}
		result := c.examine(i)
		r.Checks = append(r.Checks, result)
		switch {
		case result.Verdict == VerdictFailed && c.Severity == Blocks:
			r.Planned, r.Unplanned = false, false
		case result.Verdict == VerdictFailed:
			r.Planned = false
		case result.Verdict == VerdictUnknown && c.Severity != Warns:
			r.Planned = false
			// What is not known because the primary is gone is no reason not to
			// leave it.
			r.Unplanned = r.Unplanned && i.primary.silent() && !i.standby.silent()
		case result.Verdict == VerdictWarning && selection.Strict:
			r.Planned, r.Unplanned = false, false
		}
	}
	return r
}

func (c Check) examine(i Inventory) CheckResult {
	result := CheckResult{ID: c.ID, Category: c.Category, Asks: c.Asks, Severity: c.Severity, Verdict: VerdictOK, Docs: c.Anchor()}
	found, err := c.look(i)
	switch {
	case err != nil:
		result.Verdict, result.Found = VerdictUnknown, []string{err.Error()}
	case len(found) > 0:
		result.Verdict, result.Found, result.Fix = VerdictFailed, found, filled(c.Fix, i.Pair, i.owner())
		if c.Severity == Warns {
			result.Verdict = VerdictWarning
		}
	}
	return result
}

func filled(text string, p Pair, owner string) string {
	return strings.NewReplacer("{pair}", p.Name, "{primary}", p.Primary, "{standby}", p.Standby, "{domain}", p.Domain,
		"{owner}", owner, "{other}", p.peer(owner)).Replace(text)
}

// ExitCode of the command.
func (r Readiness) ExitCode() int {
	unknown := 0
	for _, c := range r.Checks {
		if c.Verdict == VerdictUnknown {
			unknown++
		}
	}
	switch {
	case r.silent, len(r.Checks) > 0 && unknown == len(r.Checks):
		return ExitFailed
	case r.Planned && r.Unplanned:
		return ExitYes
	}
	return ExitNo
}

// count returns how many checks have a verdict.
func (r Readiness) count(verdict string) int {
	count := 0
	for _, c := range r.Checks {
		if c.Verdict == verdict {
			count++
		}
	}
	return count
}

// Text is the readiness as a page: what is wrong in full, the rest counted.
func (r Readiness) Text(p Paint) string {
	var out strings.Builder
	answer := func(ready bool) string {
		if ready {
			return p.good("YES")
		}
		return p.bad("NO")
	}
	if r.silent {
		fmt.Fprintf(&out, "%s: %s and %s do not answer. Is it the network here? Try from another place.\n", p.bad("Neither Region could be asked"), r.Pair.Primary, r.Pair.Standby)
	}
	fmt.Fprintf(&out, "Ready for a planned switch to %s:   %s\n", r.Pair.Standby, answer(r.Planned))
	fmt.Fprintf(&out, "Ready for an unplanned failover:   %s%s\n", strings.Repeat(" ", len(r.Pair.Standby)-1), answer(r.Unplanned))
	fmt.Fprintf(&out, "%s: %d ok, %d failed, %s, %d not known, %s\n", counted(len(r.Checks), "check", "checks"), r.count(VerdictOK),
		r.count(VerdictFailed), counted(r.count(VerdictWarning), "warning", "warnings"), r.count(VerdictUnknown), figure.Seconds(r.Seconds))
	if r.Partial {
		fmt.Fprintf(&out, "%s --only and --skip left out %d of %d checks; both answers are about the others alone.\n",
			p.warn("Partial:"), len(r.LeftOut), len(r.LeftOut)+len(r.Checks))
	}
	well := []string{}
	for _, category := range Categories() {
		ok := 0
		heading := "  " + p.bold(category) + "\n"
		for _, c := range r.Checks {
			switch {
			case c.Category != category:
			case c.Verdict == VerdictOK:
				ok++
			case c.Verdict == VerdictUnknown:
			default:
				out.WriteString(heading + c.text(p))
				heading = ""
			}
		}
		if ok > 0 {
			well = append(well, fmt.Sprintf("%s %d ok", category, ok))
		}
	}
	r.writeUnknown(&out, p)
	if len(well) > 0 {
		fmt.Fprintf(&out, "  %s\n", wrap(strings.Join(well, ", "), "  "))
	}
	return out.String()
}

// writeUnknown tells once why checks could not be answered: the reason is
// usually the same for many.
func (r Readiness) writeUnknown(out *strings.Builder, p Paint) {
	ids, reasons := map[string][]string{}, []string{}
	for _, c := range r.Checks {
		if c.Verdict != VerdictUnknown {
			continue
		}
		if reason := joined(c.Found); len(ids[reason]) == 0 {
			reasons = append(reasons, reason)
		}
		ids[joined(c.Found)] = append(ids[joined(c.Found)], c.ID)
	}
	if len(reasons) > 0 {
		out.WriteString("  " + p.bold("not known") + "\n")
	}
	for _, reason := range reasons {
		fmt.Fprintf(out, "    %s %s\n      %s\n", p.warn("?"), wrap(reason, "      "), wrap(joined(ids[reason]), "      "))
	}
}

func (c CheckResult) text(p Paint) string {
	const indent = "                  "
	mark := p.bad("x")
	if c.Verdict == VerdictWarning {
		mark = p.warn("!")
	}
	text := fmt.Sprintf("    %s %-11s %s\n", mark, c.ID, wrap(c.Asks+" "+strings.Join(c.Found, "; "), indent))
	if c.Fix != "" {
		text += indent + wrap(c.Fix, indent) + "\n"
	}
	return text + indent + c.Docs + "\n"
}
