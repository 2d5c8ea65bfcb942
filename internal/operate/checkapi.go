package operate

import (
	"fmt"
	"slices"

	"github.com/regionpair/regionpair/internal/figure"
)

func differentRoutes(i Inventory) ([]string, error) {
	primary, standby, err := both(i, func(p place) got[[]string] { return p.routes })
	if err != nil {
		return nil, err
	}
	problems := []string{}
	for _, route := range primary {
		problems = append(problems, unless(slices.Contains(standby, route), "only %s has %s", i.primary.Region, route))
	}
	for _, route := range standby {
		problems = append(problems, unless(slices.Contains(primary, route), "only %s has %s", i.standby.Region, route))
	}
	return wrong(problems...), nil
}

func apiChecks() []Check {
	const category = "api"
	return []Check{{
		"API-01", category, "Do both Regions have the same routes, with the same authorization?", Blocks,
		"A client would get 403 or 404 after a failover, or a route would be open in one Region.", deployBoth, differentRoutes,
	}, {
		"API-02", category, "Do both stages have the same throttles?", BlocksPlanned,
		"The standby must carry the whole load alone.", deployBoth,
		func(i Inventory) ([]string, error) { return same(i, func(p place) got[string] { return p.throttles }) },
	}, {
		"API-03", category, "Do both domain names accept the same TLS versions?", BlocksPlanned,
		"Clients that one Region accepts could not connect to the other.", deployBoth,
		func(i Inventory) ([]string, error) {
			return same(i, func(p place) got[string] { return gotOf(p.domain.value.policy, p.domain.err) })
		},
	}, {
		"API-04", category, "Does the domain name lead to the pair's API in both Regions?", Blocks,
		"Requests reach another API, or none.", deployBoth,
		func(i Inventory) ([]string, error) {
			return each(i, func(p place) got[string] { return p.mapping }, func(p place, found string) string {
				want := p.Facts.API + "/" + p.Facts.Stage
				return unless(found == want, "%s leads to %q instead of %q", p.Region, found, want)
			})
		},
	}, {
		"API-05", category, "Are the APIs closed under their own names?", Warns,
		"Callers who use the name of API Gateway do not follow a failover.", deployBoth,
		func(i Inventory) ([]string, error) {
			return each(i, func(p place) got[bool] { return p.closed }, func(p place, closed bool) string {
				return unless(closed, "the default endpoint of %s answers", p.Region)
			})
		},
	}}
}

// Codes of quotas, as Service Quotas knows them.
const (
	quotaKeys    = "L-6E3AF000"
	quotaSignIns = "L-74D3DD04"
)

func quotaChecks() []Check {
	const category, ask = "quotas", "aws service-quotas request-service-quota-increase --region {standby} --service-code %s --quota-code %s --desired-value <value>"
	return []Check{{
		"QUOTA-01", category, "May the standby run as many functions at once as the primary?", BlocksPlanned,
		"Lambda refuses what is beyond the limit: callers get 429 and 500.", fmt.Sprintf(ask, "lambda", "L-B99A9384"),
		func(i Inventory) ([]string, error) {
			primary, standby, err := both(i, func(p place) got[float64] { return p.concurrency })
			return wrong(unless(standby >= primary, "%s allows %s, %s allows %s", i.standby.Region, figure.Number(standby), i.primary.Region, figure.Number(primary))), err
		},
	}, {
		"QUOTA-02", category, "May it run as many as the primary ran at its peak in 14 days?", Blocks,
		"The load of the primary does not fit into the standby.", fmt.Sprintf(ask, "lambda", "L-B99A9384"),
		func(i Inventory) ([]string, error) {
			if err := i.standby.unknown(i.standby.concurrency.err); err != nil {
				return nil, err
			}
			if err := i.primary.unknown(i.primary.peak.err); err != nil {
				return nil, err
			}
			allowed, peak := i.standby.concurrency.value, i.primary.peak.value
			return wrong(unless(allowed >= peak, "%s allows %s, the primary ran %s at its peak", i.standby.Region, figure.Number(allowed), figure.Number(peak))), nil
		},
	}, {
		"QUOTA-03", category, "May the standby's APIs take as many requests a second as the primary's?", BlocksPlanned,
		"API Gateway refuses what is beyond the limit with 429.", fmt.Sprintf(ask, "apigateway", "L-8A5B8E43"),
		func(i Inventory) ([]string, error) {
			return sameRate(i, func(p place) got[float64] { return p.rate })
		},
	}, {
		"QUOTA-04", category, "May the standby use keys as often a second as the primary?", Warns,
		"KMS throttles what is beyond the limit, and S3 answers 503 for it. AWS's own limits differ between Regions.", fmt.Sprintf(ask, "kms", quotaKeys),
		func(i Inventory) ([]string, error) {
			return sameRate(i, func(p place) got[float64] { return p.keyRate })
		},
	}, {
		"QUOTA-05", category, "May clients have as many tokens a second from the standby's user pool as from the primary's?", Warns,
		"Cognito refuses what is beyond the limit: after a failover all clients ask for tokens at once.", fmt.Sprintf(ask, "cognito-idp", quotaSignIns),
		func(i Inventory) ([]string, error) {
			return sameRate(i, func(p place) got[float64] { return p.tokenRate })
		},
	}}
}

func sameRate(i Inventory, of func(p place) got[float64]) ([]string, error) {
	primary, standby, err := both(i, of)
	return wrong(unless(standby >= primary, "%s allows %s a second, %s allows %s", i.standby.Region, figure.Number(standby), i.primary.Region, figure.Number(primary))), err
}
