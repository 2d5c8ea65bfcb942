package failover

import (
	"strings"
)

// Query is one question to the name servers.
type Query struct {
	// Name without a trailing dot, and Type: A, AAAA or CNAME.
	Name, Type string
	// ClientRegion is the AWS Region nearest to the client, for latency
	// routing.
	ClientRegion string
	// Random from 0 up to but not including 1, for weighted routing.
	Random float64
}

// Answer returns the record a query is answered with, as the checks are known
// now: call Advance first. It returns false when there is no such name.
func (e *Engine) Answer(q Query) (Record, bool) {
	candidates := []Record{}
	for _, r := range e.records {
		if strings.EqualFold(r.Name, q.Name) && r.Answers(q.Type) {
			candidates = append(candidates, r)
		}
	}
	if len(candidates) == 0 {
		return Record{}, false
	}
	switch candidates[0].Policy {
	case Failover:
		return e.byRole(candidates), true
	case Weighted:
		return e.byWeight(candidates, q.Random), true
	}
	return e.byLatency(candidates, q.ClientRegion), true
}

// byRole: the primary while it is healthy, then a healthy secondary, and the
// primary when both are unhealthy.
func (e *Engine) byRole(candidates []Record) Record {
	var primary, secondary *Record
	for i := range candidates {
		if candidates[i].Primary {
			primary = &candidates[i]
		} else {
			secondary = &candidates[i]
		}
	}
	switch {
	case primary == nil:
		return *secondary
	case secondary == nil, e.Healthy(primary.Check), !e.Healthy(secondary.Check):
		return *primary
	}
	return *secondary
}

// byWeight: among the healthy by weight; those of weight zero count only when
// no other is healthy; when none is, all are considered healthy.
func (e *Engine) byWeight(candidates []Record, random float64) Record {
	healthy := e.healthy(candidates)
	weighted := []Record{}
	sum := 0
	for _, r := range healthy {
		if r.Weight > 0 {
			weighted = append(weighted, r)
			sum += r.Weight
		}
	}
	if sum == 0 {
		return healthy[int(random*float64(len(healthy)))]
	}
	point := random * float64(sum)
	for _, r := range weighted {
		if point -= float64(r.Weight); point < 0 {
			return r
		}
	}
	return weighted[len(weighted)-1]
}

// byLatency: the nearest among the healthy.
func (e *Engine) byLatency(candidates []Record, client string) Record {
	healthy := e.healthy(candidates)
	best := healthy[0]
	for _, r := range healthy[1:] {
		if distance(client, r.Region) < distance(client, best.Region) {
			best = r
		}
	}
	return best
}

// healthy returns the healthy records, or all when none is.
func (e *Engine) healthy(candidates []Record) []Record {
	healthy := []Record{}
	for _, r := range candidates {
		if e.Healthy(r.Check) {
			healthy = append(healthy, r)
		}
	}
	if len(healthy) == 0 {
		return candidates
	}
	return healthy
}

// distance stands for AWS's latency measurements: the same Region, the same
// continent, elsewhere.
func distance(client, region string) int {
	continent := func(r string) string { before, _, _ := strings.Cut(r, "-"); return before }
	switch {
	case client == region:
		return 0
	case continent(client) == continent(region):
		return 1
	}
	return 2
}
