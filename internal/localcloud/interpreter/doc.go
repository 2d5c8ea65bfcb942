// Package interpreter runs functions that are written in Node.js and Python: with
// the interpreter that this machine has, a small client of Lambda's Runtime API,
// and a guard that lets connections reach the local cloud only.
package interpreter
