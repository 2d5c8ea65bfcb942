// Package cloudformation brings the stacks of a cloud assembly up: it resolves
// intrinsic functions and creates resources in the order of their
// dependencies, through providers.
package cloudformation
