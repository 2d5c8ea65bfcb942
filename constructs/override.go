package regionpair

import (
	"reflect"

	"github.com/aws/jsii-runtime-go"
)

// override returns defaults with every field that the caller set in overrides
// laid over it. Neither argument is written to.
func override[T any](defaults T, overrides *T) *T {
	merged := defaults
	if overrides == nil {
		return &merged
	}
	target, source := reflect.ValueOf(&merged).Elem(), reflect.ValueOf(overrides).Elem()
	for i := range source.NumField() {
		if field := source.Field(i); !field.IsZero() {
			target.Field(i).Set(field)
		}
	}
	return &merged
}

func mergeEnvironment(defaults, extra *map[string]*string) *map[string]*string {
	merged := map[string]*string{}
	for _, source := range []*map[string]*string{defaults, extra} {
		if source == nil {
			continue
		}
		for key, value := range *source {
			merged[key] = value
		}
	}
	return &merged
}

// copyFields copies the fields that two struct types have in common, such as
// CDK's FooOptions into FooProps.
func copyFields(from, to any) {
	source, target := reflect.ValueOf(from).Elem(), reflect.ValueOf(to).Elem()
	for i := range source.NumField() {
		name := source.Type().Field(i).Name
		if field := target.FieldByName(name); field.IsValid() && !source.Field(i).IsZero() {
			field.Set(source.Field(i))
		}
	}
}

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
