package config

import (
	"fmt"

	"github.com/regionpair/regionpair/config/internal/rule"
	"github.com/regionpair/regionpair/internal/limits"
)

func (v *validator) routing() {
	v.records()
	primary, secondary := at("routing", "primaryWeight"), at("routing", "secondaryWeight")
	if !v.sound(at("routing", "policy")) {
		return
	}
	r := v.cfg.Routing
	for _, weight := range []struct {
		path  path
		value *int
	}{{primary, r.PrimaryWeight}, {secondary, r.SecondaryWeight}} {
		switch {
		case !v.sound(weight.path):
		case weight.value != nil && r.Policy != RoutingWeighted:
			v.add(weight.path, fmt.Sprintf("has no meaning with policy %q", r.Policy), `remove it or set routing.policy to "weighted"`)
		case weight.value == nil && r.Policy == RoutingWeighted:
			v.add(weight.path, "is missing", `give each Region its share with policy "weighted", such as primaryWeight 50 and secondaryWeight 50`)
		}
	}
	if v.sound(primary, secondary) && r.Policy == RoutingWeighted && *r.PrimaryWeight == 0 && *r.SecondaryWeight == 0 {
		v.add(primary, "both weights are 0", "give each Region its share, such as primaryWeight 50 and secondaryWeight 50")
	}
}

func (v *validator) failback() {
	mode, minutes := at("failback", "mode"), at("failback", "stableMinutes")
	if !v.sound(mode, at("routing", "policy")) {
		return
	}
	f := v.cfg.Failback
	if policy := v.cfg.Routing.Policy; f.Mode != FailbackAuto && policy != RoutingFailover {
		v.add(mode, fmt.Sprintf("%q has no meaning with routing policy %q, where both Regions serve", f.Mode, policy), `remove it or set routing.policy to "failover"`)
	}
	if f.Mode == FailbackAuto && f.StableMinutes != 0 && v.sound(minutes) {
		v.add(minutes, `has no meaning with mode "auto": Route 53 does not wait`, `remove it or set failback.mode to "guarded"`)
	}
}

// records checks what DNS and Route 53 allow at the name.
func (v *validator) records() {
	kind, ttl := at("routing", "records"), at("routing", "ttlSeconds")
	if !v.sound(kind, at("domainName"), at("hostedZone", "name")) {
		return
	}
	r := v.cfg.Routing
	if r.Records == RecordsCNAME && v.cfg.DomainName == v.cfg.HostedZone.Name {
		v.add(kind, `"cname" cannot be: DNS allows no CNAME at the hosted zone's own name`, `remove it, use "alias", or choose another domainName, such as "api.`+v.cfg.DomainName+`"`)
		return
	}
	if r.Records == RecordsAlias && r.TTLSeconds != 0 && v.sound(ttl) {
		v.add(ttl, "has no meaning with alias records, whose TTL AWS fixes", `remove it, or use records "cname", which the hosted zone's own name cannot have`)
	}
}

func (v *validator) egress() {
	e := v.cfg.Egress
	if p := at("egress", "natGateways"); v.sound(p, at("egress", "maxAzs")) && e.NatGateways > e.MaxAZs {
		v.add(p, fmt.Sprintf("%d are more than one per zone", e.NatGateways), fmt.Sprintf("use at most %d (egress.maxAzs)", e.MaxAZs))
	}
	if p := at("egress", "cidr"); v.sound(p) {
		v.network(p, e.CIDR, `an IPv4 network such as "10.0.0.0/16"`)
	}
	for i, service := range e.InterfaceEndpoints {
		if p := at("egress", "interfaceEndpoints", i); service == "s3" && !v.blamed(p) {
			v.add(p, `"s3" is there already, as a gateway endpoint without charge`, "remove it")
		}
	}
}

func (v *validator) allowedNetworks() {
	for _, list := range []struct {
		path     path
		networks []string
	}{{at("allowedCidrs"), v.cfg.AllowedCIDRs}, {at("health", "preferredCidrs"), v.cfg.Health.PreferredCIDRs}} {
		for i, network := range list.networks {
			p := list.path.to(i)
			if !v.blamed(p) {
				v.network(p, network, `a network such as "203.0.113.0/24"`)
			}
			if problem := limits.CheckPublic(network); problem != nil && !v.blamed(p) {
				v.add(p, problem.Found, problem.Fix)
			}
		}
	}
}

// network checks a CIDR block; kind says what is expected, for the message.
func (v *validator) network(p path, network, kind string) {
	if problem := limits.CheckNetwork(network, kind); problem != nil {
		v.add(p, problem.Found, problem.Fix)
	}
}

func (v *validator) mutualTLS() {
	if policy := at("tlsPolicy"); v.cfg.MutualTLS.TruststoreURI != "" && v.sound(policy, at("mutualTls", "truststoreUri")) && v.cfg.TLSPolicy != "TLS_1_2" {
		v.add(policy, rule.Quote(v.cfg.TLSPolicy)+" cannot be combined with mutualTls", `use "TLS_1_2", or remove mutualTls: API Gateway refuses mutual TLS with an enhanced policy`)
	}
	p := at("mutualTls", "truststoreVersion")
	if v.cfg.MutualTLS.TruststoreVersion != "" && v.cfg.MutualTLS.TruststoreURI == "" && v.sound(p, at("mutualTls", "truststoreUri")) {
		v.add(at("mutualTls", "truststoreUri"), "is missing", "give the object that truststoreVersion is a version of, or remove truststoreVersion")
	}
}
