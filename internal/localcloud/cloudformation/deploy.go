package cloudformation

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/regionpair/regionpair/internal/assembly"
)

// Event tells about the progress of a deployment.
type Event struct {
	Stack, Region string
	// LogicalID and Type are empty when a whole stack is done.
	LogicalID, Type string
	Duration        time.Duration
}

// Options of a deployment.
type Options struct {
	// Progress is called after each resource and each stack.
	// Default: nobody is notified.
	Progress func(Event)
	// Concurrency is how many resources of a stack are created at once.
	// Default: 8.
	Concurrency int
	// Timeout of the creation of one resource.
	// Default: 60 seconds.
	Timeout time.Duration
}

// Deploy brings the stacks of the assembly up, one after the other. Resources
// without a provider are listed in the result. The first failure ends it; the
// error names stack, logical id and type.
func Deploy(ctx context.Context, a *assembly.Assembly, registry Registry, options Options) (*Deployment, error) {
	if options.Concurrency == 0 {
		options.Concurrency = 8
	}
	if options.Timeout == 0 {
		options.Timeout = time.Minute
	}
	if options.Progress == nil {
		options.Progress = func(Event) {}
	}
	d := &Deployment{}
	for _, description := range a.Stacks {
		s := &stack{
			Stack: description, deployment: d,
			created: map[string]Attributes{}, outputs: map[string]any{},
		}
		start := time.Now()
		if err := s.deploy(ctx, registry, options); err != nil {
			return nil, err
		}
		if err := s.resolveOutputs(); err != nil {
			return nil, err
		}
		d.mu.Lock()
		d.stacks = append(d.stacks, s)
		d.mu.Unlock()
		options.Progress(Event{Stack: s.Name, Region: s.Region, Duration: time.Since(start)})
	}
	slices.SortFunc(d.NotEmulated, func(a, b NotEmulated) int {
		return strings.Compare(a.Type+a.Stack+a.LogicalID, b.Type+b.Stack+b.LogicalID)
	})
	return d, nil
}

// deploy starts every resource when what it waits for is there.
func (s *stack) deploy(ctx context.Context, registry Registry, options Options) error {
	graph, err := dependencies(s.Template)
	if err != nil {
		return fmt.Errorf("stack %s: %w", s.Name, err)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ready := map[string]chan struct{}{}
	for id := range graph {
		ready[id] = make(chan struct{})
	}
	slots := make(chan struct{}, options.Concurrency)
	failures := make(chan error, len(graph))
	var group sync.WaitGroup
	for id, waits := range graph {
		group.Go(func() {
			for _, other := range waits {
				select {
				case <-ready[other]:
				case <-ctx.Done():
					return
				}
			}
			select {
			case slots <- struct{}{}:
			case <-ctx.Done():
				return
			}
			defer func() { <-slots }()
			if err := s.create(ctx, id, registry, options); err != nil {
				failures <- err
				cancel()
				return
			}
			close(ready[id])
		})
	}
	group.Wait()
	select {
	case err := <-failures:
		return err
	default:
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("stack %s: %w", s.Name, err)
	}
	return nil
}

func (s *stack) create(ctx context.Context, id string, registry Registry, options Options) error {
	described := s.Template.Resources[id]
	fail := func(err error) error {
		return fmt.Errorf("stack %s: %s (%s): %w", s.Name, id, described.Type, err)
	}
	if described.Condition != "" {
		holds, err := s.condition(described.Condition)
		if err != nil {
			return fail(err)
		}
		if !holds {
			return nil
		}
	}
	provider, emulated := registry.find(described.Type)
	if !emulated {
		s.skip(id, described.Type, evaluator{scope: s}.whatResolves(described.Properties), "")
		return nil
	}
	properties, err := evaluator{scope: s}.object(described.Properties)
	if err != nil {
		return fail(err)
	}
	resource := Resource{
		Stack: s.Name, Region: s.Region, Account: s.Account,
		LogicalID: id, Type: described.Type, Properties: properties.(map[string]any),
	}
	resource.reader = resource.Read()
	start := time.Now()
	attributes, err := createWithin(ctx, provider, resource, options.Timeout)
	err = errors.Join(err, resource.Read().Problems())
	var notRun *NotRunError
	if errors.As(err, &notRun) {
		s.skip(id, described.Type, resource.Properties, notRun.Reason)
		return nil
	}
	if err != nil {
		return fail(err)
	}
	s.mu.Lock()
	s.created[id] = attributes
	s.mu.Unlock()
	s.deployment.add(resource, attributes)
	options.Progress(Event{Stack: s.Name, Region: s.Region, LogicalID: id, Type: described.Type, Duration: time.Since(start)})
	return nil
}

// skip notes that a resource is not created. reason is empty when its type is
// not emulated at all.
func (s *stack) skip(id, resourceType string, properties map[string]any, reason string) {
	s.mu.Lock()
	s.created[id] = Attributes{Ref: plausibleRef(id, resourceType, properties), Unknown: true}
	s.mu.Unlock()
	s.deployment.mu.Lock()
	defer s.deployment.mu.Unlock()
	s.deployment.NotEmulated = append(s.deployment.NotEmulated, NotEmulated{Stack: s.Name, LogicalID: id, Type: resourceType, Reason: reason})
}

func createWithin(ctx context.Context, provider Provider, resource Resource, timeout time.Duration) (Attributes, error) {
	bounded, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	type result struct {
		attributes Attributes
		err        error
	}
	done := make(chan result, 1)
	go func() {
		attributes, err := provider.Create(bounded, resource)
		done <- result{attributes, err}
	}()
	select {
	case r := <-done:
		return r.attributes, r.err
	case <-bounded.Done():
		if ctx.Err() == nil && errors.Is(bounded.Err(), context.DeadlineExceeded) {
			return Attributes{}, fmt.Errorf("was not created within %s", timeout)
		}
		return Attributes{}, bounded.Err()
	}
}
