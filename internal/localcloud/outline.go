package localcloud

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/regionpair/regionpair/internal/assembly"
	"github.com/regionpair/regionpair/internal/contract"
)

// Outline reads routes and clients from templates, without deploying them: what
// a load can be checked against before anything starts. It has no secrets, and
// no routes when no stack maps a domain name to a REST API of its own.
func Outline(a *assembly.Assembly) Pair {
	p := Pair{Clients: map[string]string{}, Scopes: map[string][]string{}}
	for _, stack := range a.Stacks {
		o := outline{a, stack.Template.Resources}
		p.Synchronous = p.Synchronous || o.keepsIndex()
		p.NoticesDeadStandby = p.NoticesDeadStandby || o.connectsToStandby()
		if api := o.api(); api != "" && p.Routes == nil {
			p.Routes = o.routes(api)
			o.clients(&p)
		}
	}
	return p
}

// connectsToStandby reports whether the record of a standby has a health check that
// only connects.
func (o outline) connectsToStandby() bool {
	for _, record := range o.resources {
		check := o.resources[refersTo(record.Properties["HealthCheckId"])]
		if textOf(record.Properties["Failover"]) == "SECONDARY" && textOf(object(check.Properties["HealthCheckConfig"])["Type"]) == "TCP" {
			return true
		}
	}
	return false
}

// keepsIndex reports whether a function keeps the index of synchronous objects.
func (o outline) keepsIndex() bool {
	for _, resource := range o.resources {
		if object(object(resource.Properties["Environment"])["Variables"])[contract.IndexVariable] != nil {
			return true
		}
	}
	return false
}

// outline is one template, in which names stand for what they refer to.
type outline struct {
	assembly  *assembly.Assembly
	resources map[string]assembly.Resource
}

func (o outline) ids() []string { return slices.Sorted(maps.Keys(o.resources)) }

// refersTo is the logical id that a value leads to; empty for a literal.
func refersTo(value any) string {
	reference := object(value)
	if id := textOf(reference["Ref"]); id != "" {
		return id
	}
	if path := texts(reference["Fn::GetAtt"]); len(path) > 0 {
		return path[0]
	}
	return ""
}

// api is the logical id of the REST API that has a domain name.
func (o outline) api() string {
	for _, id := range o.ids() {
		if r := o.resources[id]; r.Type == "AWS::ApiGateway::BasePathMapping" {
			if api := refersTo(r.Properties["RestApiId"]); o.resources[api].Type == "AWS::ApiGateway::RestApi" {
				return api
			}
		}
	}
	return ""
}

func (o outline) routes(api string) []Route {
	scopes, routes := o.scopes(), []Route{}
	for _, id := range o.ids() {
		r := o.resources[id]
		if r.Type != "AWS::ApiGateway::Method" || refersTo(r.Properties["RestApiId"]) != api {
			continue
		}
		route := Route{Method: textOf(r.Properties["HttpMethod"]), Path: o.path(refersTo(r.Properties["ResourceId"])), Public: r.Properties["AuthorizerId"] == nil}
		route.Scopes = scopes[route.Method+" "+route.Path]
		routes = append(routes, route)
	}
	return routes
}

// path of an API's resource; that of the API itself is the root.
func (o outline) path(id string) string {
	r := o.resources[id]
	if r.Type != "AWS::ApiGateway::Resource" {
		return "/"
	}
	return strings.TrimSuffix(o.path(refersTo(r.Properties["ParentId"])), "/") + "/" + textOf(r.Properties["PathPart"])
}

// scopes of the routes, from the authorizer's asset.
func (o outline) scopes() map[string][]string {
	scopes := map[string][]string{}
	for _, id := range o.ids() {
		asset, found := o.assembly.Asset(textOf(object(o.resources[id].Properties["Code"])["S3Key"]))
		if o.resources[id].Type == "AWS::Lambda::Function" && found {
			readScopes(asset, scopes)
		}
	}
	return scopes
}

// readScopes adds the scopes of the routes that an authorizer decides about;
// other functions have none.
func readScopes(asset assembly.Asset, into map[string][]string) {
	var routes []struct {
		Method, Path string
		Scopes       []string
	}
	content, err := os.ReadFile(filepath.Join(asset.Path, contract.RoutesFile))
	if err != nil || json.Unmarshal(content, &routes) != nil {
		return
	}
	for _, route := range routes {
		into[route.Method+" "+route.Path] = route.Scopes
	}
}

// clients are the app clients with the scope that names them.
func (o outline) clients(p *Pair) {
	for _, id := range o.ids() {
		if r := o.resources[id]; r.Type == "AWS::Cognito::UserPoolClient" {
			if id := p.addScopes(o.texts(r.Properties["AllowedOAuthScopes"])); id != "" {
				p.Clients[id] = ""
			}
		}
	}
}

// texts are a list in which resource servers stand for their identifiers.
func (o outline) texts(value any) []string {
	result := []string{}
	for _, element := range list(value) {
		parts := []any{element}
		if join := list(object(element)["Fn::Join"]); len(join) == 2 {
			parts = list(join[1])
		}
		text := ""
		for _, part := range parts {
			if id := refersTo(part); id != "" {
				part = o.resources[id].Properties["Identifier"]
			}
			text += textOf(part)
		}
		result = append(result, text)
	}
	return result
}
