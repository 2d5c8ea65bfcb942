package regionpair

import "github.com/regionpair/regionpair/internal/contract"

// pairNames derives the names that both Regions have to agree on without
// asking each other.
type pairNames struct{ pair string }

func (n pairNames) clientID(client string) string { return n.pair + "." + client }

func (n pairNames) clientSecret(client string) string { return contract.ClientSecret(n.pair, client) }

func (n pairNames) ownIssuer() *string { return n.issuer("own") }

func (n pairNames) peerIssuer() *string { return n.issuer("peer") }

func (n pairNames) issuer(whose string) *string {
	name := contract.IssuerParameter(n.pair, whose)
	return &name
}

func (n pairNames) failoverSwitch() *string {
	name := contract.SwitchParameter(n.pair)
	return &name
}
