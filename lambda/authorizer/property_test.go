package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http/httptest"
	"net/url"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/internal/localcloud/restapi"
	"github.com/regionpair/regionpair/internal/route"
)

// The property below is what authorization is for. It runs the emulated API
// Gateway with its router and its cache of decisions, and this authorizer, on
// random sets of routes and random paths: whichever route answers, the token
// has one of its scopes; a handler that routes by the decoded path itself
// arrives at no route that the token has no scope of, either; and a token with
// a scope of a route is never refused on a path that only encodes what it must.

const (
	propertySets     = 250
	propertyPaths    = 400
	propertyFunction = "arn:aws:lambda:eu-west-1:111122223333:function:"
)

var (
	propertyWords  = []string{"orders", "admin", "items", "a", "internal", "x.y"}
	propertyScopes = []string{"s/read", "s/write", "s/admin"}
)

func TestNoRouteAnswersATokenWithoutItsScope(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv("SEED"); text != "" {
		parsed, err := strconv.ParseUint(text, 10, 64)
		require.NoError(t, err)
		seed = parsed
	}
	t.Logf("SEED=%d", seed)
	previous := slog.Default()
	slog.SetDefault(slog.New(slog.DiscardHandler))
	defer slog.SetDefault(previous)
	random := rand.New(rand.NewPCG(seed, 1))
	w := newWorld(t, objectRoutes)
	tokens := map[string]string{}
	for _, scope := range propertyScopes {
		tokens[scope] = "Bearer " + w.own.Token(t, map[string]any{"scope": scope})
	}
	answered, sets := 0, propertySets
	if testing.Short() {
		sets /= 10
	}
	for range sets {
		routes := randomRoutes(random)
		p := newProperty(t, w, routes, random.IntN(2) == 0)
		for range propertyPaths {
			answered += p.check(random, tokens)
		}
	}
	require.Greater(t, answered, sets*propertyPaths/10, "most paths must lead somewhere, or the test shows nothing")
}

// randomRoutes returns routes that can stand beside each other, as many as
// possible of them crossing.
func randomRoutes(random *rand.Rand) []route.Route {
	names := map[string]string{} // the one variable below each parent
	var routes []route.Route
	for range 2 + random.IntN(7) {
		text := ""
		for depth := range 1 + random.IntN(4) {
			segment := propertyWords[random.IntN(len(propertyWords))]
			if random.IntN(2) == 0 {
				name, taken := names[text]
				if !taken {
					name = fmt.Sprintf("{v%d}", depth)
					if random.IntN(4) == 0 {
						name = fmt.Sprintf("{v%d+}", depth)
					}
					names[text] = name
				}
				segment = name
			}
			text += "/" + segment
			if route.IsGreedy(segment) {
				break
			}
		}
		method := []string{"GET", "PUT", route.Any}[random.IntN(3)]
		scopes := []string{propertyScopes[random.IntN(len(propertyScopes))]}
		candidate := append(slices.Clone(routes), route.Route{Method: method, Path: text, Scopes: scopes})
		if len(route.CheckSet(candidate)) == 0 {
			routes = candidate
		}
	}
	return routes
}

// property is one API with its authorizer.
type property struct {
	t      *testing.T
	routes []route.Route
	// guarded calls the API, open the same one without its authorizer.
	guarded, open call
}

// call returns the status, and what the handler got when it was asked.
type call func(method, target, authorization string) (status int, event *events.APIGatewayProxyRequest)

func newProperty(t *testing.T, w *world, routes []route.Route, decodesARN bool) *property {
	t.Helper()
	text, err := json.Marshal(routes)
	require.NoError(t, err)
	table, err := parseTable(text)
	require.NoError(t, err, "%v", routes)
	decider := &authorizer{verifier: w.verifier, table: table}
	return &property{
		t: t, routes: routes,
		guarded: newCall(t, resourcesOf(routes, "CUSTOM"), decodesARN, decider),
		open:    newCall(t, resourcesOf(routes, "NONE"), decodesARN, decider),
	}
}

func newCall(t *testing.T, resources []restapi.Resource, decodesARN bool, decider *authorizer) call {
	t.Helper()
	api, err := restapi.FromResources(resources)
	require.NoError(t, err)
	api.DecodesARN = decodesARN
	var called *events.APIGatewayProxyRequest
	handler := api.Domain("", func(ctx context.Context, function string, payload []byte) ([]byte, string, error) {
		if strings.HasSuffix(function, "handler") {
			called = &events.APIGatewayProxyRequest{}
			return []byte(`{"statusCode":200}`), "", json.Unmarshal(payload, called)
		}
		return invokeAuthorizer(ctx, decider, payload)
	})
	return func(method, target, authorization string) (int, *events.APIGatewayProxyRequest) {
		called = nil
		request := httptest.NewRequest(method, "https://api.example.com/", nil)
		request.URL = &url.URL{Path: "/", RawPath: target}
		if decoded, err := url.PathUnescape(target); err == nil {
			request.URL.Path = decoded
		}
		request.Header.Set("Authorization", authorization)
		recorder := httptest.NewRecorder()
		handler.ServeHTTP(recorder, request)
		return recorder.Code, called
	}
}

// invokeAuthorizer is what Lambda does around the handler.
func invokeAuthorizer(ctx context.Context, decider *authorizer, payload []byte) ([]byte, string, error) {
	var event events.APIGatewayCustomAuthorizerRequestTypeRequest
	if err := json.Unmarshal(payload, &event); err != nil {
		return nil, "", err
	}
	answer, err := decider.handle(ctx, event)
	if err != nil {
		text, _ := json.Marshal(map[string]string{"errorMessage": err.Error()})
		return text, "Unhandled", nil
	}
	text, err := json.Marshal(answer)
	return text, "", err
}

// resourcesOf is what a template would have for the routes.
func resourcesOf(routes []route.Route, authorization string) []restapi.Resource {
	uri := func(function string) string {
		return "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/" + propertyFunction + function + "/invocations"
	}
	resource := func(kind, id string, properties map[string]any) restapi.Resource {
		properties["RestApiId"] = "api1"
		return restapi.Resource{Stack: "s", LogicalID: id, Type: "AWS::ApiGateway::" + kind, Ref: id, Properties: properties}
	}
	list := []restapi.Resource{
		{Stack: "s", LogicalID: "api1", Type: "AWS::ApiGateway::RestApi", Ref: "api1", Properties: map[string]any{"Name": "n"}},
		resource("Stage", "stage", map[string]any{"StageName": "live", "DeploymentId": "d"}),
		resource("Authorizer", "auth1", map[string]any{
			"Type": "REQUEST", "AuthorizerUri": uri("authorizer"), "AuthorizerResultTtlInSeconds": 300, "Name": "a",
			"IdentitySource": "method.request.header.Authorization,context.resourcePath,context.httpMethod",
		}),
	}
	list = append(list, resource("Authorizer", "auth2", map[string]any{
		"Type": "REQUEST", "AuthorizerUri": uri("authorizer"), "AuthorizerResultTtlInSeconds": 300, "Name": "b",
		"IdentitySource": "method.request.header.Authorization,context.resourcePath,context.httpMethod,context.path",
	}))
	needPath := route.NeedPath(routes)
	seen := map[string]bool{"": true}
	for i, r := range routes {
		parent, authorizerID := "", "auth1"
		if needPath[i] {
			authorizerID = "auth2"
		}
		for _, segment := range route.Segments(r.Path) {
			here := parent + "/" + segment
			if !seen[here] {
				seen[here] = true
				list = append(list, resource("Resource", here, map[string]any{"ParentId": orRoot(parent), "PathPart": segment}))
			}
			parent = here
		}
		list = append(list, resource("Method", fmt.Sprintf("m%d", i), map[string]any{
			"HttpMethod": r.Method, "ResourceId": orRoot(parent), "AuthorizationType": authorization, "AuthorizerId": authorizerID,
			"Integration": map[string]any{"Type": "AWS_PROXY", "IntegrationHttpMethod": "POST", "Uri": uri("handler")},
		}))
	}
	return list
}

func orRoot(id string) string {
	if id == "" {
		return "root"
	}
	return id
}

// check sends one path with every token, and returns how many were answered.
func (p *property) check(random *rand.Rand, tokens map[string]string) int {
	p.t.Helper()
	method, target, isPlain := p.randomRequest(random)
	_, reached := p.open(method, target, "")
	answered := 0
	for _, scope := range propertyScopes {
		status, event := p.guarded(method, target, tokens[scope])
		about := fmt.Sprintf("%s %s with %s in %v", method, target, scope, p.routes)
		require.NotEqual(p.t, 500, status, "the authorizer knows every route: %s", about)
		if event == nil {
			isEntitled := isPlain && reached != nil && slices.Contains(p.routeOf(method, reached.Resource).Scopes, scope)
			require.False(p.t, isEntitled, "refused with %d: %s", status, about)
			continue
		}
		answered++
		chosen := p.routeOf(method, event.Resource)
		require.Contains(p.t, chosen.Scopes, scope, "answered by %s: %s", chosen, about)
		if decoded, found := p.byDecodedPath(method, event.Path); found {
			require.Contains(p.t, decoded.Scopes, scope, "decodes to %s: %s", decoded, about)
		}
	}
	return answered
}

// routeOf is the route behind a resource that API Gateway names.
func (p *property) routeOf(method, resource string) route.Route {
	for _, candidate := range []string{method, route.Any} {
		for _, r := range p.routes {
			if r.Method == candidate && r.Path == resource {
				return r
			}
		}
	}
	p.t.Fatalf("no route for %s %s", method, resource)
	return route.Route{}
}

// byDecodedPath is what a router library does that knows nothing of API
// Gateway's choice: it decodes the path, cleans it, and takes the most specific
// route, a segment after the other.
func (p *property) byDecodedPath(method, sent string) (route.Route, bool) {
	decoded, err := url.PathUnescape(sent)
	if err != nil {
		return route.Route{}, false
	}
	segments := route.Segments(strings.TrimSuffix(path.Clean("/"+strings.ReplaceAll(decoded, `\`, "/")), "/"))
	var best route.Route
	var bestRank []int
	for _, r := range p.routes {
		if r.Method != method && r.Method != route.Any {
			continue
		}
		rank, fits := fit(route.Segments(r.Path), segments)
		if r.Method == route.Any {
			rank = append(rank, 1)
		}
		if fits && (bestRank == nil || slices.Compare(rank, bestRank) < 0) {
			best, bestRank = r, rank
		}
	}
	return best, bestRank != nil
}

// fit ranks how specific a route is for a path: the smaller the better.
func fit(pattern, segments []string) (rank []int, fits bool) {
	for i, part := range pattern {
		switch {
		case i >= len(segments):
			return nil, false
		case route.IsGreedy(part):
			return append(rank, 2), true
		case route.IsVariable(part):
			rank = append(rank, 1)
		case part == segments[i]:
			rank = append(rank, 0)
		default:
			return nil, false
		}
	}
	return rank, len(pattern) == len(segments)
}

// randomRequest returns a request near the routes. A third of them are plain:
// made from a route, with values that need no encoding or have it.
func (p *property) randomRequest(random *rand.Rand) (method, target string, isPlain bool) {
	r := p.routes[random.IntN(len(p.routes))]
	values := []string{"7", "orders", "admin", "a-b_c~d", "M%C3%BCller", "a%20b", "x.y", "a..b", "%40me", "internal"}
	for _, segment := range route.Segments(r.Path) {
		switch {
		case route.IsGreedy(segment):
			for range 1 + random.IntN(3) {
				target += "/" + values[random.IntN(len(values))]
			}
		case route.IsVariable(segment):
			target += "/" + values[random.IntN(len(values))]
		default:
			target += "/" + segment
		}
	}
	method = []string{"GET", "PUT", "POST"}[random.IntN(3)]
	if random.IntN(3) == 0 {
		return method, target, true
	}
	return method, distort(random, target), false
}

// distort does to a path what attackers do.
func distort(random *rand.Rand, text string) string {
	for range 1 + random.IntN(3) {
		at := 1 + random.IntN(len(text))
		before, after := text[:at], text[at:]
		switch random.IntN(12) {
		case 0:
			text = before + "%2F" + after
		case 1:
			text = strings.Replace(text, "/", "%2f", 1+random.IntN(2))
			text = "/" + strings.TrimPrefix(text, "%2f")
		case 2:
			text += "/"
		case 3:
			text = before + "//" + after
		case 4:
			text = before + "/../" + after
		case 5:
			text = before + "/%2e%2E/" + after
		case 6:
			text = before + "/./" + after
		case 7:
			text = before + `%5C` + after
		case 8:
			if after != "" && after[0] != '/' && after[0] != '%' && !strings.HasSuffix(before, "%") && !isHex(before) {
				text = before + fmt.Sprintf("%%%02X", after[0]) + after[1:]
			}
		case 9:
			text = strings.ToUpper(before) + after
		case 10:
			text = before + propertyWords[random.IntN(len(propertyWords))] + "/" + after
		case 11:
			text = before + strings.Repeat("z", random.IntN(600)) + after
		}
	}
	return text
}

// isHex reports whether a text ends within an encoded character.
func isHex(before string) bool {
	return len(before) > 1 && before[len(before)-2] == '%'
}
