package simulate

import (
	"math/rand/v2"
	"time"

	"github.com/regionpair/regionpair/internal/failover"
	"github.com/regionpair/regionpair/internal/limits"
)

const (
	domainName    = "api.example.com"
	endpointCheck = "endpoint"
	switchCheck   = "switch"
	recordCheck   = "serves"
	// standbyCheck is of the standby's health endpoint, and feeds an alarm.
	standbyCheck = "standby"
)

// newEngine returns the checks and records that a pair deploys.
func newEngine(p Pair) (*failover.Engine, error) {
	interval, threshold := limits.SwitchTiming(int(p.Interval/time.Second), p.Threshold)
	reachable := failover.StandbyCheck(p.CheckerRegions)
	checks := []failover.Check{
		{ID: endpointCheck, Interval: p.Interval, Threshold: p.Threshold, Regions: p.CheckerRegions},
		{ID: switchCheck, Interval: time.Duration(interval) * time.Second, Threshold: threshold, Inverted: true, Regions: p.CheckerRegions},
		{ID: recordCheck, Children: []string{endpointCheck, switchCheck}, HealthThreshold: 2},
		{ID: standbyCheck, Interval: max(p.Interval, limits.SlowInterval*time.Second), Threshold: p.Threshold, Regions: limits.FewCheckerRegions()},
		reachable,
	}
	records := []failover.Record{
		{Name: domainName, Type: "CNAME", SetIdentifier: "primary", Policy: failover.Failover, Primary: true, Check: recordCheck},
		{Name: domainName, Type: "CNAME", SetIdentifier: "secondary", Policy: failover.Failover, Check: reachable.ID},
	}
	return failover.New(checks, records, p.Aggregation)
}

// checker asks one endpoint.
type checker struct {
	check failover.Check
	index int
	// next request, and the end of the one under way.
	next, ends time.Duration
	asking     bool
	good       bool
}

func newCheckers(engine *failover.Engine, random *rand.Rand) []checker {
	list := []checker{}
	for _, c := range engine.Checks() {
		for i := range c.Checkers() {
			list = append(list, checker{check: c, index: i, next: time.Duration(random.Int64N(int64(c.Interval)))})
		}
	}
	return list
}

// wait is how long a checker waits for an answer of an endpoint with a fault.
func wait(fault Kind) time.Duration {
	switch fault {
	case Blackhole:
		return failover.ConnectLimit
	case Hang:
		return failover.AnswerLimit
	}
	return 0
}
