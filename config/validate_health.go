package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/internal/route"
	"github.com/regionpair/regionpair/internal/rule"
	"github.com/regionpair/regionpair/internal/strict"
)

// probes refuses what nobody could tell from a check of the health function's own.
func (v *validator) probes() {
	for _, name := range contract.HealthChecks() {
		if _, taken := v.cfg.Health.Probes[name]; taken {
			v.Add(strict.At("health", "probes", name), "is the name of a check that there is already", "use another name: those of the health function's own are "+strings.Join(contract.HealthChecks(), ", "))
		}
	}
}

// health refuses a check through the front door that would find every Region unhealthy.
func (v *validator) health() {
	h, depth, path, client := v.cfg.Health, strict.At("health", "depth"), strict.At("health", "path"), strict.At("health", "client")
	if !v.Sound(depth) {
		return
	}
	if h.Depth != HealthAPI {
		for p, given := range map[string]bool{"path": h.Path != "", "client": h.Client != ""} {
			if given && v.Sound(strict.At("health", p)) {
				v.Add(strict.At("health", p), fmt.Sprintf("has no meaning with depth %q", h.Depth), `remove it or set health.depth to "api"`)
			}
		}
		return
	}
	if v.cfg.MutualTLS.TruststoreURI != "" {
		v.Add(depth, `"api" cannot be combined with mutualTls: the health function has no client certificate`, `use "dependencies"`)
	}
	if len(v.cfg.AllowedCIDRs) > 0 {
		v.Add(depth, `"api" cannot be combined with allowedCidrs: the health function's address is not fixed, and would be refused`, `use "dependencies"`)
	}
	asked, found := v.healthRoute(path)
	if !found || asked.Public || !v.Sound(client, strict.At("clients"), strict.At("handler", "routes")) {
		return
	}
	c, exists := v.cfg.Clients[h.Client]
	switch {
	case h.Client == "":
		v.Add(client, "is missing", fmt.Sprintf(`name the client that asks GET %s, which needs the scope %s`, asked.Path, strings.Join(asked.Scopes, " or ")))
	case !exists:
		v.Add(client, rule.Quote(h.Client)+" is none of clients", "name one of them, or add it there")
	case !slices.ContainsFunc(asked.Scopes, func(scope string) bool { return slices.Contains(c.Scopes, scope) }):
		v.Add(client, fmt.Sprintf("%q may not ask GET %s", h.Client, asked.Path), "give it the scope "+strings.Join(asked.Scopes, " or ")+", or name another client")
	}
}

// healthRoute is the route that the check asks.
func (v *validator) healthRoute(p strict.Path) (Route, bool) {
	sent := v.cfg.Health.Path
	if sent == "" && v.cfg.Handler.Entry == "" {
		sent = "/objects/.regionpair/health"
	}
	if !v.Sound(p, strict.At("handler", "routes")) {
		return Route{}, false
	}
	if sent == "" {
		v.Add(p, "is missing", `give the path of a GET route that answers quickly, such as "/orders/0"`)
		return Route{}, false
	}
	plain := []route.Route{}
	for _, r := range v.cfg.Handler.Routes {
		plain = append(plain, route.Route{Method: r.Method, Path: r.Path})
	}
	chosen, exists := route.Decoded(plain, "GET", sent)
	at := slices.IndexFunc(v.cfg.Handler.Routes, func(r Route) bool { return r.Method == chosen.Method && r.Path == chosen.Path })
	if !exists || at < 0 {
		v.Add(p, rule.Quote(sent)+" is no GET route of handler.routes", "use the path of one")
		return Route{}, false
	}
	return v.cfg.Handler.Routes[at], true
}
