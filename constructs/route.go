package regionpair

import (
	"encoding/json"

	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"

	"github.com/regionpair/regionpair/internal/route"
)

// Route is one method on one path of the API.
type Route struct {
	// Method is an HTTP method in capitals, or "ANY".
	// Required.
	Method *string
	// Path starts with a slash; "{name}" matches a segment, "{name+}" the rest.
	// Required.
	Path *string
	// Scopes of which the caller's token must have at least one.
	// Required, unless Public.
	Scopes *[]*string
	// Public routes need no token.
	// Default: false.
	Public *bool
	// Handler answers the route.
	// Default: the unit's function.
	Handler awslambda.IFunction
	// RatePerSecond throttles this route by itself.
	// Default: the API's throttling applies.
	RatePerSecond *float64
	// Burst of requests this route takes at once.
	// Default: twice RatePerSecond.
	Burst *float64
}

// ObjectRoutes are the routes of the bundled object API.
func ObjectRoutes(resourceServer string) []*Route {
	read, write := resourceServer+"/read", resourceServer+"/write"
	return []*Route{
		newRoute("GET", "/objects", read),
		newRoute("GET", "/objects/{key+}", read),
		newRoute("HEAD", "/objects/{key+}", read),
		newRoute("PUT", "/objects/{key+}", write),
		newRoute("DELETE", "/objects/{key+}", write),
		newRoute("POST", "/uploads/{key+}", write),
	}
}

func newRoute(method, path string, scopes ...string) *Route {
	list := make([]*string, 0, len(scopes))
	for i := range scopes {
		list = append(list, &scopes[i])
	}
	return &Route{Method: &method, Path: &path, Scopes: &list}
}

func (r *Route) mustBeValid() {
	required("Route", "Method", r == nil || r.Method == nil)
	required("Route", "Path", r.Path == nil)
	for _, problem := range route.CheckPath(*r.Path) {
		misuse("Route 'Path' '%s' %s", *r.Path, problem)
	}
	if problem := route.CheckMethod(*r.Method); problem != nil {
		misuse("Route 'Method' %s", problem)
	}
	hasScopes := r.Scopes != nil && len(*r.Scopes) > 0
	if hasScopes == isTrue(r.Public) {
		misuse("Route '%s %s' needs either 'Scopes' or 'Public', and not both", *r.Method, *r.Path)
	}
}

// routesOf returns the routes as the grammar knows them.
func routesOf(routes []*Route) []route.Route {
	list := make([]route.Route, 0, len(routes))
	for _, r := range routes {
		plain := route.Route{Method: *r.Method, Path: *r.Path}
		if r.Scopes != nil {
			for _, scope := range *r.Scopes {
				plain.Scopes = append(plain.Scopes, *scope)
			}
		}
		list = append(list, plain)
	}
	return list
}

// mustStandTogether refuses routes that API Gateway could not tell apart.
func mustStandTogether(routes []*Route) {
	for _, conflict := range route.CheckSet(routesOf(routes)) {
		misuse("Route '%s %s' beside '%s %s' %s", *routes[conflict.Index].Method, *routes[conflict.Index].Path,
			*routes[conflict.Other].Method, *routes[conflict.Other].Path, conflict.Problem)
	}
}

// authorizedRoutes is what the authorizer function knows of the API.
func authorizedRoutes(routes []*Route) []byte {
	protected := []*Route{}
	for _, r := range routes {
		r.mustBeValid()
		if !isTrue(r.Public) {
			protected = append(protected, r)
		}
	}
	text, err := json.MarshalIndent(routesOf(protected), "", " ")
	if err != nil {
		misuse("encode the routes: %v", err)
	}
	return text
}
