package config

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/internal/entry"
	"github.com/regionpair/regionpair/internal/limits"
	"github.com/regionpair/regionpair/internal/route"
	"github.com/regionpair/regionpair/internal/rule"
	"github.com/regionpair/regionpair/internal/strict"
)

const (
	// maxEnvironmentBytes leaves half of Lambda's 4 KB of environment variables to regionpair.
	maxEnvironmentBytes = 2048
	// maxVariableBytes leaves the rest of it to what regionpair sets whatever the configuration.
	maxVariableBytes = 3584
)

// reservedVariables are set by Lambda, which refuses them, or by regionpair, whose value they would replace.
var reservedVariables = []string{
	"AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_DEFAULT_REGION", "AWS_EXECUTION_ENV", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
	"AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME",
	"AWS_LAMBDA_LOG_STREAM_NAME", "AWS_LAMBDA_RUNTIME_API", "AWS_REGION", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
	"BUCKET_NAME", "LAMBDA_RUNTIME_DIR", "LAMBDA_TASK_ROOT",
	contract.FenceVariable, contract.IndexVariable, contract.PeerBucketVariable, contract.PeerRegionVariable, contract.PairVariable, contract.PeerDownVariable,
}

func (v *validator) handler() {
	h := v.cfg.Handler
	if p := strict.At("handler", "entry"); v.Sound(p) && strings.Contains(h.Entry, "...") {
		v.Add(p, rule.Quote(h.Entry)+" names more than one package", "name the folder of one main package")
	}
	if p := strict.At("handler", "routes"); h.Entry != "" && h.Routes == nil && !v.Blamed(p) {
		v.Add(p, "is missing", `give the routes of your function, such as [{"method": "GET", "path": "/orders", "scopes": ["objects/read"]}]`)
	}
	v.environment()
	v.ownNames()
}

// folders checks that the packages of functions are there. It looks at the disk, which [Config.Validate] does not.
func (v *validator) folders() {
	check := func(p strict.Path, folder string) {
		if folder == "" || !v.Sound(p) {
			return
		}
		if problem := entry.Check(folder); problem != nil {
			v.Add(p, problem.Found, problem.Fix)
		}
	}
	check(strict.At("handler", "entry"), v.cfg.Handler.Entry)
	for i, r := range v.cfg.Handler.Routes {
		check(strict.At("handler", "routes").To(i).To("entry"), r.Entry)
	}
	for _, name := range slices.Sorted(maps.Keys(v.cfg.Health.Probes)) {
		check(strict.At("health", "probes", name, "entry"), v.cfg.Health.Probes[name].Entry)
	}
}

func (v *validator) environment() {
	p, size := strict.At("handler", "environment"), 0
	for name, value := range v.cfg.Handler.Environment {
		size += len(name) + len(value)
		if slices.Contains(reservedVariables, name) {
			v.Add(p.To(name), "is set by Lambda or regionpair", "use another name")
		}
	}
	if size > maxEnvironmentBytes && !v.Blamed(p) {
		v.Add(p, fmt.Sprintf("has %d bytes", size), fmt.Sprintf("use at most %d (Lambda allows 4 KB with regionpair's own); keep more in a parameter", maxEnvironmentBytes))
		return
	}
	for _, own := range v.ownVariables() {
		size += len(own.variable) + len(own.value)
	}
	if size > maxVariableBytes && v.Sound(p, strict.At("tables"), strict.At("secrets"), strict.At("parameters"), strict.At("name")) {
		v.Add(p, fmt.Sprintf("has %d bytes with the names of tables, secrets and parameters", size),
			fmt.Sprintf("use at most %d (Lambda allows 4 KB with regionpair's own), with shorter or fewer names", maxVariableBytes))
	}
}

// ownVariable tells the function the full name of something that the configuration names.
type ownVariable struct {
	variable, value, what string
}

// ownVariables are those of tables, secrets and parameters, in this order.
func (v *validator) ownVariables() []ownVariable {
	var list []ownVariable
	for _, name := range slices.Sorted(maps.Keys(v.cfg.Tables)) {
		list = append(list, ownVariable{contract.TableVariable(name), v.cfg.TableName(name), fmt.Sprintf("name of the table %q", name)})
	}
	for _, name := range slices.Sorted(maps.Keys(v.cfg.Secrets)) {
		list = append(list, ownVariable{contract.SecretVariable(name), contract.AppSecret(v.cfg.Name, name), fmt.Sprintf("name of the secret %q", name)})
	}
	for _, name := range slices.Sorted(maps.Keys(v.cfg.Parameters)) {
		list = append(list, ownVariable{contract.ParameterVariable(name), contract.AppParameter(v.cfg.Name, name), fmt.Sprintf("path of the parameter %q", name)})
	}
	return list
}

// ownNames checks what the configuration's own names become.
func (v *validator) ownNames() {
	for _, own := range v.ownVariables() {
		if _, taken := v.cfg.Handler.Environment[own.variable]; taken {
			v.Add(strict.At("handler", "environment", own.variable), "tells your function the "+own.what, "use another name")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(v.cfg.Secrets)) {
		if p := strict.At("secrets", name); limits.EndsLikeSecretSuffix(name) && !v.Blamed(p) {
			v.Add(p, "ends in a hyphen and six characters", "use another name: Secrets Manager would take them for the suffix of its ARNs")
		}
	}
	v.parameterValues()
}

func (v *validator) parameterValues() {
	for _, name := range slices.Sorted(maps.Keys(v.cfg.Parameters)) {
		for field, value := range map[string]string{"value": v.cfg.Parameters[name].Value, "secondaryValue": v.cfg.Parameters[name].SecondaryValue} {
			if p := strict.At("parameters", name, field); limits.NestsParameter(value) && !v.Blamed(p) {
				v.Add(p, `has "{{" with a "}}" behind it`, "write it in another way: Parameter Store takes that for the name of another parameter")
			}
		}
	}
}

// routes checks the paths by API Gateway's rules.
func (v *validator) routes() {
	p := strict.At("handler", "routes")
	if v.cfg.Handler.Entry == "" && reflect.DeepEqual(v.cfg.Handler.Routes, v.cfg.bundledRoutes()) {
		v.bundledScopes()
		return
	}
	for i, r := range v.cfg.Handler.Routes {
		v.routePath(p.To(i).To("path"), r.Path)
		v.routeServed(p.To(i), r)
		v.routeAccess(p.To(i), r)
		v.routeFunction(p.To(i), r)
	}
	v.routesTogether(p)
}

// bundledScopes checks that the scopes of the default routes exist. The routes may not stand in the configuration, so the
// problem is reported where it can be solved.
func (v *validator) bundledScopes() {
	p := strict.At("scopes")
	for _, scope := range []string{"read", "write"} {
		if _, ok := v.cfg.Scopes[scope]; !ok && v.Sound(p.To(scope), strict.At("handler", "routes")) {
			v.Add(p.To(scope), "is missing, and the default routes of the bundled function need it", "add it, or give handler.routes with scopes of your own")
		}
	}
}

// routesTogether refuses routes that API Gateway could not tell apart, of those that are sound by themselves.
func (v *validator) routesTogether(p strict.Path) {
	var sound []route.Route
	var index []int
	for i, r := range v.cfg.Handler.Routes {
		if v.Sound(p.To(i).To("method"), p.To(i).To("path")) {
			sound = append(sound, route.Route{Method: r.Method, Path: r.Path, Scopes: r.Scopes})
			index = append(index, i)
		}
	}
	for _, conflict := range route.CheckSet(sound) {
		fix := conflict.Fix
		if conflict.Other != conflict.Index {
			fix += fmt.Sprintf("; the other one is handler.routes[%d]", index[conflict.Other])
		}
		v.Add(p.To(index[conflict.Index]).To("path"), conflict.Found, fix)
	}
}

// routeServed holds the routes of the bundled function to what it answers.
func (v *validator) routeServed(p strict.Path, route Route) {
	if v.cfg.Handler.Entry != "" || route.Entry != "" || !v.Sound(strict.At("handler", "entry"), p.To("method"), p.To("path")) {
		return
	}
	var served []string
	for _, bundled := range v.cfg.bundledRoutes() {
		if bundled.Method == route.Method && bundled.Path == route.Path {
			return
		}
		served = append(served, bundled.Method+" "+bundled.Path)
	}
	v.Add(p, fmt.Sprintf("the bundled function does not serve %s %s", route.Method, route.Path),
		"use "+rule.OneOf(served)+", or give your own function in handler.entry or in the route's entry")
}

// routeAccess checks who may use a route.
func (v *validator) routeAccess(p strict.Path, r Route) {
	scopes := p.To("scopes")
	switch {
	case v.Blamed(scopes):
	case r.Public && r.Scopes != nil:
		v.Add(scopes, "have no meaning for a public route", "remove them, or public")
	case !r.Public && r.Scopes == nil && v.Sound(p.To("public")):
		v.Add(scopes, "is missing", `give the full names of scopes, such as "objects/read", or set public to true`)
	}
	v.scopes(scopes, r.Scopes)
}

// routeFunction checks what answers a route, and how much of it.
func (v *validator) routeFunction(p strict.Path, r Route) {
	if here := p.To("entry"); strings.Contains(r.Entry, "...") && v.Sound(here) {
		v.Add(here, rule.Quote(r.Entry)+" names more than one package", "name the folder of one main package")
	}
	if here := p.To("burst"); r.Burst != 0 && r.RatePerSecond == 0 && v.Sound(here, p.To("ratePerSecond")) {
		v.Add(here, "has no meaning alone: it limits nothing that lasts", "give ratePerSecond, too")
	}
}

// routePath checks one path by API Gateway's rules.
func (v *validator) routePath(p strict.Path, routePath string) {
	if v.Blamed(p) {
		return
	}
	for _, problem := range route.CheckPath(routePath) {
		v.Add(p, problem.Found, problem.Fix)
	}
	if problem := route.CheckReserved(routePath); problem != nil && v.Sound(p) {
		v.Add(p, problem.Found, problem.Fix)
	}
}
