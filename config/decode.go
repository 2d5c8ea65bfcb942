package config

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/regionpair/regionpair/internal/rule"
	"github.com/regionpair/regionpair/internal/strict"
)

// Decode reads the environment called name from the value of the context key "regionpair", as the CDK hands it over:
// {"defaults": {…}, "environments": {"<name>": {…}}}. What an environment does not say, defaults says for all of them. It is strict: an unknown field, a wrong type or a value that its field does not
// allow is an error. It applies no defaults and misses nothing that is not there; [Config.Validate] does. The error is an
// [Errors] with every problem.
func Decode(context any, name string) (Config, error) {
	cfg, found, _ := decode(context, name)
	if err := errorOf(found, name); err != nil {
		return Config{}, err
	}
	return cfg, nil
}

// decode returns what could be decoded beside the problems; ok is false when the environment was not found.
func decode(context any, name string) (cfg Config, found *strict.Reader, ok bool) {
	d := &decoder{newReader()}
	environment, ok := d.environment(context, name)
	if ok {
		d.Fields(nil, reflect.ValueOf(&cfg).Elem(), environment)
	}
	return cfg, d.Reader, ok
}

const sectionExample = `{"environments": {"dev": {"name": "orders", …}}}`

// decoder reads the section of cdk.json.
type decoder struct{ *strict.Reader }

func newReader() *strict.Reader { return &strict.Reader{RuleOf: ruleOf} }

// environment finds the object of one environment.
func (d *decoder) environment(context any, name string) (map[string]any, bool) {
	top := strict.At("context", "regionpair")
	if context == nil {
		d.Add(top, "is missing in cdk.json", "add "+sectionExample)
		return nil, false
	}
	section, ok := d.Object(top, context)
	if !ok {
		return nil, false
	}
	d.Unknown(top, section, []string{"defaults", "environments"})
	value, ok := section["environments"]
	if !ok {
		if d.Sound(top) {
			d.Add(top.To("environments"), "is missing", "add "+sectionExample)
		}
		return nil, false
	}
	environments, ok := d.Object(top.To("environments"), value)
	if !ok {
		return nil, false
	}
	if _, ok := environments[name]; !ok {
		d.unknownEnvironment(top.To("environments"), environments, name)
		return nil, false
	}
	if defaults := section["defaults"]; defaults != nil {
		if defaults, ok = d.Object(top.To("defaults"), defaults); !ok {
			return nil, false
		}
		environments = completed(environments, defaults)
	}
	d.sharedName(environments, name)
	return d.Object(top.To("environments").To(name), environments[name])
}

// completed returns the environments with what they do not say themselves.
func completed(environments map[string]any, defaults any) map[string]any {
	result := map[string]any{}
	for name, environment := range environments {
		result[name] = overlay(defaults, environment)
	}
	return result
}

// overlay puts the keys of over into under, at every depth. Anything but two objects is replaced, a list as a whole; null
// takes away what is under it.
func overlay(under, over any) any {
	lower, isObject := under.(map[string]any)
	upper, both := over.(map[string]any)
	if !isObject || !both {
		return over
	}
	result := maps.Clone(lower)
	for key, value := range upper {
		result[key] = overlay(lower[key], value)
	}
	return result
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
			d.Add(strict.At("name"), fmt.Sprintf("environment %q has the same name in the same account", other), "use another name: both would have the same stacks")
			return
		}
	}
}

func (d *decoder) unknownEnvironment(p strict.Path, environments map[string]any, name string) {
	known := slices.Sorted(maps.Keys(environments))
	if len(known) == 0 {
		d.Add(p, "has no environment", "add "+rule.Quote(name))
		return
	}
	fix := rule.Suggest(name, known, "select one of them with -c env=<name>: "+strings.Join(known, ", "))
	d.Add(p, "has no environment "+rule.Quote(name), fix)
}

// ruleOf reads the rule of a field and fills in the sets that are kept in this package.
func ruleOf(field reflect.StructField) rule.Rule {
	r := rule.Of(field)
	if r.Set == "regions" {
		r.Enum = regionNames()
	}
	return r
}
