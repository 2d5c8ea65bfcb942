package workload

import (
	_ "embed"
	"slices"
	"strings"

	"github.com/regionpair/regionpair/internal/route"
)

// objects is the workload of the object API.
//
//go:embed objects.json
var objects []byte

// Objects returns the workload of the object API.
func Objects() Workload {
	w, err := Decode(objects)
	if err != nil {
		panic("workload: objects.json: " + err.Error())
	}
	return w
}

// Default is the plan for an API without a workload of its own: that of the object API for one with its routes, otherwise
// every GET route without parameters that a client may call, and no data is checked. Without any route to call, tokens are
// the whole load.
func Default(api API) (Plan, error) {
	plain := []route.Route{}
	for _, r := range api.Routes {
		plain = append(plain, r.Route)
	}
	if IsObjectAPI(plain) {
		return Check(only(Objects(), plain), api)
	}
	best := Plan{Workload: Workload{}.WithDefaults(), Rate: 0, ReadRate: verifyRate}
	for _, c := range slices.Concat(api.Clients, []Client{{}}) {
		w := Workload{Client: c.ID, Requests: plainReads(api, c)}
		if len(w.Requests) == 0 && best.Client.ID == "" {
			best.Client = c
		}
		if len(w.Requests) <= len(best.Requests) {
			continue
		}
		plan, err := Check(w.WithDefaults(), api)
		if err != nil {
			return Plan{}, err
		}
		best = plan
	}
	return best, nil
}

// IsObjectAPI reports whether objects can be written and read.
func IsObjectAPI(routes []route.Route) bool {
	for _, method := range []string{"PUT", "GET"} {
		if !slices.ContainsFunc(routes, func(r route.Route) bool { return r.Method == method && r.Path == "/objects/{key+}" }) {
			return false
		}
	}
	return true
}

// only leaves out requests without a route, such as DELETE where there is none.
func only(w Workload, routes []route.Route) Workload {
	w.Requests = slices.DeleteFunc(w.Requests, func(r Request) bool {
		_, exists := route.Decoded(routes, r.Method, placeholder.ReplaceAllString(r.Path, "x"))
		return !exists
	})
	return w
}

// plainReads are the GET routes that can be called without knowing the API.
func plainReads(api API, c Client) []Request {
	requests := []Request{}
	for _, r := range api.Routes {
		if r.Method == "GET" && !strings.Contains(r.Path, "{") && !strings.HasPrefix(r.Path, "/.well-known/") && c.may(r) {
			requests = append(requests, Request{Method: r.Method, Path: r.Path, Status: answered()})
		}
	}
	return requests
}

// answered are the statuses that show that an API works of which nothing is known: those of a client's mistakes, such as a
// missing parameter, too, but no refused token and no throttle.
func answered() []int {
	statuses := []int{}
	for status := 200; status < 500; status++ {
		if status != 401 && status != 403 && status != 429 {
			statuses = append(statuses, status)
		}
	}
	return statuses
}
