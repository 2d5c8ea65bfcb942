package drill

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/regionpair/regionpair/internal/localcloud"
)

// subject is what the load asks of an API, and as whom.
type subject struct {
	clientID, secret string
	// objects is true for the object API: writes are read back and verified.
	objects bool
	// paths of GET routes without parameters, for any other API.
	paths []string
	// share of the usual rate that the routes' throttles leave room for.
	share float64
}

const (
	writeRoute = "PUT /objects/{key+}"
	readRoute  = "GET /objects/{key+}"
	// room is the share of a route's throttle that the load takes at most.
	room = 0.7
)

// subjectOf chooses the client by its scopes, never by its name alone.
func subjectOf(pair localcloud.Pair) (subject, error) {
	s := subject{share: 1}
	routes := map[string]localcloud.Route{}
	for _, route := range pair.Routes {
		routes[route.Method+" "+route.Path] = route
	}
	_, writes := routes[writeRoute]
	_, reads := routes[readRoute]
	s.objects = writes && reads
	wanted := []localcloud.Route{routes[writeRoute], routes[readRoute]}
	if !s.objects {
		wanted = plainReads(pair)
	}
	best := -1
	for _, id := range slices.Sorted(maps.Keys(pair.Clients)) {
		if n := len(allowed(wanted, pair.Scopes[id])); n > best {
			best, s.clientID, s.secret = n, id, pair.Clients[id]
		}
	}
	if best < 0 {
		return s, errors.New("the pair has no machine client: configure at least one")
	}
	if s.objects && best < len(wanted) {
		return s, fmt.Errorf("no machine client may read and write objects, so that no data could be checked; the clients are %s: give one of them the scopes of %s and %s",
			strings.Join(slices.Sorted(maps.Keys(pair.Clients)), ", "), writeRoute, readRoute)
	}
	mine := allowed(wanted, pair.Scopes[s.clientID])
	for _, route := range mine {
		s.paths = append(s.paths, route.Path)
		if most := float64(writers * ratePerWorker); route.RatePerSecond > 0 {
			s.share = min(s.share, room*route.RatePerSecond/most)
		}
	}
	return s, nil
}

// plainReads are the GET routes that can be asked without knowing the API.
func plainReads(pair localcloud.Pair) []localcloud.Route {
	found := []localcloud.Route{}
	for _, route := range pair.Routes {
		if route.Method == http.MethodGet && !strings.Contains(route.Path, "{") && !strings.HasPrefix(route.Path, "/.well-known/") {
			found = append(found, route)
		}
	}
	return found
}

func allowed(routes []localcloud.Route, scopes []string) []localcloud.Route {
	mine := []localcloud.Route{}
	for _, route := range routes {
		if route.Public || slices.ContainsFunc(route.Scopes, func(scope string) bool { return slices.Contains(scopes, scope) }) {
			mine = append(mine, route)
		}
	}
	return mine
}

// histogram counts answers, the most frequent first, for a message that has to
// say why nothing works.
func histogram(samples []sample) string {
	counts := map[string]int{}
	for _, s := range samples {
		what := "served by " + s.region
		if s.failed {
			what = s.err
		}
		counts[string(s.kind)+": "+what]++
	}
	lines := slices.SortedFunc(maps.Keys(counts), func(a, b string) int { return counts[b] - counts[a] })
	for i, line := range lines {
		lines[i] = fmt.Sprintf("%d × %s", counts[line], line)
	}
	if most := 8; len(lines) > most {
		lines = lines[:most]
	}
	if len(lines) == 0 {
		return "there were no answers"
	}
	return strings.Join(lines, "\n  ")
}
