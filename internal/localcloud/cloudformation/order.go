package cloudformation

import (
	"fmt"
	"slices"
	"strings"

	"github.com/regionpair/regionpair/internal/assembly"
)

// dependencies returns which resources each resource has to wait for. A cycle
// is an error that spells it out.
func dependencies(template assembly.Template) (map[string][]string, error) {
	result := map[string][]string{}
	for id, resource := range template.Resources {
		waits := []string{}
		for _, name := range append(References(resource.Properties), resource.DependsOn...) {
			if _, isResource := template.Resources[name]; isResource && name != id && !slices.Contains(waits, name) {
				waits = append(waits, name)
			}
		}
		for _, name := range resource.DependsOn {
			if _, exists := template.Resources[name]; !exists {
				return nil, fmt.Errorf("%s depends on %s, which is not in the template", id, name)
			}
		}
		slices.Sort(waits)
		result[id] = waits
	}
	if cycle := findCycle(result); cycle != nil {
		return nil, fmt.Errorf("resources depend on each other in a circle: %s", strings.Join(cycle, " -> "))
	}
	return result, nil
}

func findCycle(graph map[string][]string) []string {
	const visiting, done = 1, 2
	state := map[string]int{}
	var path []string
	var visit func(id string) []string
	visit = func(id string) []string {
		switch state[id] {
		case done:
			return nil
		case visiting:
			return append(path[slices.Index(path, id):], id)
		}
		state[id] = visiting
		path = append(path, id)
		for _, next := range graph[id] {
			if cycle := visit(next); cycle != nil {
				return cycle
			}
		}
		path = path[:len(path)-1]
		state[id] = done
		return nil
	}
	ids := make([]string, 0, len(graph))
	for id := range graph {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range ids {
		if cycle := visit(id); cycle != nil {
			return cycle
		}
	}
	return nil
}
