// Package synth finds the CDK app of a folder and synthesizes it for this
// machine: with functions that run here instead of in Lambda.
package synth
