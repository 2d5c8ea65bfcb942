// Package simulate runs a whole pair in virtual time: Route 53's health checks
// and records, replication, clients, and the guard. It has no clock and no
// network, and one seed decides everything, so that thousands of schedules of
// faults take seconds. Invariants are functions of what happened.
package simulate
