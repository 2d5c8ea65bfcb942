package limits

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestCheckPublicRefusesWhatHoldsNoPublicAddress(t *testing.T) {
	for network, public := range map[string]bool{
		"10.0.0.0/8": false, "10.1.2.3/32": false, "10.0.0.0/7": true,
		"172.16.0.0/12": false, "172.31.255.0/24": false, "172.32.0.0/16": true, "172.0.0.0/8": true,
		"192.168.0.0/16": false, "192.0.0.0/8": true, "100.64.0.0/10": false, "100.64.0.0/9": true, "100.128.0.0/16": true,
		"169.254.0.0/16": false, "169.254.0.0/15": true, "127.0.0.1/32": false, "0.0.0.0/8": false, "0.0.0.0/0": true,
		"224.0.0.0/4": false, "240.0.0.0/4": false, "255.255.255.255/32": false, "198.18.0.0/16": false,
		"203.0.113.0/24": true, "8.8.8.0/24": true,
		"::1/128": false, "::/0": true, "fc00::/7": false, "fd12::/16": false, "fe80::/10": false, "ff02::/16": false,
		"::ffff:8.8.8.8/128": false, "2001:db8::/32": true, "2a00:1450::/32": true,
	} {
		assert.Equal(t, public, CheckPublic(network) == nil, network)
	}
}

func TestCheckNetworkTellsTheNetworkThatWasMeant(t *testing.T) {
	for network, fix := range map[string]string{
		"203.0.113.7": `use a network; for this address alone "203.0.113.7/32"`, "2001:db8::1": `use a network; for this address alone "2001:db8::1/128"`,
		"203.0.113.7/24": `use the network itself, "203.0.113.0/24"`, "office": `use an example`, "203.0.113.0/33": "use an example",
	} {
		problem := CheckNetwork(network, "an example")
		if assert.NotNil(t, problem, network) {
			assert.Equal(t, fix, problem.Fix, network)
		}
	}
	assert.Nil(t, CheckNetwork("203.0.113.0/24", ""))
}

func TestCheckIPSetRefusesEveryAddress(t *testing.T) {
	for network, taken := range map[string]bool{"0.0.0.0/0": false, "::/0": false, "0.0.0.0/1": true, "8000::/1": true, "203.0.113.7/32": true} {
		assert.Equal(t, taken, CheckIPSet(network) == nil, network)
	}
}
