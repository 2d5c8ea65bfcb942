package strict

import (
	"cmp"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/regionpair/regionpair/internal/rule"
)

// Path leads from the top of a document to a value: names of fields and map keys (string), list indexes (int).
type Path []any

// At makes a path of its steps.
func At(steps ...any) Path {
	return steps
}

// To returns the path extended by one step.
func (p Path) To(step any) Path {
	return append(slices.Clone(p), step)
}

// Within is true when p is outer or below it.
func (p Path) Within(outer Path) bool {
	return len(p) >= len(outer) && slices.Equal(p[:len(outer)], outer)
}

var plainStep = regexp.MustCompile(`^[A-Za-z0-9_$-]{1,64}$`)

// String writes the path as "clients.partner.scopes[0]"; a name with other characters is quoted in brackets.
func (p Path) String() string {
	var b strings.Builder
	for i, step := range p {
		name, isName := step.(string)
		switch {
		case !isName:
			fmt.Fprintf(&b, "[%d]", step)
		case !plainStep.MatchString(name):
			b.WriteString("[" + rule.Quote(name) + "]")
		case i > 0:
			b.WriteString("." + name)
		default:
			b.WriteString(name)
		}
	}
	return b.String()
}

// compare orders paths as the fields stand in the type; map keys alphabetically; an unknown field after the known ones.
func compare(t reflect.Type, a, b Path) int {
	for i := range min(len(a), len(b)) {
		if order := compareSteps(t, a[i], b[i]); order != 0 {
			return order
		}
		t = descend(t, a[i])
	}
	return cmp.Compare(len(a), len(b))
}

func compareSteps(t reflect.Type, a, b any) int {
	if i, ok := a.(int); ok {
		j, _ := b.(int)
		return cmp.Compare(i, j)
	}
	first, second := fmt.Sprint(a), fmt.Sprint(b)
	return cmp.Or(cmp.Compare(ordinal(t, first), ordinal(t, second)), strings.Compare(first, second))
}

// ordinal is the position of the field in a struct, 0 for the keys of a map.
func ordinal(t reflect.Type, name string) int {
	if t == nil || t.Kind() != reflect.Struct {
		return 0
	}
	for i := range t.NumField() {
		if rule.Of(t.Field(i)).Name == name {
			return i
		}
	}
	return t.NumField()
}

// descend returns the type that step leads to, nil when it leads nowhere.
func descend(t reflect.Type, step any) reflect.Type {
	if t == nil {
		return nil
	}
	switch t.Kind() {
	case reflect.Map, reflect.Slice:
		return t.Elem()
	case reflect.Struct:
		if i := ordinal(t, fmt.Sprint(step)); i < t.NumField() {
			return t.Field(i).Type
		}
	}
	return nil
}
