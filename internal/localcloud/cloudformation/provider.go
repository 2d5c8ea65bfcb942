package cloudformation

import (
	"context"
	"strings"

	"github.com/regionpair/regionpair/internal/property"
)

// Resource is one resource to create, with all intrinsics resolved.
type Resource struct {
	Stack, Region, Account string
	LogicalID, Type        string
	Properties             map[string]any

	// reader is shared by all copies.
	reader *property.Reader
}

// Read returns the reader of the properties. It remembers what was read of the
// resource since it was created.
func (r Resource) Read() *property.Reader {
	if r.reader == nil {
		return property.Of(property.Owner{Stack: r.Stack, LogicalID: r.LogicalID, Type: r.Type}, r.Properties)
	}
	return r.reader
}

// Detached returns the resource with other properties. What is read of it does not
// count as read of the one that was created.
func (r Resource) Detached(properties map[string]any) Resource {
	r.Properties, r.reader = properties, nil
	return r
}

// Attributes is what a created resource says about itself.
type Attributes struct {
	// Ref is the value of the Ref function.
	Ref string
	// Att holds the values of the Fn::GetAtt function.
	Att map[string]any
	// Unknown gives every other attribute a value that only looks like one.
	Unknown bool
}

// Provider creates the resources of one type.
type Provider interface {
	Create(ctx context.Context, r Resource) (Attributes, error)
}

// ProviderFunc is a function that is a Provider.
type ProviderFunc func(ctx context.Context, r Resource) (Attributes, error)

// Create implements Provider.
func (f ProviderFunc) Create(ctx context.Context, r Resource) (Attributes, error) { return f(ctx, r) }

// Registry holds the providers by resource type. The key "Custom::" stands for
// every custom resource.
type Registry map[string]Provider

func (r Registry) find(resourceType string) (Provider, bool) {
	if provider, exists := r[resourceType]; exists {
		return provider, true
	}
	if strings.HasPrefix(resourceType, "Custom::") {
		provider, exists := r["Custom::"]
		return provider, exists
	}
	return nil, false
}
