package config

import (
	"fmt"

	"github.com/regionpair/regionpair/internal/limits"
	"github.com/regionpair/regionpair/internal/rule"
	"github.com/regionpair/regionpair/internal/strict"
)

func (v *validator) routing() {
	v.records()
	primary, secondary := strict.At("routing", "primaryWeight"), strict.At("routing", "secondaryWeight")
	if !v.Sound(strict.At("routing", "policy")) {
		return
	}
	r := v.cfg.Routing
	for _, weight := range []struct {
		path  strict.Path
		value *int
	}{{primary, r.PrimaryWeight}, {secondary, r.SecondaryWeight}} {
		switch {
		case !v.Sound(weight.path):
		case weight.value != nil && r.Policy != RoutingWeighted:
			v.Add(weight.path, fmt.Sprintf("has no meaning with policy %q", r.Policy), `remove it or set routing.policy to "weighted"`)
		case weight.value == nil && r.Policy == RoutingWeighted:
			v.Add(weight.path, "is missing", `give each Region its share with policy "weighted", such as primaryWeight 50 and secondaryWeight 50`)
		}
	}
	if v.Sound(primary, secondary) && r.Policy == RoutingWeighted && *r.PrimaryWeight == 0 && *r.SecondaryWeight == 0 {
		v.Add(primary, "both weights are 0", "give each Region its share, such as primaryWeight 50 and secondaryWeight 50")
	}
}

func (v *validator) failback() {
	mode, minutes := strict.At("failback", "mode"), strict.At("failback", "stableMinutes")
	if !v.Sound(mode, strict.At("routing", "policy")) {
		return
	}
	f := v.cfg.Failback
	if policy := v.cfg.Routing.Policy; f.Mode != FailbackAuto && policy != RoutingFailover {
		v.Add(mode, fmt.Sprintf("%q has no meaning with routing policy %q, where both Regions serve", f.Mode, policy), `remove it or set routing.policy to "failover"`)
	}
	if f.Mode == FailbackAuto && f.StableMinutes != 0 && v.Sound(minutes) {
		v.Add(minutes, `has no meaning with mode "auto": Route 53 does not wait`, `remove it or set failback.mode to "guarded"`)
	}
}

// grayFailure is what the guard of the failback looks for.
func (v *validator) grayFailure() {
	enabled := strict.At("health", "grayFailure", "enabled")
	if !v.cfg.Health.GrayFailure.Enabled || !v.Sound(enabled, strict.At("failback", "mode"), strict.At("routing", "policy")) {
		return
	}
	switch {
	case v.cfg.Routing.Policy != RoutingFailover:
		v.Add(enabled, fmt.Sprintf("has no meaning with routing policy %q: nobody stands by", v.cfg.Routing.Policy), `remove it or set routing.policy to "failover"`)
	case v.cfg.Failback.Mode == FailbackAuto:
		v.Add(enabled, `needs a guard, and failback.mode is "auto": Route 53 would send the clients back at once`, `set failback.mode to "guarded" or "manual", or remove health.grayFailure`)
	}
}

// records checks what DNS and Route 53 allow at the name.
func (v *validator) records() {
	kind, ttl := strict.At("routing", "records"), strict.At("routing", "ttlSeconds")
	if !v.Sound(kind, strict.At("domainName"), strict.At("hostedZone", "name")) {
		return
	}
	r := v.cfg.Routing
	if r.Records == RecordsCNAME && v.cfg.DomainName == v.cfg.HostedZone.Name {
		v.Add(kind, `"cname" cannot be: DNS allows no CNAME at the hosted zone's own name`, `remove it, use "alias", or choose another domainName, such as "api.`+v.cfg.DomainName+`"`)
		return
	}
	if r.Records == RecordsAlias && r.TTLSeconds != 0 && v.Sound(ttl) {
		v.Add(ttl, "has no meaning with alias records, whose TTL AWS fixes", `remove it, or use records "cname", which the hosted zone's own name cannot have`)
	}
}

func (v *validator) egress() {
	e := v.cfg.Egress
	if p := strict.At("egress", "natGateways"); v.Sound(p, strict.At("egress", "maxAzs")) && e.NatGateways > e.MaxAZs {
		v.Add(p, fmt.Sprintf("%d are more than one per zone", e.NatGateways), fmt.Sprintf("use at most %d (egress.maxAzs)", e.MaxAZs))
	}
	if p := strict.At("egress", "cidr"); v.Sound(p) {
		v.network(p, e.CIDR, `an IPv4 network such as "10.0.0.0/16"`)
	}
	for i, service := range e.InterfaceEndpoints {
		if p := strict.At("egress", "interfaceEndpoints", i); service == "s3" && !v.Blamed(p) {
			v.Add(p, `"s3" is there already, as a gateway endpoint without charge`, "remove it")
		}
	}
}

func (v *validator) allowedNetworks() {
	for _, list := range []struct {
		path     strict.Path
		networks []string
	}{{strict.At("allowedCidrs"), v.cfg.AllowedCIDRs}, {strict.At("health", "preferredCidrs"), v.cfg.Health.PreferredCIDRs}} {
		for i, network := range list.networks {
			p := list.path.To(i)
			if !v.Blamed(p) {
				v.network(p, network, `a network such as "203.0.113.0/24"`)
			}
			if problem := limits.CheckPublic(network); problem != nil && !v.Blamed(p) {
				v.Add(p, problem.Found, problem.Fix)
			}
		}
	}
	for i, network := range v.cfg.Health.PreferredCIDRs {
		if p, problem := strict.At("health", "preferredCidrs", i), limits.CheckIPSet(network); problem != nil && !v.Blamed(p) {
			v.Add(p, problem.Found, problem.Fix)
		}
	}
}

// network checks a CIDR block; kind says what is expected, for the message.
func (v *validator) network(p strict.Path, network, kind string) {
	if problem := limits.CheckNetwork(network, kind); problem != nil {
		v.Add(p, problem.Found, problem.Fix)
	}
}

func (v *validator) mutualTLS() {
	if policy := strict.At("tlsPolicy"); v.cfg.MutualTLS.TruststoreURI != "" && v.Sound(policy, strict.At("mutualTls", "truststoreUri")) && v.cfg.TLSPolicy != "TLS_1_2" {
		v.Add(policy, rule.Quote(v.cfg.TLSPolicy)+" cannot be combined with mutualTls", `use "TLS_1_2", or remove mutualTls: API Gateway refuses mutual TLS with an enhanced policy`)
	}
	p := strict.At("mutualTls", "truststoreVersion")
	if v.cfg.MutualTLS.TruststoreVersion != "" && v.cfg.MutualTLS.TruststoreURI == "" && v.Sound(p, strict.At("mutualTls", "truststoreUri")) {
		v.Add(strict.At("mutualTls", "truststoreUri"), "is missing", "give the object that truststoreVersion is a version of, or remove truststoreVersion")
	}
}
