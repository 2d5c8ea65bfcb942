// Package stacks turns a configuration into the stacks of a pair. The
// stacks are thin: what they hold is defined in package constructs.
package stacks
