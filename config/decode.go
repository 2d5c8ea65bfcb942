package config

import (
	"fmt"
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
	d.sharedName(environments, name)
	return d.object(top.to("environments").to(name), environment)
}

// sharedName refuses a name that another environment has in the same account: a deployment of the one would change the
// stacks of the other. Without an account the credentials decide, and may differ.
func (d *decoder) sharedName(environments map[string]any, name string) {
	identity := func(environment string) (account, pair string) {
		object, _ := environments[environment].(map[string]any)
		account, _ = object["account"].(string)
		pair, _ = object["name"].(string)
		return account, pair
	}
	account, pair := identity(name)
	if account == "" || pair == "" {
		return
	}
	for _, other := range slices.Sorted(maps.Keys(environments)) {
		otherAccount, otherPair := identity(other)
		if other != name && otherAccount == account && otherPair == pair {
			d.add(at("name"), fmt.Sprintf("environment %q has the same name in the same account", other), "use another name: both would have the same stacks")
			return
		}
	}
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
