package strict

import (
	"errors"
	"reflect"
	"slices"
	"strings"

	"github.com/regionpair/regionpair/internal/rule"
)

// problem is one finding before it is sorted and printed.
type problem struct {
	path Path
	rule.Fault
	// ofName is true when the name of an entry is wrong, which says nothing about what is in it.
	ofName bool
}

// concerns is true when the problem is at p or above it.
func (f problem) concerns(p Path) bool {
	return p.Within(f.path) && (!f.ofName || f.path.Within(p))
}

// Problems collects what is wrong. Its zero value is empty and ready.
type Problems struct {
	found []problem
	// excused are the fields whose absence is explained by another problem, such as a misspelt name.
	excused []Path
}

// Add notes what was found at a path, and what to write instead.
func (ps *Problems) Add(p Path, text, fix string) {
	ps.found = append(ps.found, problem{path: p, Fault: rule.Fault{Problem: text, Fix: fix}})
}

// CheckName records the fault of an entry's name, if there is one.
func (ps *Problems) CheckName(p Path, fault *rule.Fault) {
	if fault != nil {
		ps.found = append(ps.found, problem{path: p, Fault: *fault, ofName: true})
	}
}

// Check records the fault, if there is one.
func (ps *Problems) Check(p Path, fault *rule.Fault) {
	if fault != nil {
		ps.Add(p, fault.Problem, fault.Fix)
	}
}

// Sound is true when nothing was found at, below or above any of the paths, so that a rule that relies on them makes
// sense.
func (ps *Problems) Sound(relied ...Path) bool {
	for _, p := range relied {
		for _, other := range ps.found {
			if other.path.Within(p) || other.concerns(p) {
				return false
			}
		}
		for _, excused := range ps.excused {
			if excused.Within(p) || p.Within(excused) {
				return false
			}
		}
	}
	return true
}

// Blamed is true when a problem was found at p or above it.
func (ps *Problems) Blamed(p Path) bool {
	for _, other := range ps.found {
		if other.concerns(p) {
			return true
		}
	}
	return slices.ContainsFunc(ps.excused, p.Within)
}

// Finding is a problem that is ready to be shown.
type Finding struct {
	// Path leads to the value, such as "clients.partner.scopes[0]".
	Path string
	// Problem says what was found and why it cannot be, Fix what to write instead.
	Problem, Fix string
}

// String returns the finding on one line: path, problem, fix.
func (f Finding) String() string {
	line := f.Path + ": " + f.Problem
	if f.Fix != "" {
		line += "; " + f.Fix
	}
	return line
}

// Findings returns what was found in the order of the fields of t.
func (ps *Problems) Findings(t reflect.Type) []Finding {
	slices.SortStableFunc(ps.found, func(a, b problem) int { return compare(t, a.path, b.path) })
	findings := make([]Finding, len(ps.found))
	for i, p := range ps.found {
		findings[i] = Finding{Path: p.path.String(), Problem: p.Problem, Fix: p.Fix}
	}
	return findings
}

// Err makes one error of all findings in the order of the fields of t; nil when there are none.
func (ps *Problems) Err(t reflect.Type) error {
	findings := ps.Findings(t)
	if len(findings) == 0 {
		return nil
	}
	var b strings.Builder
	b.WriteString(rule.Count(len(findings), "problem", "problems") + ":")
	for _, finding := range findings {
		b.WriteString("\n  - " + finding.String())
	}
	return errors.New(b.String())
}
