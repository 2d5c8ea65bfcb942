package config

import (
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/regionpair/regionpair/config/internal/rule"
)

// Decode reads the environment called name from the value of the context key "regionpair", as the CDK hands it over:
// {"environments": {"<name>": {…}}}. It is strict: an unknown field, a wrong type or a value that its field does not
// allow is an error. It applies no defaults and misses nothing that is not there; [Config.Validate] does. The error is an
// [Errors] with every problem.
func Decode(context any, name string) (Config, error) {
	cfg, found, _ := decode(context, name)
	if err := found.err(name); err != nil {
		return Config{}, err
	}
	return cfg, nil
}

// decode returns what could be decoded beside the problems; ok is false when the environment was not found.
func decode(context any, name string) (cfg Config, found *problems, ok bool) {
	d := &decoder{}
	environment, ok := d.environment(context, name)
	if ok {
		d.fields(nil, reflect.ValueOf(&cfg).Elem(), environment)
	}
	return cfg, &d.problems, ok
}

const sectionExample = `{"environments": {"dev": {"name": "orders", …}}}`

// environment finds the object of one environment.
func (d *decoder) environment(context any, name string) (map[string]any, bool) {
	top := at("context", "regionpair")
	if context == nil {
		d.add(top, "is missing in cdk.json", "add "+sectionExample)
		return nil, false
	}
	section, ok := d.object(top, context)
	if !ok {
		return nil, false
	}
	d.unknown(top, section, []string{"environments"})
	value, ok := section["environments"]
	if !ok {
		if d.sound(top) {
			d.add(top.to("environments"), "is missing", "add "+sectionExample)
		}
		return nil, false
	}
	environments, ok := d.object(top.to("environments"), value)
	if !ok {
		return nil, false
	}
	environment, ok := environments[name]
	if !ok {
		d.unknownEnvironment(top.to("environments"), environments, name)
		return nil, false
	}
	return d.object(top.to("environments").to(name), environment)
}

func (d *decoder) unknownEnvironment(p path, environments map[string]any, name string) {
	known := slices.Sorted(maps.Keys(environments))
	if len(known) == 0 {
		d.add(p, "has no environment", "add "+rule.Quote(name))
		return
	}
	fix := rule.Suggest(name, known, "select one of them with -c env=<name>: "+strings.Join(known, ", "))
	d.add(p, "has no environment "+rule.Quote(name), fix)
}
