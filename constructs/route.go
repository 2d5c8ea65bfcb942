package regionpair

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"

	"github.com/regionpair/regionpair/internal/route"
)

// Route is one method on one path of the API.
type Route struct {
	// Method is an HTTP method in capitals, or "ANY".
	// Required.
	Method string
	// Path starts with a slash; "{name}" matches a segment, "{name+}" the rest.
	// Required.
	Path string
	// Scopes of which the caller's token must have at least one.
	// Required, unless Public.
	Scopes []string
	// Public routes need no token.
	// Default: false.
	Public bool
	// Handler answers the route; any runtime, also a version or an alias.
	// Default: the API's handler.
	Handler awslambda.IFunction
	// HandlerEntry is the folder of a Go main package that answers the route. A
	// [RegionUnit] compiles it as it does its own HandlerEntry: with the same
	// overrides, variables and grants, one function per folder. Exclusive with
	// Handler.
	// Default: the API's handler.
	HandlerEntry string
	// RatePerSecond throttles this route by itself.
	// Default: the API's throttling applies.
	RatePerSecond float64
	// Burst of requests this route takes at once.
	// Default: twice RatePerSecond.
	Burst int
}

// ObjectRoutes are the routes of the bundled object API.
func ObjectRoutes(resourceServer string) []Route {
	read, write := []string{resourceServer + "/read"}, []string{resourceServer + "/write"}
	return []Route{
		{Method: "GET", Path: "/objects", Scopes: read},
		{Method: "GET", Path: "/objects/{key+}", Scopes: read},
		{Method: "HEAD", Path: "/objects/{key+}", Scopes: read},
		{Method: "PUT", Path: "/objects/{key+}", Scopes: write},
		{Method: "DELETE", Path: "/objects/{key+}", Scopes: write},
		{Method: "POST", Path: "/uploads/{key+}", Scopes: write},
	}
}

// Validate returns everything that is wrong at once.
func (r Route) Validate() error {
	c := checking(strings.TrimSpace("Route '" + strings.TrimSpace(r.Method+" "+r.Path) + "'"))
	if c.requires("Path", r.Path) {
		for _, problem := range route.CheckPath(r.Path) {
			c.refuse(true, "'Path' %s", problem)
		}
	}
	if c.requires("Method", r.Method) {
		if problem := route.CheckMethod(r.Method); problem != nil {
			c.refuse(true, "'Method' %s", problem)
		}
	}
	c.refuse((len(r.Scopes) > 0) == r.Public, "needs either 'Scopes' or 'Public', and not both")
	c.refuse(r.Handler != nil && r.HandlerEntry != "", "takes 'Handler' or 'HandlerEntry', and not both")
	if r.HandlerEntry != "" {
		c.add((&GoFunctionProps{Entry: r.HandlerEntry}).Validate())
	}
	c.throttles(r.RatePerSecond, r.Burst)
	return c.err()
}

// throttles refuses what limits nothing that lasts.
func (c *check) throttles(rate float64, burst int) {
	c.refuse(rate < 0, "'RatePerSecond' must be above 0, got %v", rate)
	c.refuse(burst < 0, "'Burst' must be above 0, got %v", burst)
	c.refuse(burst > 0 && rate == 0, "'Burst' needs 'RatePerSecond': alone it limits nothing that lasts")
}

// routes refuses what is wrong with single routes, and what API Gateway could
// not tell apart.
func (c *check) routes(routes []Route) {
	known := len(c.problems)
	for _, r := range routes {
		c.add(r.Validate())
	}
	if len(c.problems) > known {
		return
	}
	for _, conflict := range route.CheckSet(routesOf(routes)) {
		one, two := routes[conflict.Index], routes[conflict.Other]
		c.refuse(true, "route '%s %s' beside '%s %s' %s", one.Method, one.Path, two.Method, two.Path, conflict.Problem)
	}
}

// routesOf returns the routes as the grammar knows them.
func routesOf(routes []Route) []route.Route {
	list := make([]route.Route, 0, len(routes))
	for _, r := range routes {
		list = append(list, route.Route{Method: r.Method, Path: r.Path, Scopes: r.Scopes})
	}
	return list
}

// protected are the routes that need a token.
func protected(routes []Route) []Route {
	return slices.DeleteFunc(slices.Clone(routes), func(r Route) bool { return r.Public })
}

// authorizedRoutes is what the authorizer function knows of the API.
func authorizedRoutes(routes []Route) []byte {
	text, err := json.MarshalIndent(routesOf(protected(routes)), "", " ")
	if err != nil {
		misuse("encode the routes: %v", err)
	}
	return text
}
