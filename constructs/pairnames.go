package regionpair

// pairNames derives the names that both Regions have to agree on without
// asking each other.
type pairNames struct{ pair string }

func (n pairNames) clientID(client string) string { return n.pair + "." + client }

func (n pairNames) clientSecret(client string) string { return n.pair + "/clients/" + client }

func (n pairNames) parameter(path string) *string {
	name := "/" + n.pair + "/" + path
	return &name
}

func (n pairNames) ownIssuer() *string { return n.parameter("issuers/own") }

func (n pairNames) peerIssuer() *string { return n.parameter("issuers/peer") }

func (n pairNames) failoverSwitch() *string { return n.parameter("failover/switch") }
