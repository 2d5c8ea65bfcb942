package strict

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/regionpair/regionpair/internal/rule"
)

// Reader copies JSON values into typed ones, checks them against the rules in the tags of their fields, and notes what does
// not fit. encoding/json cannot do this: it stops at the first problem, and names neither the path in a map nor the closest
// known field.
type Reader struct {
	Problems
	// RuleOf reads the rule of a field.
	// Default: rule.Of.
	RuleOf func(reflect.StructField) rule.Rule
}

func (d *Reader) ruleOf(field reflect.StructField) rule.Rule {
	if d.RuleOf == nil {
		return rule.Of(field)
	}
	return d.RuleOf(field)
}

// value copies in to out, which must be settable. null leaves out as it is.
func (d *Reader) value(p Path, out reflect.Value, in any, r rule.Rule) {
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
	case reflect.Float64:
		d.decimal(p, out, in, r)
	case reflect.Bool:
		d.boolean(p, out, in)
	case reflect.Interface:
		out.Set(reflect.ValueOf(in))
	}
}

func (d *Reader) structure(p Path, out reflect.Value, in any) {
	if object, ok := d.Object(p, in); ok {
		d.Fields(p, out, object)
	}
}

// Fields copies the values of an object into the fields of a struct, and notes those that it does not have.
func (d *Reader) Fields(p Path, out reflect.Value, object map[string]any) {
	var names []string
	for i := range out.NumField() {
		r := d.ruleOf(out.Type().Field(i))
		names = append(names, r.Name)
		d.value(p.To(r.Name), out.Field(i), object[r.Name], r)
	}
	d.Unknown(p, object, names)
	d.switched(p, out.Type(), object)
}

// switched notes an option whose settings are given and whose switch is not: nothing would be made, and nobody told. An
// explicit false keeps the settings for later.
func (d *Reader) switched(p Path, option reflect.Type, object map[string]any) {
	field, has := option.FieldByName("Enabled")
	if !has || field.Type.Kind() != reflect.Bool || len(object) == 0 {
		return
	}
	if enabled := p.To(d.ruleOf(field).Name); object["enabled"] == nil && !d.Blamed(enabled) {
		d.Add(enabled, "is missing, and without it nothing of "+p.String()+" is made", "add true, or false to keep the settings for later")
	}
}

// Unknown notes each key of object that is not a known name.
func (d *Reader) Unknown(p Path, object map[string]any, names []string) {
	for _, key := range slices.Sorted(maps.Keys(object)) {
		if slices.Contains(names, key) {
			continue
		}
		near, ok := rule.Closest(key, names)
		if !ok {
			d.Add(p.To(key), "unknown field", "known here: "+strings.Join(names, ", "))
			continue
		}
		d.Add(p.To(key), "unknown field", "did you mean "+rule.Quote(near)+"?")
		if _, given := object[near]; !given {
			d.excused = append(d.excused, p.To(near))
		}
	}
}

func (d *Reader) mapping(p Path, out reflect.Value, in any, r rule.Rule) {
	object, ok := d.Object(p, in)
	if !ok {
		return
	}
	result := reflect.MakeMapWithSize(out.Type(), len(object))
	for _, key := range slices.Sorted(maps.Keys(object)) {
		element := reflect.New(out.Type().Elem()).Elem()
		d.value(p.To(key), element, object[key], r)
		result.SetMapIndex(reflect.ValueOf(key), element)
	}
	out.Set(result)
}

func (d *Reader) list(p Path, out reflect.Value, in any, r rule.Rule) {
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
			d.Add(p.To(i), "is null", "remove it or give a value")
		}
		d.value(p.To(i), result.Index(i), value, r)
	}
	out.Set(result)
}

func (d *Reader) text(p Path, out reflect.Value, in any, r rule.Rule) {
	s, ok := in.(string)
	if !ok {
		d.mismatch(p, in, "a string", "write it in quotes")
		return
	}
	out.SetString(s)
	d.Check(p, r.CheckString(s))
}

// number copies a whole number. An explicit 0 is checked here, because later it cannot be told from a field not given.
func (d *Reader) number(p Path, out reflect.Value, in any, r rule.Rule) {
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
	d.Check(p, r.CheckInt(n))
}

func (d *Reader) decimal(p Path, out reflect.Value, in any, r rule.Rule) {
	n, ok := finite(in)
	if !ok {
		fix := "write a number such as 1.5"
		if s, isString := in.(string); isString {
			if _, ok := finite(json.Number(s)); ok {
				fix = "write it without quotes"
			}
		}
		d.mismatch(p, in, "a number", fix)
		return
	}
	out.SetFloat(n)
	d.Check(p, r.CheckFloat(n))
}

func (d *Reader) boolean(p Path, out reflect.Value, in any) {
	b, ok := in.(bool)
	if !ok {
		d.mismatch(p, in, "true or false", "write true or false without quotes")
		return
	}
	out.SetBool(b)
}

// Object returns a value as an object, or notes what it is instead.
func (d *Reader) Object(p Path, in any) (map[string]any, bool) {
	object, ok := in.(map[string]any)
	if !ok {
		d.mismatch(p, in, "an object", "write an object, {…}")
	}
	return object, ok
}

func (d *Reader) mismatch(p Path, in any, expected, fix string) {
	d.Add(p, "found "+describe(in)+", expected "+expected, fix)
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

// finite accepts what JSON decoders make of a number, as long as a float64 can hold it.
func finite(in any) (float64, bool) {
	switch n := in.(type) {
	case float64:
		return n, true
	case json.Number:
		f, err := n.Float64()
		return f, err == nil
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
