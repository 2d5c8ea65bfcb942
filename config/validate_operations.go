package config

import (
	"fmt"
	"net/mail"
	"net/netip"

	"github.com/regionpair/regionpair/config/internal/rule"
)

func (v *validator) routing() {
	primary, secondary := at("routing", "primaryWeight"), at("routing", "secondaryWeight")
	if !v.sound(at("routing", "policy")) {
		return
	}
	r := v.cfg.Routing
	if r.Policy == RoutingWeighted {
		if r.PrimaryWeight == 0 && r.SecondaryWeight == 0 && v.sound(primary, secondary) {
			v.add(primary, "both weights are 0", "give each Region its share, such as primaryWeight 50 and secondaryWeight 50")
		}
		return
	}
	for _, weight := range []struct {
		path  path
		value int
	}{{primary, r.PrimaryWeight}, {secondary, r.SecondaryWeight}} {
		if weight.value != 0 && v.sound(weight.path) {
			v.add(weight.path, fmt.Sprintf("has no meaning with policy %q", r.Policy), `remove it or set routing.policy to "weighted"`)
		}
	}
}

func (v *validator) egress() {
	e := v.cfg.Egress
	if p := at("egress", "natGateways"); v.sound(p, at("egress", "maxAzs")) && e.NatGateways > e.MaxAZs {
		v.add(p, fmt.Sprintf("%d are more than one per zone", e.NatGateways), fmt.Sprintf("use at most %d (egress.maxAzs)", e.MaxAZs))
	}
	if p := at("egress", "cidr"); v.sound(p) {
		v.cidr(p, e.CIDR)
	}
	for i, service := range e.InterfaceEndpoints {
		if p := at("egress", "interfaceEndpoints", i); service == "s3" && !v.blamed(p) {
			v.add(p, `"s3" is there already, as a gateway endpoint without charge`, "remove it")
		}
	}
}

func (v *validator) cidr(p path, cidr string) {
	prefix, err := netip.ParsePrefix(cidr)
	if err != nil {
		v.add(p, rule.Quote(cidr)+" is not a network", `use an IPv4 network such as "10.0.0.0/16"`)
		return
	}
	if prefix != prefix.Masked() {
		v.add(p, rule.Quote(cidr)+" is an address inside a network", "use the network itself, "+rule.Quote(prefix.Masked().String()))
	}
}

func (v *validator) alarms() {
	for i, address := range v.cfg.Alarms.Email {
		p := at("alarms", "email", i)
		parsed, err := mail.ParseAddress(address)
		if !v.blamed(p) && (err != nil || parsed.Address != address) {
			v.add(p, rule.Quote(address)+" is not an e-mail address", `use an address such as "oncall@example.com"`)
		}
	}
}

func (v *validator) mutualTLS() {
	p := at("mutualTls", "truststoreVersion")
	if v.cfg.MutualTLS.TruststoreVersion != "" && v.cfg.MutualTLS.TruststoreURI == "" && v.sound(p, at("mutualTls", "truststoreUri")) {
		v.add(at("mutualTls", "truststoreUri"), "is missing", "give the object that truststoreVersion is a version of, or remove truststoreVersion")
	}
}
