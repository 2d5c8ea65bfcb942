package route

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Any stands for every method that the path has no route of its own for.
const Any = "ANY"

// Methods that a route can have, [Any] aside.
func Methods() []string {
	return []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
}

// Route is a method on a path of the API, and who may call it.
type Route struct {
	// Method in capitals, or [Any].
	Method string `json:"method"`
	// Path as API Gateway writes it: "{name}" is a segment, "{name+}" the rest.
	Path string `json:"path"`
	// Scopes of which a token needs one. Empty for a public route.
	Scopes []string `json:"scopes"`
}

func (r Route) String() string { return r.Method + " " + r.Path }

// CheckMethod returns what is wrong with a method; nil when nothing is.
func CheckMethod(method string) *Problem {
	if method == Any || slices.Contains(Methods(), method) {
		return nil
	}
	if upper := strings.ToUpper(method); upper == Any || slices.Contains(Methods(), upper) {
		return &Problem{fmt.Sprintf("is %q", method), fmt.Sprintf("write it in capitals: %q", upper)}
	}
	return &Problem{fmt.Sprintf("is %q", method), "use " + strings.Join(Methods(), ", ") + " or " + Any}
}

// Conflict is a route that cannot stand beside another one.
type Conflict struct {
	// Index of the route.
	Index int
	// Other is the index of the other route, or that of the route itself.
	Other int
	Problem
}

// CheckSet returns the routes that API Gateway refuses beside each other, and
// public ones at which requests of protected ones can arrive. Routes whose own path
// is wrong should not be among them.
func CheckSet(routes []Route) []Conflict {
	var conflicts []Conflict
	seen, variables := map[string]int{}, map[string]place{}
	for i, r := range routes {
		if first, twice := seen[r.String()]; twice {
			conflicts = append(conflicts, Conflict{i, first, Problem{r.String() + " is listed twice", "remove one"}})
			continue
		}
		seen[r.String()] = i
		if conflict := siblings(i, r, variables); conflict != nil {
			conflicts = append(conflicts, *conflict)
		}
	}
	if len(conflicts) > 0 {
		return conflicts
	}
	for i, r := range routes {
		if problem := r.exposed(routes); problem != nil {
			conflicts = append(conflicts, Conflict{i, i, *problem})
		}
	}
	return conflicts
}

// place is the one variable below a parent, and the route that brought it.
type place struct {
	segment string
	index   int
}

// siblings refuses a second variable in the same place: API Gateway answers
// that a sibling "already has a variable path part".
func siblings(index int, r Route, variables map[string]place) *Conflict {
	parent := ""
	for _, segment := range Segments(r.Path) {
		if IsVariable(segment) {
			first, taken := variables[parent]
			if taken && first.segment != segment {
				return &Conflict{index, first.index, Problem{
					fmt.Sprintf("has %s where another route has %s", segment, first.segment),
					"use the same variable: API Gateway allows one per place of the path",
				}}
			}
			if !taken {
				variables[parent] = place{segment, index}
			}
		}
		parent += "/" + segment
	}
	return nil
}

// Table finds routes by what API Gateway says of a request.
type Table struct {
	routes  []Route
	entries map[string]entry
}

// entry is a route with what a decision about it needs.
type entry struct {
	route     Route
	guards    []string
	needsPath bool
}

// NewTable returns the table of the routes. The error lists every route that
// has a wrong method or path, no scope or an empty one, or a double.
func NewTable(routes []Route) (*Table, error) {
	if len(routes) == 0 {
		return nil, errors.New("the table of routes is empty")
	}
	var problems []string
	for i, r := range routes {
		for _, problem := range checkEntry(r) {
			problems = append(problems, fmt.Sprintf("route %d (%s) %s", i, r, problem))
		}
	}
	for _, conflict := range CheckSet(routes) {
		problems = append(problems, fmt.Sprintf("route %d (%s) %s", conflict.Index, routes[conflict.Index], conflict.Problem))
	}
	if len(problems) > 0 {
		return nil, fmt.Errorf("the table of routes is wrong: %s", strings.Join(problems, "; "))
	}
	t := &Table{routes: slices.Clone(routes), entries: map[string]entry{}}
	needPath := NeedPath(routes)
	for i, r := range routes {
		t.entries[r.String()] = entry{r, r.guards(routes), needPath[i]}
	}
	return t, nil
}

func checkEntry(r Route) []string {
	var problems []string
	if problem := CheckMethod(r.Method); problem != nil {
		problems = append(problems, "has a method that "+problem.String())
	}
	for _, problem := range CheckPath(r.Path) {
		problems = append(problems, problem.String())
	}
	if len(r.Scopes) == 0 || slices.Contains(r.Scopes, "") {
		problems = append(problems, "needs at least one scope, and none that is empty: it would be open to every client")
	}
	return problems
}

// Access is what a policy says to open one route, and nothing else.
type Access struct {
	// Scopes of which the token needs one. When a decision holds for one path
	// only, it needs one of each list.
	Scopes [][]string
	// Allow is the pattern of the route for the method.
	Allow string
	// Deny are patterns of requests that are not what they seem: a handler
	// would take them for those of another route.
	Deny []string
}

// Find returns how the route is opened that answers a method on a resource, the
// path of a route as API Gateway names it. The route of the method itself comes
// before the one for any method. sent is the path of the request, for routes
// about which a decision holds for one path only.
func (t *Table) Find(method, resource, sent string) (Access, bool) {
	for _, candidate := range []string{method, Any} {
		found, ok := t.entries[candidate+" "+resource]
		if !ok {
			continue
		}
		r := found.route
		r.Method = method
		access := Access{Scopes: [][]string{r.Scopes}, Allow: r.Pattern(), Deny: withMethod(found.guards, method)}
		if found.needsPath {
			if seen, exists := Decoded(t.routes, method, sent); exists {
				access.Scopes = append(access.Scopes, seen.Scopes)
			}
		}
		return access, true
	}
	return Access{}, false
}

// withMethod replaces the method of patterns.
func withMethod(patterns []string, method string) []string {
	own := make([]string, 0, len(patterns))
	for _, pattern := range patterns {
		_, path, _ := strings.Cut(pattern, "/")
		own = append(own, method+"/"+path)
	}
	return own
}
