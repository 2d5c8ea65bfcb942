package strict

import (
	"reflect"

	"github.com/regionpair/regionpair/internal/rule"
)

// Structure checks each field of a struct against the rule in its tags.
func (d *Reader) Structure(p Path, in reflect.Value) {
	for i := range in.NumField() {
		r := d.ruleOf(in.Type().Field(i))
		here, field := p.To(r.Name), in.Field(i)
		switch {
		case d.Blamed(here):
		case field.Kind() == reflect.Struct:
			d.Structure(here, field)
		case !field.IsZero():
			d.given(here, field, r)
		case r.Required:
			missing := r.Missing()
			d.Check(here, &missing)
		}
	}
}

// given checks a value that was given.
func (d *Reader) given(p Path, in reflect.Value, r rule.Rule) {
	if d.Blamed(p) {
		return
	}
	switch in.Kind() {
	case reflect.Pointer:
		d.given(p, in.Elem(), r)
	case reflect.Struct:
		d.Structure(p, in)
	case reflect.String:
		d.Check(p, r.CheckString(in.String()))
	case reflect.Int:
		d.Check(p, r.CheckInt(int(in.Int())))
	case reflect.Float64:
		d.Check(p, r.CheckFloat(in.Float()))
	case reflect.Slice:
		d.givenList(p, in, r)
	case reflect.Map:
		d.givenMap(p, in, r)
	}
}

func (d *Reader) givenList(p Path, in reflect.Value, r rule.Rule) {
	d.Check(p, r.CheckItems(in.Len()))
	seen := map[string]bool{}
	for i := range in.Len() {
		item := in.Index(i)
		d.given(p.To(i), item, r)
		if item.Kind() != reflect.String {
			continue
		}
		if seen[item.String()] {
			d.Add(p.To(i), rule.Quote(item.String())+" is listed twice", "remove one")
		}
		seen[item.String()] = true
	}
}

func (d *Reader) givenMap(p Path, in reflect.Value, r rule.Rule) {
	d.Check(p, r.CheckItems(in.Len()))
	for _, key := range in.MapKeys() {
		d.CheckName(p.To(key.String()), r.CheckKey(key.String()))
		d.given(p.To(key.String()), in.MapIndex(key), r)
	}
}
