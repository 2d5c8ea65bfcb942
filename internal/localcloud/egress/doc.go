// Package egress is the network of the local cloud: every AWS host name leads
// through one proxy to TLS servers on loopback, whose certificates a throw-away
// authority signs. Faults are injected here, by Region and service.
package egress
