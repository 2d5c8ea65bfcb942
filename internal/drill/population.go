package drill

import (
	"context"
	"fmt"
	"net/http"

	"github.com/regionpair/regionpair/internal/failover"
	"github.com/regionpair/regionpair/internal/localcloud"
	"github.com/regionpair/regionpair/internal/localcloud/route53"
)

// population is clients that share a resolver, as those of one provider do. Its
// answers expire at other times than those of the others, so that not all clients
// are moved at once, and with weighted routing not all are in one Region.
type population struct {
	*route53.Resolver
	near string
}

// populations of a drill.
const populations = 6

// newPopulations are clients near the primary; with latency routing, half of them
// are near the secondary.
func newPopulations(cloud *localcloud.Cloud) ([]population, error) {
	pair, made := cloud.Pair(), []population{}
	for i := range populations {
		near := pair.Primary.Name
		if pair.Policy == failover.Latency && i%2 == 1 {
			near = pair.Secondary.Name
		}
		resolver, err := cloud.NewResolver(near, float64(i)/populations)
		if err != nil {
			return nil, fmt.Errorf("start the resolver of population %d: %w", i+1, err)
		}
		made = append(made, population{resolver, near})
	}
	return made, nil
}

// sentTo is the Region that the clients are sent to.
func (p population) sentTo(ctx context.Context, pair localcloud.Pair) string {
	address, _, found := p.Cached(pair.DomainName)
	if !found {
		var err error
		if address, err = p.LookupAddr(ctx, pair.DomainName); err != nil {
			return ""
		}
	}
	return regionAt(pair, address.String())
}

// site is where the populations call the local cloud. Clients repeat requests in
// the other Region unless the scale is 0.
func (w localWorld) site(failoverScale float64) site {
	pair, regions := w.Pair(), map[string]string{}
	for _, region := range []localcloud.Region{pair.Primary, pair.Secondary} {
		if address, listens := w.Network().ListenAddress(region.Address); listens {
			regions[address] = region.Name
		}
	}
	return site{
		domain: pair.DomainName, regions: regions, populations: len(w.populations),
		sentTo: func(ctx context.Context, population int) string { return w.populations[population].sentTo(ctx, pair) },
		transport: func(population int) (http.RoundTripper, error) {
			if failoverScale == 0 {
				return w.NewTransportOf(w.populations[population].Resolver), nil
			}
			return failoverTransport(w.Cloud, w.populations[population].Resolver, failoverScale)
		},
	}
}
