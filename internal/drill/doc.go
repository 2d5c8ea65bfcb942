// Package drill loses a Region of a pair that runs on this machine, under the
// load of unmodified clients, and measures what the clients see: how long they
// are without service, what they cannot read, what is lost.
//
// All figures are AWS-equivalent seconds: with a time scale of 10, one second
// of the clock is ten seconds of Route 53 and of the replication.
package drill
