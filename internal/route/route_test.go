package route_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/internal/route"
)

func TestPathsThatApiGatewayTakes(t *testing.T) {
	for _, path := range []string{"/", "/a", "/a/b.c_d-e:f", "/orders/{id}", "/objects/{key+}", "/{proxy+}", "/a/{b}/c/{d}"} {
		assert.Empty(t, route.CheckPath(path), path)
	}
}

// Other routers write variables in other ways; each gets the form to use here.
func TestFailsOnOtherPathsAndSaysWhatToWrite(t *testing.T) {
	for path, fix := range map[string]string{
		"objects":                      `write "/objects"`,
		"/files/{path...}":             "use {path+}",
		"/files/{path*}":               "use {path+}",
		"/files/{path:.*}":             "use {path+}",
		"/posts/:id":                   "use {id}",
		"/posts/<id>":                  "use {id}",
		"/posts/<int:id>":              "use {id}",
		"/posts/{id:[0-9]+}":           "use {id}",
		"/files/*":                     "use {rest+} as the last segment",
		"/files/*path":                 "use {path+} as the last segment",
		"/a//b":                        `without "//"`,
		"/a/":                          `without "/" at the end`,
		"/a/../b":                      "without it",
		"/{rest+}/b":                   "put the variable with + last",
		"/a/{id}/b/{id}":               "its own name",
		"/a b":                         "use letters, digits",
		"/a%20b":                       "use letters, digits",
		"/ping":                        "use another path",
		"/pre{id}":                     "one variable in braces",
		"/" + strings.Repeat("a", 400): "at most 300",
	} {
		problems := route.CheckPath(path)
		require.NotEmpty(t, problems, path)
		assert.Contains(t, problems[0].Fix, fix, path)
	}
	assert.Len(t, route.CheckPath("/:a/:b"), 2, "all problems at once")
}

func TestPathsOfTheTokenEndpointAreReserved(t *testing.T) {
	for _, path := range []string{"/oauth2", "/oauth2/token", "/.well-known/x"} {
		assert.Empty(t, route.CheckPath(path))
		assert.Contains(t, route.CheckReserved(path).Fix, "outside /oauth2", path)
	}
	assert.Nil(t, route.CheckReserved("/"))
	assert.Nil(t, route.CheckReserved("/oauth2x/token"))
}

func TestMethods(t *testing.T) {
	for _, method := range append(route.Methods(), route.Any) {
		assert.Nil(t, route.CheckMethod(method))
	}
	assert.Contains(t, route.CheckMethod("get").Fix, `"GET"`)
	assert.Contains(t, route.CheckMethod("FETCH").Fix, "use GET, HEAD")
	assert.NotNil(t, route.CheckMethod("*"))
}

func TestRoutesThatCannotStandBesideEachOther(t *testing.T) {
	r := func(method, path string) route.Route { return route.Route{Method: method, Path: path} }
	assert.Empty(t, route.CheckSet([]route.Route{r("GET", "/a/{id}"), r("PUT", "/a/{id}"), r("ANY", "/a/{id}"), r("GET", "/a/b"), r("GET", "/a/{id}/c/{d}")}))

	conflicts := route.CheckSet([]route.Route{
		r("GET", "/quotes/{author}"), r("GET", "/quotes/{id}/x"), r("GET", "/quotes/{all+}"), r("GET", "/quotes/{author}"),
	})
	require.Len(t, conflicts, 3)
	assert.Equal(t, "has {id} where another route has {author}", conflicts[0].Found)
	assert.Equal(t, "has {all+} where another route has {author}", conflicts[1].Found)
	assert.Equal(t, "GET /quotes/{author} is listed twice", conflicts[2].Found)
	for i, conflict := range conflicts {
		assert.Equal(t, i+1, conflict.Index)
		assert.Zero(t, conflict.Other)
	}
}

// Nobody asks for a token on a public route: what decodes to a path of another
// one must not arrive there.
func TestPublicRoutesAtWhichOthersCouldArrive(t *testing.T) {
	admin, public := []string{"admin"}, []string(nil)
	for _, c := range []struct {
		path, other string
		scopes      []string
		fails       bool
	}{
		{"/docs/{page}", "/docs/internal", admin, true},
		{"/docs/{page}", "/docs/{x}/{y}", admin, true},
		{"/{rest+}", "/docs/{x}", admin, true},
		{"/docs/{page}", "/docs/internal", public, false},
		{"/docs/internal", "/docs/{page}", admin, false},
		{"/docs/{page}", "/admin/internal", admin, false},
	} {
		conflicts := route.CheckSet([]route.Route{{Method: "GET", Path: c.path}, {Method: "ANY", Path: c.other, Scopes: c.scopes}})
		if strings.Contains(c.other, "{x}/{y}") {
			conflicts = route.CheckSet([]route.Route{{Method: "GET", Path: c.path}, {Method: "ANY", Path: "/docs/{page}/{y}", Scopes: c.scopes}})
		}
		if strings.Contains(c.path, "rest") {
			conflicts = route.CheckSet([]route.Route{{Method: "GET", Path: c.path}, {Method: "ANY", Path: "/docs/{x}", Scopes: c.scopes}})
		}
		if !c.fails {
			assert.Empty(t, conflicts, "%s beside %s", c.path, c.other)
			continue
		}
		require.Len(t, conflicts, 1, "%s beside %s", c.path, c.other)
		assert.Contains(t, conflicts[0].Found, "is public, and a path of ANY /docs")
	}
}

func TestADecisionForOnePathWhereAGreedyVariableMeetsOtherScopes(t *testing.T) {
	needs := route.NeedPath([]route.Route{
		{Method: "GET", Path: "/objects/{key+}", Scopes: []string{"read"}}, {Method: "PUT", Path: "/objects/{key+}", Scopes: []string{"write"}},
		{Method: "GET", Path: "/objects", Scopes: []string{"read"}}, {Method: "GET", Path: "/files/{path+}", Scopes: []string{"read"}},
		{Method: "GET", Path: "/files/secret/{id}", Scopes: []string{"admin"}},
	})
	assert.Equal(t, []bool{false, false, false, true, false}, needs)
}

func TestPatterns(t *testing.T) {
	for r, pattern := range map[[2]string]string{
		{"GET", "/"}:               "GET/",
		{"GET", "/objects"}:        "GET/objects",
		{"PUT", "/objects/{key+}"}: "PUT/objects/*",
		{"ANY", "/{proxy+}"}:       "*/*",
		{"DELETE", "/a/{b}/c/{d}"}: "DELETE/a/*/c/*",
	} {
		require.Equal(t, pattern, route.Route{Method: r[0], Path: r[1]}.Pattern())
	}
}

// refused reports whether GET on the path is denied to a reader for the call,
// beside another route for admins.
func refused(t *testing.T, path, admin, call string) bool {
	t.Helper()
	routes := []route.Route{{Method: "GET", Path: path, Scopes: []string{"read"}}}
	if admin != "" {
		routes = append(routes, route.Route{Method: "GET", Path: admin, Scopes: []string{"admin"}})
	}
	table, err := route.NewTable(routes)
	require.NoError(t, err)
	access, ok := table.Find("GET", path, strings.TrimPrefix(call, "GET"))
	require.True(t, ok)
	lacksScope := slices.ContainsFunc(access.Scopes, func(scopes []string) bool { return !slices.Contains(scopes, "read") })
	return lacksScope || !route.Match(access.Allow, call) || slices.ContainsFunc(access.Deny, func(guard string) bool { return route.Match(guard, call) })
}

func TestWhatAVariableMustNotHoldIsDenied(t *testing.T) {
	const plain, greedy = "/o/{id}/x/{line}", "/o/{key+}"
	for _, value := range []string{"a/b", "a%2Fb", "a%2fb", `a\b`, "a%5Cb", "a%5cb", ".", "..", "%2E%2e", ".%2E", "%2e"} {
		assert.True(t, refused(t, plain, "", "GET/o/"+value+"/x/1"), value)
		assert.True(t, refused(t, plain, "", "GET/o/1/x/"+value), value)
	}
	for _, value := range []string{"..", "../a", "a/..", "a/../b", "a%2F..%2Fb", "..%2fa", `..\a`, `a\..`, "a/%2e%2E/b", ".%2e/b", "%2E./b"} {
		assert.True(t, refused(t, greedy, "", "GET/o/"+value), value)
	}
	for _, value := range []string{"7", "a.b", "a..b", "...", "a%20b", "%C3%A4", "a+b", "*", "?", "a:b", "x", "%40", "%3A"} {
		assert.False(t, refused(t, plain, "/o/internal/x/{line}", "GET/o/"+value+"/x/"+value), value)
		assert.False(t, refused(t, greedy, "/o/internal/{id+}", "GET/o/"+value+"/"+value), value)
	}
	assert.False(t, refused(t, greedy, "", "GET/o/a/b/"), "a slash at the end is part of a key")
	assert.False(t, refused(t, greedy, "", "GET/o/a%2Fb"), "an encoded slash is part of a key")
}

// What decodes to the path of a route with other scopes is denied, in whichever
// route it arrives.
func TestWhatDecodesToAnotherRouteIsDenied(t *testing.T) {
	for _, c := range []struct{ path, admin, call string }{
		{"/o/{id}", "/o/internal", "GET/o/%69nternal"},
		{"/o/{id}", "/o/internal", "GET/o/interna%6C"},
		{"/o/{id}", "/o/internal", "GET/o/interna%6c"},
		{"/a/{x}/{y}", "/a/c/d", "GET/a/c/%64"},
		{"/a/{x}/b", "/a/c/{y}", "GET/a/%63/b"},
		{"/{proxy+}", "/admin/x", "GET/%61dmin/x"},
		{"/files/{path+}", "/files/secret/{id+}", "GET/files/secret%2F1"},
		{"/files/{path+}", "/files/secret/{id+}", "GET/files//secret/1"},
		{"/files/{path+}", "/files/secret/{id+}", "GET/files/./secret/1"},
		{"/files/{path+}", "/files/secret/1", "GET/files/secret/1"},
		{"/files/{path+}", "/files/a/b", "GET/files/a//b"},
	} {
		assert.True(t, refused(t, c.path, c.admin, c.call), "%s beside %s: %s", c.path, c.admin, c.call)
	}
	// The same scopes open both routes: there is nothing to gain.
	table, err := route.NewTable([]route.Route{
		{Method: "GET", Path: "/objects", Scopes: []string{"read"}}, {Method: "GET", Path: "/objects/{key+}", Scopes: []string{"read"}},
	})
	require.NoError(t, err)
	access, _ := table.Find("GET", "/objects/{key+}", "/objects/a%2Fb")
	assert.NotContains(t, access.Deny, "GET/objects/*%2F*", "keys with encoded slashes stay possible")
}

func TestMatchIsThatOfPolicies(t *testing.T) {
	for pattern, texts := range map[string][2]string{
		"GET/a":   {"GET/a", "GET/a/"},
		"GET/*":   {"GET/a/b/c", "PUT/a"},
		"*/a":     {"GET/b/a", "GET/b"},
		"G?T/a":   {"GET/a", "GT/a"},
		"a*b*c":   {"abxbc", "abxb"},
		"":        {"", "a"},
		"**":      {"anything", "\x00never"},
		"GET/a?c": {"GET/a/c", "GET/ac"},
	} {
		assert.True(t, route.Match(pattern, texts[0]), "%s %s", pattern, texts[0])
		if texts[1] != "\x00never" {
			assert.False(t, route.Match(pattern, texts[1]), "%s %s", pattern, texts[1])
		}
	}
}

func TestATableFindsTheRouteThatApiGatewayNames(t *testing.T) {
	table, err := route.NewTable([]route.Route{
		{Method: "ANY", Path: "/reports", Scopes: []string{"read"}}, {Method: "DELETE", Path: "/reports", Scopes: []string{"admin"}},
		{Method: "ANY", Path: "/r/{id}", Scopes: []string{"read"}},
	})
	require.NoError(t, err)
	found, ok := table.Find("DELETE", "/reports", "")
	assert.True(t, ok)
	assert.Equal(t, route.Access{Scopes: [][]string{{"admin"}}, Allow: "DELETE/reports", Deny: []string{}}, found)
	found, ok = table.Find("PATCH", "/reports", "")
	assert.True(t, ok)
	assert.Equal(t, route.Access{Scopes: [][]string{{"read"}}, Allow: "PATCH/reports", Deny: []string{}}, found)
	found, ok = table.Find("PUT", "/r/{id}", "")
	assert.True(t, ok)
	assert.Contains(t, found.Deny, "PUT/r/*/*", "what is denied is denied for the method that is allowed")
	_, ok = table.Find("GET", "/reports/", "")
	assert.False(t, ok)
}
