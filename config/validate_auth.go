package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/internal/limits"
	"github.com/regionpair/regionpair/internal/rule"
	"github.com/regionpair/regionpair/internal/strict"
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
var scopeSources = []strict.Path{strict.At("scopes"), strict.At("resourceServer")}

func (v *validator) resourceServer() {
	p := strict.At("resourceServer")
	if v.Sound(p) && v.cfg.ResourceServer == "openid" {
		v.Add(p, `"openid" is not valid`, "use another name: OpenID Connect keeps it for itself")
	}
	if v.Sound(p) && v.cfg.ResourceServer == contract.ClientScopes {
		v.Add(p, rule.Quote(contract.ClientScopes)+" is not valid", "use another name: its scopes name clients in tokens")
	}
	v.fullNames(p)
}

// fullNames blames the resource server, which is long where one is too long.
func (v *validator) fullNames(p strict.Path) {
	if !v.Sound(scopeSources...) {
		return
	}
	longest := 0
	for _, name := range v.cfg.scopeNames() {
		longest = max(longest, len(name))
	}
	if longest > limits.MaxScopeCharacters {
		v.Add(p, fmt.Sprintf("makes full names of scopes with %d characters", longest),
			fmt.Sprintf("use at most %d (Cognito's limit), with a shorter name here or of the scope", limits.MaxScopeCharacters))
	}
}

const (
	// maxTokenScopeBytes keeps a token with all scopes of a client below what fits in a request to API Gateway, which takes
	// 10 KB of headers.
	maxTokenScopeBytes = 4096
	// maxCredentialBytes is what Secrets Manager takes in one secret: a Region keeps its app clients in one.
	maxCredentialBytes = 65536
	// credentialBytes is what a client takes there besides its names and scopes.
	credentialBytes = 256
)

func (v *validator) clients() {
	total := 0
	for name, client := range v.cfg.Clients {
		p := strict.At("clients", name, "scopes")
		v.scopes(p, client.Scopes)
		size := len(strings.Join(client.Scopes, " "))
		if size > maxTokenScopeBytes && v.Sound(p) {
			v.Add(p, fmt.Sprintf("have %d bytes in all", size), fmt.Sprintf("use at most %d, with fewer or shorter scopes: a token with all of them must fit into a header", maxTokenScopeBytes))
		}
		// Each scope takes two quotes and a comma, the name stands there twice.
		total += credentialBytes + 2*len(v.cfg.Name+name) + size + 3*len(client.Scopes)
	}
	if p := strict.At("clients"); total > maxCredentialBytes && v.Sound(p) {
		v.Add(p, fmt.Sprintf("take about %d bytes with their scopes", total), fmt.Sprintf("use at most %d (Secrets Manager's limit), with fewer clients or shorter scopes", maxCredentialBytes))
	}
}

// scopes checks that each scope is a configured one.
func (v *validator) scopes(p strict.Path, scopes []string) {
	if !v.Sound(scopeSources...) {
		return
	}
	known := v.cfg.scopeNames()
	for i, scope := range scopes {
		if here := p.To(i); !v.Blamed(here) && !slices.Contains(known, scope) {
			v.Add(here, rule.Quote(scope)+" is not a configured scope", v.scopeFix(scope, known))
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
