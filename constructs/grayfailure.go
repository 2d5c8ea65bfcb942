package regionpair

import (
	"cmp"
	"strconv"

	"github.com/aws/aws-cdk-go/awscdk/v2"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/internal/limits"
)

// GrayFailure is what a [FailbackGuard] takes for a failure of a primary that is
// healthy by every check: three bad minutes in a row, as API Gateway measures them.
// The primary must have served well before, and the standby must be healthy. Clients
// are moved once, and only a person moves them back: without clients, nothing shows
// that the primary serves again.
//
// Whoever can make the API answer with 5xx can cause one such move.
type GrayFailure struct {
	// ErrorPercent of a minute's requests that are answered with 5xx make it bad.
	// Default: 20. Allowed: 1 to 100.
	ErrorPercent int
	// P99 of the latency of a minute's requests that makes it bad.
	// Default: no latency does. Allowed: 100 milliseconds to 29 seconds, for which API
	// Gateway waits.
	P99 awscdk.Duration
	// MinRequests of a minute that says anything: of fewer than 100, the p99 is the
	// slowest.
	// Default: 100. Allowed: 1 to 1000000.
	MinRequests int
	// ApiName and Stage of the primary's API, by which CloudWatch knows it.
	// Default: those of a [RegionalApi] of the pair.
	ApiName, Stage string
}

func (c *check) grayFailure(g *GrayFailure) {
	if g == nil {
		return
	}
	within(c, "GrayFailure.ErrorPercent", g.ErrorPercent, 1, 100, "")
	within(c, "GrayFailure.MinRequests", g.MinRequests, 1, 1_000_000, "")
	c.lasts("GrayFailure.P99", g.P99, 0.1, 29, "100 milliseconds to 29 seconds")
}

// tell the guard's function.
func (g *GrayFailure) tell(environment map[string]string, pair *Pair) {
	p99 := 0.0
	if g.P99 != nil {
		p99 = *g.P99.ToMilliseconds(nil)
	}
	environment[contract.GuardAPI] = cmp.Or(g.ApiName, pair.DomainName())
	environment[contract.GuardStage] = cmp.Or(g.Stage, StageName)
	environment[contract.GuardErrorPercent] = strconv.Itoa(cmp.Or(g.ErrorPercent, limits.GrayErrorPercent))
	environment[contract.GuardP99Milliseconds] = strconv.Itoa(int(p99))
	environment[contract.GuardMinRequests] = strconv.Itoa(cmp.Or(g.MinRequests, limits.GrayMinRequests))
}
