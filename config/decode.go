package config

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/regionpair/regionpair/config/internal/rule"
)

// Decode reads the environment called name from the value of the context key "regionpair", as the CDK hands it over:
// {"defaults": {…}, "environments": {"<name>": {…}}}. What an environment does not say, defaults says for all of them. It is strict: an unknown field, a wrong type or a value that its field does not
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
	d.unknown(top, section, []string{"defaults", "environments"})
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
	if _, ok := environments[name]; !ok {
		d.unknownEnvironment(top.to("environments"), environments, name)
		return nil, false
	}
	if defaults := section["defaults"]; defaults != nil {
		if defaults, ok = d.object(top.to("defaults"), defaults); !ok {
			return nil, false
		}
		environments = completed(environments, defaults)
	}
	d.sharedName(environments, name)
	return d.object(top.to("environments").to(name), environments[name])
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

// decoder copies JSON values into typed ones and notes what does not fit. encoding/json cannot do this: it stops at the
// first problem, and names neither the path in a map nor the closest known field.
type decoder struct{ problems }

// value copies in to out, which must be settable. null leaves out as it is.
func (d *decoder) value(p path, out reflect.Value, in any, r rule.Rule) {
	if in == nil {
		return
	}
	switch out.Kind() {
	case reflect.Struct:
		d.structure(p, out, in)
	case reflect.Map:
		d.mapping(p, out, in, r)
	case reflect.Slice:
		d.list(p, out, in, r)
	case reflect.Pointer:
		target := reflect.New(out.Type().Elem())
		d.value(p, target.Elem(), in, r)
		out.Set(target)
	case reflect.String:
		d.text(p, out, in, r)
	case reflect.Int:
		d.number(p, out, in, r)
	case reflect.Bool:
		d.boolean(p, out, in)
	}
}

func (d *decoder) structure(p path, out reflect.Value, in any) {
	if object, ok := d.object(p, in); ok {
		d.fields(p, out, object)
	}
}

func (d *decoder) fields(p path, out reflect.Value, object map[string]any) {
	var names []string
	for i := range out.NumField() {
		r := ruleOf(out.Type().Field(i))
		names = append(names, r.Name)
		d.value(p.to(r.Name), out.Field(i), object[r.Name], r)
	}
	d.unknown(p, object, names)
	d.switched(p, out.Type(), object)
}

// switched notes an option whose settings are given and whose switch is not: nothing would be made, and nobody told. An
// explicit false keeps the settings for later.
func (d *decoder) switched(p path, option reflect.Type, object map[string]any) {
	field, has := option.FieldByName("Enabled")
	if !has || field.Type.Kind() != reflect.Bool || len(object) == 0 {
		return
	}
	if enabled := p.to(ruleOf(field).Name); object["enabled"] == nil && !d.blamed(enabled) {
		d.add(enabled, "is missing, and without it nothing of "+p.String()+" is made", "add true, or false to keep the settings for later")
	}
}

// unknown notes each key of object that is not a known name.
func (d *decoder) unknown(p path, object map[string]any, names []string) {
	for _, key := range slices.Sorted(maps.Keys(object)) {
		if slices.Contains(names, key) {
			continue
		}
		near, ok := rule.Closest(key, names)
		if !ok {
			d.add(p.to(key), "unknown field", "known here: "+strings.Join(names, ", "))
			continue
		}
		d.add(p.to(key), "unknown field", "did you mean "+rule.Quote(near)+"?")
		if _, given := object[near]; !given {
			d.excused = append(d.excused, p.to(near))
		}
	}
}

func (d *decoder) mapping(p path, out reflect.Value, in any, r rule.Rule) {
	object, ok := d.object(p, in)
	if !ok {
		return
	}
	result := reflect.MakeMapWithSize(out.Type(), len(object))
	for _, key := range slices.Sorted(maps.Keys(object)) {
		element := reflect.New(out.Type().Elem()).Elem()
		d.value(p.to(key), element, object[key], r)
		result.SetMapIndex(reflect.ValueOf(key), element)
	}
	out.Set(result)
}

func (d *decoder) list(p path, out reflect.Value, in any, r rule.Rule) {
	values, ok := in.([]any)
	if !ok {
		fix := "write a list, […]"
		if s, isString := in.(string); isString {
			fix = "write [" + rule.Quote(s) + "]"
		}
		d.mismatch(p, in, "a list", fix)
		return
	}
	result := reflect.MakeSlice(out.Type(), len(values), len(values))
	for i, value := range values {
		if value == nil {
			d.add(p.to(i), "is null", "remove it or give a value")
		}
		d.value(p.to(i), result.Index(i), value, r)
	}
	out.Set(result)
}

func (d *decoder) text(p path, out reflect.Value, in any, r rule.Rule) {
	s, ok := in.(string)
	if !ok {
		d.mismatch(p, in, "a string", "write it in quotes")
		return
	}
	out.SetString(s)
	d.check(p, r.CheckString(s))
}

// number copies a whole number. An explicit 0 is checked here, because later it cannot be told from a field not given.
func (d *decoder) number(p path, out reflect.Value, in any, r rule.Rule) {
	n, ok := wholeNumber(in)
	if !ok {
		fix := "write a number without fraction"
		if s, isString := in.(string); isString {
			if _, err := strconv.Atoi(s); err == nil {
				fix = "write it without quotes"
			}
		}
		d.mismatch(p, in, "a whole number", fix)
		return
	}
	out.SetInt(int64(n))
	d.check(p, r.CheckInt(n))
}

func (d *decoder) boolean(p path, out reflect.Value, in any) {
	b, ok := in.(bool)
	if !ok {
		d.mismatch(p, in, "true or false", "write true or false without quotes")
		return
	}
	out.SetBool(b)
}

func (d *decoder) object(p path, in any) (map[string]any, bool) {
	object, ok := in.(map[string]any)
	if !ok {
		d.mismatch(p, in, "an object", "write an object, {…}")
	}
	return object, ok
}

func (d *decoder) mismatch(p path, in any, expected, fix string) {
	d.add(p, "found "+describe(in)+", expected "+expected, fix)
}

// wholeNumber accepts what JSON decoders make of a number, as long as it is exact.
func wholeNumber(in any) (int, bool) {
	switch n := in.(type) {
	case float64:
		const exact = 1 << 53
		return int(n), n == math.Trunc(n) && math.Abs(n) <= exact
	case json.Number:
		i, err := strconv.Atoi(n.String())
		return i, err == nil
	case int:
		return n, true
	default:
		return 0, false
	}
}

func describe(in any) string {
	switch v := in.(type) {
	case string:
		return "the string " + rule.Quote(v)
	case bool:
		return fmt.Sprintf("%t", v)
	case float64:
		return "the number " + strconv.FormatFloat(v, 'f', -1, 64)
	case json.Number, int:
		return fmt.Sprintf("the number %v", v)
	case []any:
		return "a list"
	case map[string]any:
		return "an object"
	case nil:
		return "null"
	default:
		return fmt.Sprintf("a Go value of type %T", v)
	}
}

// ruleOf reads the rule of a field and fills in the sets that are kept in this package.
func ruleOf(field reflect.StructField) rule.Rule {
	r := rule.Of(field)
	if r.Set == "regions" {
		r.Enum = regionNames()
	}
	return r
}
