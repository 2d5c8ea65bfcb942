// Package iam decides what the functions of a pair may do: it evaluates the
// identity-based policies of their roles for the calls that they make to AWS.
//
// Resource policies, boundaries and session policies are not evaluated; one
// account owns everything, so that the role's policies decide.
package iam
