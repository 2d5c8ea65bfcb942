// Package console shows a pair that runs on this machine on a web page: who
// serves, what DNS answers, what the health checkers think, what waits for
// replication, and for how long clients were without service. Its buttons break
// and repair Regions. It listens on loopback only.
package console
