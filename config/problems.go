package config

import (
	"slices"

	"github.com/regionpair/regionpair/config/internal/rule"
)

// problem is one finding before it is sorted and printed.
type problem struct {
	path path
	rule.Fault
	// ofName is true when the name of an entry is wrong, which says nothing about what is in it.
	ofName bool
}

// concerns is true when the problem is at p or above it.
func (f problem) concerns(p path) bool {
	return p.within(f.path) && (!f.ofName || f.path.within(p))
}

// problems collects what is wrong. Its zero value is empty and ready.
type problems struct {
	found []problem
	// excused are the fields whose absence is explained by another problem, such as a misspelt name.
	excused []path
}

func (ps *problems) add(p path, text, fix string) {
	ps.found = append(ps.found, problem{path: p, Fault: rule.Fault{Problem: text, Fix: fix}})
}

// checkName records the fault of an entry's name, if there is one.
func (ps *problems) checkName(p path, fault *rule.Fault) {
	if fault != nil {
		ps.found = append(ps.found, problem{path: p, Fault: *fault, ofName: true})
	}
}

// check records the fault, if there is one.
func (ps *problems) check(p path, fault *rule.Fault) {
	if fault != nil {
		ps.add(p, fault.Problem, fault.Fix)
	}
}

// sound is true when nothing was found at, below or above any of the paths, so that a rule that relies on them makes
// sense.
func (ps *problems) sound(relied ...path) bool {
	for _, p := range relied {
		for _, other := range ps.found {
			if other.path.within(p) || other.concerns(p) {
				return false
			}
		}
		for _, excused := range ps.excused {
			if excused.within(p) || p.within(excused) {
				return false
			}
		}
	}
	return true
}

// blamed is true when a problem was found at p or above it.
func (ps *problems) blamed(p path) bool {
	for _, other := range ps.found {
		if other.concerns(p) {
			return true
		}
	}
	return slices.ContainsFunc(ps.excused, p.within)
}

// err returns what was found in the order of the fields, or nil.
func (ps *problems) err(environment string) error {
	if len(ps.found) == 0 {
		return nil
	}
	slices.SortStableFunc(ps.found, func(a, b problem) int { return compare(a.path, b.path) })
	errs := make(Errors, len(ps.found))
	for i, p := range ps.found {
		errs[i] = FieldError{Environment: environment, Path: p.path.String(), Problem: p.Problem, Fix: p.Fix}
	}
	return errs
}
