// Package failover is the behaviour of Route 53 as a pure state machine: what
// health checkers conclude from answers, and which record a name is answered
// with. It has no clock and no network; callers pass the time of every event.
//
// Sources, under https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/ :
// dns-failover-determining-health-of-endpoints.html (checkers, thresholds, the
// 18 % rule, time limits), dns-failover-types.html and
// dns-failover-how-route-53-chooses.html (which record is chosen),
// health-checks-creating-values.html (states of new and inverted checks).
package failover
