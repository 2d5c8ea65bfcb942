package config

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/regionpair/regionpair/config/internal/rule"
)

const (
	// maxEnvironmentBytes leaves half of Lambda's 4 KB of environment variables to regionpair.
	maxEnvironmentBytes = 2048
	// maxRoutesBytes is what fits in the authorizer's environment, which tells it the routes.
	maxRoutesBytes = 3072
)

// reservedVariables are set by Lambda, which refuses them, or by regionpair, which would overwrite them.
var reservedVariables = []string{
	"AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_DEFAULT_REGION", "AWS_EXECUTION_ENV", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
	"AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME",
	"AWS_LAMBDA_LOG_STREAM_NAME", "AWS_LAMBDA_RUNTIME_API", "AWS_REGION", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
	"BUCKET_NAME", "LAMBDA_RUNTIME_DIR", "LAMBDA_TASK_ROOT",
}

func (v *validator) handler() {
	h := v.cfg.Handler
	if p := at("handler", "entry"); v.sound(p) && strings.Contains(h.Entry, "...") {
		v.add(p, rule.Quote(h.Entry)+" names more than one package", "name the folder of one main package")
	}
	if p := at("handler", "routes"); h.Entry != "" && h.Routes == nil && !v.blamed(p) {
		v.add(p, "is missing", `give the routes of your function, such as [{"method": "GET", "path": "/orders", "scopes": ["objects/read"]}]`)
	}
	v.environment()
}

func (v *validator) environment() {
	p, size := at("handler", "environment"), 0
	for name, value := range v.cfg.Handler.Environment {
		size += len(name) + len(value)
		if slices.Contains(reservedVariables, name) {
			v.add(p.to(name), "is set by Lambda or regionpair", "use another name")
		}
	}
	if size > maxEnvironmentBytes && !v.blamed(p) {
		v.add(p, fmt.Sprintf("has %d bytes", size), fmt.Sprintf("use at most %d (Lambda allows 4 KB with regionpair's own); keep more in a parameter", maxEnvironmentBytes))
	}
}

// routes checks the paths by API Gateway's rules.
func (v *validator) routes() {
	p := at("handler", "routes")
	if v.cfg.Handler.Entry == "" && reflect.DeepEqual(v.cfg.Handler.Routes, v.cfg.bundledRoutes()) {
		v.bundledScopes()
		return
	}
	seen, variables := map[string]int{}, map[string]string{}
	for i, route := range v.cfg.Handler.Routes {
		v.routePath(p.to(i).to("path"), route.Path, variables)
		v.routeOnce(p.to(i), route, i, seen)
		v.routeServed(p.to(i), route)
		v.scopes(p.to(i).to("scopes"), route.Scopes)
	}
	if v.sound(p) {
		v.routesSize(p)
	}
}

// bundledScopes checks that the scopes of the default routes exist. The routes may not stand in the configuration, so the
// problem is reported where it can be solved.
func (v *validator) bundledScopes() {
	p := at("scopes")
	for _, scope := range []string{"read", "write"} {
		if _, ok := v.cfg.Scopes[scope]; !ok && v.sound(p.to(scope), at("handler", "routes")) {
			v.add(p.to(scope), "is missing, and the default routes of the bundled function need it", "add it, or give handler.routes with scopes of your own")
		}
	}
}

func (v *validator) routesSize(p path) {
	if text, err := json.Marshal(v.cfg.Handler.Routes); err != nil || len(text) > maxRoutesBytes {
		v.add(p, fmt.Sprintf("has %d bytes as JSON", len(text)),
			fmt.Sprintf("use at most %d (the authorizer gets them in its environment): replace some by a path that ends in {name+}", maxRoutesBytes))
	}
}

func (v *validator) routeOnce(p path, route Route, i int, seen map[string]int) {
	key := route.Method + " " + route.Path
	if first, ok := seen[key]; ok && v.sound(p.to("method"), p.to("path")) {
		v.add(p, key+" is there twice", fmt.Sprintf("remove it or handler.routes[%d]", first))
	}
	seen[key] = i
}

// routeServed holds the routes of the bundled function to what it answers.
func (v *validator) routeServed(p path, route Route) {
	if v.cfg.Handler.Entry != "" || !v.sound(at("handler", "entry"), p.to("method"), p.to("path")) {
		return
	}
	var served []string
	for _, bundled := range v.cfg.bundledRoutes() {
		if bundled.Method == route.Method && bundled.Path == route.Path {
			return
		}
		served = append(served, bundled.Method+" "+bundled.Path)
	}
	v.add(p, fmt.Sprintf("the bundled function does not serve %s %s", route.Method, route.Path),
		"use "+rule.OneOf(served)+", or give your own function in handler.entry")
}

// routePath checks one path. variables maps the place of each path variable to its name, over all routes.
func (v *validator) routePath(p path, routePath string, variables map[string]string) {
	if v.blamed(p) || routePath == "/" {
		return
	}
	segments := strings.Split(strings.TrimPrefix(routePath, "/"), "/")
	for i, segment := range segments {
		if problem, fix := segmentFault(segment, i == len(segments)-1); problem != "" {
			v.add(p, problem, fix)
			return
		}
	}
	if repeated := repeatedVariable(segments); repeated != "" {
		v.add(p, "has "+repeated+" twice", "give each path variable its own name")
		return
	}
	if segments[0] == "oauth2" || segments[0] == ".well-known" {
		v.add(p, rule.Quote(routePath)+" belongs to the token endpoint", "use a path outside /oauth2 and /.well-known")
		return
	}
	if segments[0] == "ping" || segments[0] == "sping" {
		v.add(p, rule.Quote(routePath)+" never reaches a function", "use another path: API Gateway keeps /ping and /sping for its own health checks")
		return
	}
	v.siblingVariables(p, segments, variables)
}

func segmentFault(segment string, last bool) (problem, fix string) {
	switch {
	case segment == "":
		return "has an empty segment", `write it without "//" and without "/" at the end`
	case segment == "." || segment == "..":
		return "has the dot segment " + rule.Quote(segment), "write the path without it"
	case strings.HasSuffix(segment, "+}") && variableSegment.MatchString(segment) && !last:
		return "has " + segment + " before its end", "put the variable with + last"
	case !literalSegment.MatchString(segment) && !variableSegment.MatchString(segment):
		return "has the segment " + rule.Quote(segment), "use letters, digits and . _ : -, or one variable in braces such as {id} or {key+}"
	default:
		return "", ""
	}
}

func repeatedVariable(segments []string) string {
	seen := map[string]bool{}
	for _, segment := range segments {
		name := strings.TrimSuffix(segment, "+}")
		name = strings.TrimSuffix(name, "}")
		if strings.HasPrefix(segment, "{") && seen[name] {
			return name + "}"
		}
		seen[name] = true
	}
	return ""
}

// siblingVariables refuses a second path variable in the same place: API Gateway allows one per parent.
func (v *validator) siblingVariables(p path, segments []string, variables map[string]string) {
	parent := ""
	for _, segment := range segments {
		if strings.HasPrefix(segment, "{") {
			if first, ok := variables[parent]; ok && first != segment {
				v.add(p, fmt.Sprintf("has %s where another route has %s", segment, first),
					"use the same variable: API Gateway allows one per place of the path")
				return
			}
			variables[parent] = segment
		}
		parent += "/" + segment
	}
}
