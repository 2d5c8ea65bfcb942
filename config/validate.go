package config

import (
	"reflect"

	"github.com/regionpair/regionpair/config/internal/rule"
)

// Validate checks the configuration, completed with its defaults, against every rule of AWS and of the pair, all at
// once. The error is an [Errors] in the order of the fields.
func (c Config) Validate() error {
	found := &problems{}
	c.WithDefaults().validate(found)
	return found.err("")
}

// validate adds what is wrong with a complete configuration to found. A rule that relies on a field that is already
// known to be wrong is left out, because its message would mislead.
func (c Config) validate(found *problems) {
	v := &validator{problems: found, cfg: c}
	v.structure(nil, reflect.ValueOf(c))
	v.name()
	v.regions()
	v.domain()
	v.resourceServer()
	v.clients()
	v.handler()
	v.routes()
	v.routing()
	v.failback()
	v.allowedNetworks()
	v.tables()
	v.egress()
	v.alarms()
	v.mutualTLS()
	v.permissionsBoundary()
	v.tags()
}

// validator checks one complete configuration.
type validator struct {
	*problems
	cfg Config
}

// structure checks each field of a struct against the rule in its tags.
func (v *validator) structure(p path, in reflect.Value) {
	for i := range in.NumField() {
		r := ruleOf(in.Type().Field(i))
		here, field := p.to(r.Name), in.Field(i)
		switch {
		case v.blamed(here):
		case field.Kind() == reflect.Struct:
			v.structure(here, field)
		case !field.IsZero():
			v.value(here, field, r)
		case r.Required:
			missing := r.Missing()
			v.check(here, &missing)
		}
	}
}

// value checks a value that was given.
func (v *validator) value(p path, in reflect.Value, r rule.Rule) {
	if v.blamed(p) {
		return
	}
	switch in.Kind() {
	case reflect.Pointer:
		v.value(p, in.Elem(), r)
	case reflect.Struct:
		v.structure(p, in)
	case reflect.String:
		v.check(p, r.CheckString(in.String()))
	case reflect.Int:
		v.check(p, r.CheckInt(int(in.Int())))
	case reflect.Slice:
		v.list(p, in, r)
	case reflect.Map:
		v.mapping(p, in, r)
	}
}

func (v *validator) list(p path, in reflect.Value, r rule.Rule) {
	v.check(p, r.CheckItems(in.Len()))
	seen := map[string]bool{}
	for i := range in.Len() {
		item := in.Index(i)
		v.value(p.to(i), item, r)
		if item.Kind() != reflect.String {
			continue
		}
		if seen[item.String()] {
			v.add(p.to(i), rule.Quote(item.String())+" is there twice", "remove one")
		}
		seen[item.String()] = true
	}
}

func (v *validator) mapping(p path, in reflect.Value, r rule.Rule) {
	v.check(p, r.CheckItems(in.Len()))
	for _, key := range in.MapKeys() {
		v.checkName(p.to(key.String()), r.CheckKey(key.String()))
		v.value(p.to(key.String()), in.MapIndex(key), r)
	}
}
