package config

import (
	"fmt"
	"maps"
	"slices"

	"github.com/regionpair/regionpair/config/internal/rule"
)

// scopeNames returns the full names of the configured scopes, sorted.
func (c Config) scopeNames() []string {
	names := make([]string, 0, len(c.Scopes))
	for _, scope := range slices.Sorted(maps.Keys(c.Scopes)) {
		names = append(names, c.ScopeName(scope))
	}
	return names
}

// scopeSources are the fields that decide which full names of scopes exist.
var scopeSources = []path{at("scopes"), at("resourceServer")}

func (v *validator) resourceServer() {
	p := at("resourceServer")
	if v.sound(p) && v.cfg.ResourceServer == "openid" {
		v.add(p, `"openid" is not valid`, "use another name: OpenID Connect keeps it for itself")
	}
}

func (v *validator) clients() {
	for name, client := range v.cfg.Clients {
		v.scopes(at("clients", name, "scopes"), client.Scopes)
	}
}

// scopes checks that each scope is a configured one.
func (v *validator) scopes(p path, scopes []string) {
	if !v.sound(scopeSources...) {
		return
	}
	known := v.cfg.scopeNames()
	for i, scope := range scopes {
		if here := p.to(i); !v.blamed(here) && !slices.Contains(known, scope) {
			v.add(here, rule.Quote(scope)+" is not a configured scope", v.scopeFix(scope, known))
		}
	}
}

func (v *validator) scopeFix(scope string, known []string) string {
	fix := "use " + rule.OneOf(known)
	if len(known) > 10 {
		fix = fmt.Sprintf("use one of the %d configured, each as %s/<scope>", len(known), v.cfg.ResourceServer)
	}
	if full := v.cfg.ScopeName(scope); slices.Contains(known, full) {
		return fmt.Sprintf("did you mean %q? (%s)", full, fix)
	}
	return rule.Suggest(scope, known, fix)
}
