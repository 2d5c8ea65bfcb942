package config

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/regionpair/regionpair/internal/route"
	"github.com/regionpair/regionpair/internal/rule"
	"github.com/regionpair/regionpair/internal/strict"
)

const (
	// maxEnvironmentBytes leaves half of Lambda's 4 KB of environment variables to regionpair.
	maxEnvironmentBytes = 2048
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
	if p := strict.At("handler", "entry"); v.Sound(p) && strings.Contains(h.Entry, "...") {
		v.Add(p, rule.Quote(h.Entry)+" names more than one package", "name the folder of one main package")
	}
	if p := strict.At("handler", "routes"); h.Entry != "" && h.Routes == nil && !v.Blamed(p) {
		v.Add(p, "is missing", `give the routes of your function, such as [{"method": "GET", "path": "/orders", "scopes": ["objects/read"]}]`)
	}
	v.environment()
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
		v.scopes(p.To(i).To("scopes"), r.Scopes)
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
		v.Add(p.To(index[conflict.Index]).To("path"), conflict.Found, fmt.Sprintf("%s; the other one is handler.routes[%d]", conflict.Fix, index[conflict.Other]))
	}
}

// routeServed holds the routes of the bundled function to what it answers.
func (v *validator) routeServed(p strict.Path, route Route) {
	if v.cfg.Handler.Entry != "" || !v.Sound(strict.At("handler", "entry"), p.To("method"), p.To("path")) {
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
		"use "+rule.OneOf(served)+", or give your own function in handler.entry")
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
