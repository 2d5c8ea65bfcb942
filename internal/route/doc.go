// Package route holds the grammar of an API's routes: what a method and a path
// may be, which routes can stand beside each other, and what a route is in a
// policy. Configuration, constructs, authorizer and the tests of the emulated
// API Gateway share it, so that they cannot disagree. It imports the standard
// library only.
package route
