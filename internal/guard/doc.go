// Package guard decides when a primary Region that has failed is kept out, and
// when it may serve again. It is a pure state machine: it has no clock and no
// network, and everything it knows comes with each look.
//
// Route 53 alone sends clients back as soon as the primary answers its health
// check: while writes of the standby are still on their way to it, and as often
// as it goes up and down. The guard lets Route 53 move clients to the standby,
// as always, and then holds them there until the primary is fit.
package guard
