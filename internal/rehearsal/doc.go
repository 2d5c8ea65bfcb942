// Package rehearsal is a pair that people and tests break on purpose, one thing
// at a time: the verbs of `regionpair up`.
package rehearsal
