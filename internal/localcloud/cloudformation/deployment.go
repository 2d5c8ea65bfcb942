package cloudformation

import (
	"fmt"
	"slices"
	"strings"
	"sync"
)

// Deployment is what was brought up.
type Deployment struct {
	mu     sync.Mutex
	stacks []*stack
	// NotEmulated lists the resources that no provider knows.
	NotEmulated []NotEmulated
	resources   []Created
}

// NotEmulated is a resource that is not created. Reason is empty when there is
// no provider of its type.
type NotEmulated struct{ Stack, LogicalID, Type, Reason string }

// Created is a resource with what it says about itself.
type Created struct {
	Resource
	Attributes
}

// Output returns an output of a stack as text.
func (d *Deployment) Output(stack, name string) (string, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, s := range d.stacks {
		if s.Name == stack {
			text, err := textOf(s.outputs[name])
			return text, err == nil
		}
	}
	return "", false
}

// Resources returns the created resources of a type, by stack and logical id.
func (d *Deployment) Resources(resourceType string) []Created {
	return d.find(func(created Created) bool { return created.Type == resourceType })
}

// All returns every created resource, by stack and logical id.
func (d *Deployment) All() []Created { return d.find(func(Created) bool { return true }) }

func (d *Deployment) find(wanted func(Created) bool) []Created {
	d.mu.Lock()
	defer d.mu.Unlock()
	found := []Created{}
	for _, created := range d.resources {
		if wanted(created) {
			found = append(found, created)
		}
	}
	slices.SortFunc(found, func(a, b Created) int {
		return strings.Compare(a.Stack+a.LogicalID, b.Stack+b.LogicalID)
	})
	return found
}

func (d *Deployment) output(stack, region, name string) (any, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, s := range d.stacks {
		if s.Name != stack || s.Region != region {
			continue
		}
		if value, exists := s.outputs[name]; exists {
			return value, nil
		}
		return nil, fmt.Errorf("stack %s has no output %s", stack, name)
	}
	return nil, fmt.Errorf("stack %s in %s %w", stack, region, errNotDeployed)
}

func (d *Deployment) add(r Resource, a Attributes) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.resources = append(d.resources, Created{r, a})
}
