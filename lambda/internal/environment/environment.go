// Package environment reads what a construct tells a function through
// environment variables, and collects all that is wrong.
package environment

import (
	"errors"
	"fmt"
)

// Reader reads variables.
type Reader struct {
	getenv   func(string) string
	problems []error
}

// New returns a reader of what getenv knows.
func New(getenv func(string) string) *Reader { return &Reader{getenv: getenv} }

// Optional returns a variable; empty when there is none.
func (r *Reader) Optional(name string) string { return r.getenv(name) }

// Need returns a variable, and notes it when it is missing.
func (r *Reader) Need(name string) string {
	value := r.getenv(name)
	if value == "" {
		r.Refuse("environment variable %s is missing", name)
	}
	return value
}

// Refuse notes what is wrong.
func (r *Reader) Refuse(format string, args ...any) {
	r.problems = append(r.problems, fmt.Errorf(format, args...))
}

// Err returns everything that was noted, or nil.
func (r *Reader) Err() error { return errors.Join(r.problems...) }
