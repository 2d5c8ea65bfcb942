package regionpair

import (
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

func layoutOf(props *StaticEgressProps) networkLayout {
	layout := networkLayout{network: networkOf(*orString(props.Cidr, "10.0.0.0/16")), zones: zonesOf(props)}
	nats := *orNumber(props.NatGateways, float64(len(layout.zones)))
	if nats < 1 || nats > float64(len(layout.zones)) {
		misuse("StaticEgress 'NatGateways' must be from 1 to the number of zones, %d, got %v", len(layout.zones), nats)
	}
	layout.nats = int(nats)
	for _, service := range interfaceEndpoints(props) {
		if *service == "s3" {
			misuse("StaticEgress 'InterfaceEndpoints' must not hold 's3': it has a gateway endpoint, which costs nothing")
		}
	}
	return layout
}

func interfaceEndpoints(props *StaticEgressProps) []*string {
	if props.InterfaceEndpoints == nil {
		return nil
	}
	return *props.InterfaceEndpoints
}

func networkOf(cidr string) netip.Prefix {
	network, err := netip.ParsePrefix(cidr)
	if err != nil || !network.Addr().Is4() || network.Bits() < 16 || network.Bits() > 24 || network != network.Masked() {
		misuse("StaticEgress 'Cidr' must be an IPv4 network from /16 to /24 such as '10.0.0.0/16', got '%s'", cidr)
	}
	return network
}

func zonesOf(props *StaticEgressProps) []*string {
	if props.AvailabilityZones != nil {
		if props.MaxAzs != nil {
			misuse("StaticEgress takes 'MaxAzs' or 'AvailabilityZones', and not both")
		}
		if count := len(*props.AvailabilityZones); count < 1 || count > maxZones {
			misuse("StaticEgress 'AvailabilityZones' must name 1 to %d zones, got %d", maxZones, count)
		}
		return append([]*string{}, *props.AvailabilityZones...)
	}
	count := *orNumber(props.MaxAzs, 2)
	if count < 1 || count > maxZones {
		misuse("StaticEgress 'MaxAzs' must be from 1 to %d, got %v", maxZones, count)
	}
	zones := []*string{}
	for i := range int(count) {
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
