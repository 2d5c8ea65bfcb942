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

// CheckPublic returns why no caller from the internet has an address in a
// network, which [CheckNetwork] has passed.
func CheckPublic(network string) *Problem {
	prefix, err := netip.ParsePrefix(network)
	if err != nil {
		return nil
	}
	address := prefix.Addr()
	isShared := address.Is4() && netip.MustParsePrefix("100.64.0.0/10").Contains(address)
	if prefix.Bits() == 0 || !(address.IsPrivate() || address.IsLoopback() || address.IsLinkLocalUnicast() || address.IsMulticast() || isShared) {
		return nil
	}
	return &Problem{fmt.Sprintf("%q is a private network, from which nobody reaches a public API", network), "use the public addresses that the calls come from"}
}
