package regionpair

import "github.com/aws/jsii-runtime-go"

// CDK takes pointers, and nil for what is not given; our own props have plain
// values, and the zero value for it.

// optional is nil for what was not given.
func optional[T comparable](value T) *T {
	var zero T
	if value == zero {
		return nil
	}
	return &value
}

// number is what CDK calls a number.
func number[T int | float64](value T) *float64 { return jsii.Number(float64(value)) }

// list is nil for an empty list.
func list(values []string) *[]*string {
	if len(values) == 0 {
		return nil
	}
	return jsii.Strings(values...)
}

// pointers is nil for an empty map.
func pointers(values map[string]string) *map[string]*string {
	if len(values) == 0 {
		return nil
	}
	result := make(map[string]*string, len(values))
	for key, value := range values {
		result[key] = &value
	}
	return &result
}

func orTrue(value *bool) bool { return value == nil || *value }

// orNew is an empty value for props that were not given.
func orNew[T any](props *T) *T {
	if props == nil {
		return new(T)
	}
	return props
}
