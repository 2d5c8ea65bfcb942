package regionpair

import (
	"cmp"
	"encoding/binary"
	"net/netip"
	"strconv"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"
)

// networkLayout divides a network so that a zone that is added later leaves
// the others where they are: a quarter for the functions of each of up to three
// zones, and the last quarter for the NAT gateways.
type networkLayout struct {
	network netip.Prefix
	zones   []*string
	nats    int
}

const (
	maxZones = 3
	// publicBits is the smallest subnet that AWS allows, and ample for a NAT
	// gateway.
	publicBits = 28
)

// layoutOf props that are valid.
func layoutOf(props *StaticEgressProps) networkLayout {
	return networkLayout{
		network: netip.MustParsePrefix(props.cidr()),
		zones:   zonesOf(props),
		nats:    cmp.Or(props.NatGateways, props.zones()),
	}
}

func zonesOf(props *StaticEgressProps) []*string {
	if len(props.AvailabilityZones) > 0 {
		return *list(props.AvailabilityZones)
	}
	zones := []*string{}
	for i := range props.zones() {
		zones = append(zones, awscdk.Fn_Select(jsii.Number(i), awscdk.Fn_GetAzs(nil)))
	}
	return zones
}

func (l networkLayout) id(name string, zone int) *string {
	return jsii.String(name + strconv.Itoa(zone+1))
}

// private is the block of a zone's functions.
func (l networkLayout) private(zone int) netip.Prefix {
	bits := l.network.Bits() + 2
	return netip.PrefixFrom(l.at(uint32(zone)<<(32-bits)), bits) //nolint:gosec // zone is below maxZones
}

// public is the block of a zone's NAT gateway.
func (l networkLayout) public(zone int) netip.Prefix {
	lastQuarter := uint32(maxZones) << (32 - l.network.Bits() - 2)
	return netip.PrefixFrom(l.at(lastQuarter+uint32(zone)<<(32-publicBits)), publicBits) //nolint:gosec // zone is below maxZones
}

// at is the address that many after the network's first.
func (l networkLayout) at(offset uint32) netip.Addr {
	first := l.network.Addr().As4()
	var address [4]byte
	binary.BigEndian.PutUint32(address[:], binary.BigEndian.Uint32(first[:])+offset)
	return netip.AddrFrom4(address)
}
