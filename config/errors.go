package config

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/regionpair/regionpair/internal/rule"
	"github.com/regionpair/regionpair/internal/strict"
)

// FieldError is one problem of the configuration.
type FieldError struct {
	// Environment is the environment the field belongs to; empty for a Config that was made in Go.
	Environment string
	// Path leads to the field, such as "clients.partner.scopes[0]".
	Path string
	// Problem says what was found and why it cannot be.
	Problem string
	// Fix says what to write instead.
	Fix string
}

// Error returns the problem on one line: path, problem, fix.
func (e FieldError) Error() string {
	return strict.Finding{Path: e.Path, Problem: e.Problem, Fix: e.Fix}.String()
}

// Errors are all problems of a configuration, in the order of its fields.
type Errors []FieldError

// Error returns the list, one problem a line.
func (e Errors) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "regionpair: %s", rule.Count(len(e), "problem", "problems"))
	if len(e) > 0 && e[0].Environment != "" {
		fmt.Fprintf(&b, " in environment %q", e[0].Environment)
	}
	b.WriteString(":")
	for _, problem := range e {
		b.WriteString("\n  - " + problem.Error())
	}
	return b.String()
}

// Unwrap makes each problem reachable for errors.As.
func (e Errors) Unwrap() []error {
	errs := make([]error, len(e))
	for i, problem := range e {
		errs[i] = problem
	}
	return errs
}

// errorOf returns what was found as [Errors], or nil.
func errorOf(found *strict.Reader, environment string) error {
	findings := found.Findings(reflect.TypeFor[Config]())
	if len(findings) == 0 {
		return nil
	}
	errs := make(Errors, len(findings))
	for i, f := range findings {
		errs[i] = FieldError{Environment: environment, Path: f.Path, Problem: f.Problem, Fix: f.Fix}
	}
	return errs
}
