// Package limits holds rules of AWS that the configuration and the constructs
// both check, so that they refuse the same values. It imports the standard
// library only.
package limits
