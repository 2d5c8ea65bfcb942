package limits

import (
	"fmt"
	"net/netip"
)

// CheckNetwork returns what is wrong with a network in CIDR notation. example is
// one that is right.
func CheckNetwork(network, example string) *Problem {
	prefix, err := netip.ParsePrefix(network)
	if err != nil {
		fix := "use " + example
		if address, err := netip.ParseAddr(network); err == nil {
			fix = fmt.Sprintf("use a network; for this address alone %q", netip.PrefixFrom(address, address.BitLen()))
		}
		return &Problem{fmt.Sprintf("%q is not a network", network), fix}
	}
	if prefix != prefix.Masked() {
		return &Problem{fmt.Sprintf("%q is an address inside a network", network), fmt.Sprintf("use the network itself, %q", prefix.Masked())}
	}
	return nil
}

// notPublic are the networks that the internet does not route to or from: IANA's
// special-purpose registries, without those for documentation, and multicast.
var notPublic = func() []netip.Prefix {
	networks := []netip.Prefix{}
	for _, network := range []string{
		"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16", "198.18.0.0/15", "224.0.0.0/4", "240.0.0.0/4",
		"::/127", "::ffff:0:0/96", "fc00::/7", "fe80::/10", "ff00::/8",
	} {
		networks = append(networks, netip.MustParsePrefix(network))
	}
	return networks
}()

// CheckPublic returns why no caller from the internet has an address in a
// network, which [CheckNetwork] has passed. A network that holds public
// addresses among others passes.
func CheckPublic(network string) *Problem {
	prefix, err := netip.ParsePrefix(network)
	if err != nil {
		return nil
	}
	for _, private := range notPublic {
		if prefix.Bits() >= private.Bits() && private.Contains(prefix.Addr()) {
			return &Problem{fmt.Sprintf("%q is a private network, from which nobody reaches a public API", network), "use the public addresses that the calls come from"}
		}
	}
	return nil
}

// CheckIPSet returns why AWS WAF takes a network, which [CheckNetwork] has passed,
// into no set of addresses.
func CheckIPSet(network string) *Problem {
	if prefix, err := netip.ParsePrefix(network); err != nil || prefix.Bits() > 0 {
		return nil
	}
	return &Problem{fmt.Sprintf("%q has every address, which AWS WAF does not take", network), "use smaller networks, or leave the list out: every network is then answered alike"}
}
