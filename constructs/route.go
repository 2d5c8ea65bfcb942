package regionpair

import (
	"encoding/json"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
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
	route := &Route{Method: &method, Path: &path}
	list := make([]*string, 0, len(scopes))
	for i := range scopes {
		list = append(list, &scopes[i])
	}
	route.Scopes = &list
	return route
}

func (r *Route) mustBeValid() {
	required("Route", "Method", r == nil || r.Method == nil)
	required("Route", "Path", r.Path == nil)
	if !strings.HasPrefix(*r.Path, "/") {
		misuse("Route 'Path' must start with a slash, got '%s'", *r.Path)
	}
	if *r.Method != strings.ToUpper(*r.Method) {
		misuse("Route 'Method' must be in capitals, got '%s'", *r.Method)
	}
	hasScopes := r.Scopes != nil && len(*r.Scopes) > 0
	if hasScopes == isTrue(r.Public) {
		misuse("Route '%s %s' needs either 'Scopes' or 'Public', and not both", *r.Method, *r.Path)
	}
}

// authorizedRoutesLimit leaves room for the other variables: Lambda refuses
// more than 4 KB of environment altogether.
const authorizedRoutesLimit = 3072

// authorizedRoutes is what the authorizer function knows of the API.
func authorizedRoutes(routes []*Route) string {
	type authorized struct {
		Method string    `json:"method"`
		Path   string    `json:"path"`
		Scopes []*string `json:"scopes"`
	}
	list := []authorized{}
	for _, route := range routes {
		route.mustBeValid()
		if !isTrue(route.Public) {
			list = append(list, authorized{*route.Method, *route.Path, *route.Scopes})
		}
	}
	text, err := json.Marshal(list)
	if err != nil {
		misuse("encode the routes: %v", err)
	}
	if len(text) > authorizedRoutesLimit {
		misuse("the %d routes with scopes take %d bytes, at most %d fit the authorizer's environment: use '{proxy+}' paths or fewer scopes per route",
			len(list), len(text), authorizedRoutesLimit)
	}
	return string(text)
}
