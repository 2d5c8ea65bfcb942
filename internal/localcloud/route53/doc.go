// Package route53 runs the failover engine against the clock: health checkers
// that ask over HTTPS, an authoritative name server, and a caching resolver as
// clients have one.
package route53
