// Package localcloud runs a pair on this machine: it brings the stacks of a
// cloud assembly up in two Regions on loopback, with the unmodified Lambda
// binaries as processes, and breaks a Region on demand. Everything is real at
// the network level: HTTPS, DNS, TLS, and the AWS protocols that the functions
// speak. What is emulated and what is not is in [Cloud.NotEmulated].
package localcloud
