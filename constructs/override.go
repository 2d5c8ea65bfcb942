package regionpair

import "reflect"

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
