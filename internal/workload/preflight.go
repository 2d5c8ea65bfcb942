package workload

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/regionpair/regionpair/internal/route"
	"github.com/regionpair/regionpair/internal/rule"
	"github.com/regionpair/regionpair/internal/strict"
)

// API is what a workload is checked against.
type API struct {
	Routes  []Route
	Clients []Client
}

// Route of an API.
type Route struct {
	route.Route
	// Public routes need no token.
	Public bool
	// RatePerSecond that the route's throttle lets through; 0 means no limit.
	RatePerSecond float64
}

// Client may ask for tokens.
type Client struct {
	// ID such as "orders.partner".
	ID string
	// Secret is unknown before the pair is there.
	Secret string
	Scopes []string
}

// Name is the client's name in the configuration.
func (c Client) Name() string {
	_, name, _ := strings.Cut(c.ID, ".")
	return cmp.Or(name, c.ID)
}

func (c Client) may(r Route) bool {
	return r.Public || slices.ContainsFunc(r.Scopes, func(scope string) bool { return slices.Contains(c.Scopes, scope) })
}

// Ablest returns the client that may call most routes; an empty one where there are
// no clients.
func (a API) Ablest() Client {
	var best Client
	most := -1
	for _, c := range a.Clients {
		n := 0
		for _, r := range a.Routes {
			if c.may(r) {
				n++
			}
		}
		if n > most {
			best, most = c, n
		}
	}
	return best
}

// Plan is a workload that fits an API.
type Plan struct {
	Workload
	// Client that sends the requests; its ID is empty for an API without clients.
	Client Client
	// Rate of all requests together in a second, below the routes' throttles.
	Rate float64
	// ReadRate is how often in a second the request that reads may be sent.
	ReadRate float64
}

const (
	// room is the share of a route's throttle that the load takes at most.
	room = 0.7
	// verifyRate is how often in a second keys are read where no throttle says less.
	verifyRate = 400
)

// Check plans a workload for an API. The error lists every request that the API has no route for or that no client may send.
func Check(w Workload, api API) (Plan, error) {
	p := &preflight{api: api, workload: w, reader: &strict.Reader{}}
	p.findRoutes()
	plan := Plan{Workload: w, Client: p.client(), Rate: float64(w.RequestsPerSecond), ReadRate: verifyRate}
	if err := p.reader.Err(reflect.TypeFor[Workload]()); err != nil {
		return Plan{}, err
	}
	p.throttle(&plan)
	return plan, nil
}

type preflight struct {
	api      API
	workload Workload
	reader   *strict.Reader
	routes   []*Route // by request; nil where there is none
}

func (p *preflight) findRoutes() {
	routes := make([]route.Route, len(p.api.Routes))
	for i, r := range p.api.Routes {
		routes[i] = r.Route
	}
	for i, r := range p.workload.Requests {
		path, _, _ := strings.Cut(r.Path, "?")
		found, exists := route.Decoded(routes, r.Method, placeholder.ReplaceAllString(path, "x"))
		if !exists {
			p.routes = append(p.routes, nil)
			p.noRoute(strict.At("requests", i, "path"), r.Method, path, routes)
			continue
		}
		at := slices.IndexFunc(routes, func(r route.Route) bool { return r.Method == found.Method && r.Path == found.Path })
		p.routes = append(p.routes, &p.api.Routes[at])
	}
}

func (p *preflight) noRoute(at strict.Path, method, path string, routes []route.Route) {
	known := make([]string, len(routes))
	for i, r := range routes {
		known[i] = r.String()
	}
	slices.Sort(known)
	use := "the routes are " + strings.Join(known, ", ")
	if len(known) == 0 {
		use = "the API has no routes"
	}
	p.reader.Add(at, method+" "+path+" is no route of the API", rule.Suggest(method+" "+path, known, use))
}

// client is the one that was asked for, or the one that may send most requests.
func (p *preflight) client() Client {
	if p.workload.Client != "" {
		return p.named()
	}
	var best Client
	most := -1
	for _, c := range p.api.Clients {
		if n := len(p.allowed(c)); n > most {
			best, most = c, n
		}
	}
	p.mustBeAllowed(best)
	return best
}

func (p *preflight) named() Client {
	names := []string{}
	for _, c := range p.api.Clients {
		if c.ID == p.workload.Client || c.Name() == p.workload.Client {
			p.mustBeAllowed(c)
			return c
		}
		names = append(names, c.Name())
	}
	slices.Sort(names)
	fix := rule.Suggest(p.workload.Client, names, "the clients are "+strings.Join(names, ", "))
	if len(names) == 0 {
		fix = "remove it: the pair has no machine clients"
	}
	p.reader.Add(strict.At("client"), "unknown client "+rule.Quote(p.workload.Client), fix)
	return Client{}
}

func (p *preflight) allowed(c Client) []int {
	allowed := []int{}
	for i, r := range p.routes {
		if r != nil && c.may(*r) {
			allowed = append(allowed, i)
		}
	}
	return allowed
}

// mustBeAllowed notes each request that the client has no scope for.
func (p *preflight) mustBeAllowed(c Client) {
	allowed := p.allowed(c)
	for i, r := range p.routes {
		if r == nil || slices.Contains(allowed, i) {
			continue
		}
		may := []string{}
		for _, other := range p.api.Clients {
			if other.may(*r) {
				may = append(may, other.Name())
			}
		}
		slices.Sort(may)
		problem := "client " + rule.Quote(c.Name()) + " may not send " + r.String()
		fix := fmt.Sprintf("give a client one of the scopes %s", strings.Join(r.Scopes, ", "))
		if c.ID == "" {
			problem = r.String() + " needs a token, and the pair has no machine client"
		}
		if len(may) > 0 {
			fix = "clients that may are " + strings.Join(may, ", ")
		}
		p.reader.Add(strict.At("requests", i), problem, fix)
	}
}

// throttle lowers the rates to what the routes let through.
func (p *preflight) throttle(plan *Plan) {
	weights, total := map[*Route]int{}, 0
	for i, r := range p.workload.Requests {
		weights[p.routes[i]] += r.Weight
		total += r.Weight
	}
	for r, weight := range weights {
		if r.RatePerSecond > 0 {
			plan.Rate = min(plan.Rate, room*r.RatePerSecond*float64(total)/float64(weight))
		}
	}
	for i, r := range p.workload.Requests {
		if limit := p.routes[i].RatePerSecond; r.Data == Read {
			if limit > 0 {
				plan.ReadRate = min(plan.ReadRate, room*limit)
			}
			return
		}
	}
}
