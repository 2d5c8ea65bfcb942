package typedoc

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
)

// GroupOf returns the struct that a field holds directly or in a map; nil when it holds none.
func GroupOf(field reflect.StructField) reflect.Type {
	t := field.Type
	if t.Kind() == reflect.Map || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return nil
	}
	return t
}

// Prefix is the key of what is in the field, up to and including the last dot.
func Prefix(field reflect.StructField, name string) string {
	switch field.Type.Kind() {
	case reflect.Map:
		return name + ".<name>."
	case reflect.Slice:
		return name + "[]."
	default:
		return name + "."
	}
}

// Section begins a table.
func Section(out *bytes.Buffer, title, meaning string) {
	fmt.Fprintf(out, "\n## %s\n\n", title)
	if meaning != "" {
		fmt.Fprintf(out, "%s\n\n", wrap(escape(meaning)))
	}
	out.WriteString("| Key | Type | Default | Meaning | Allowed |\n|---|---|---|---|---|\n")
}

// lineLength of prose, in bytes.
const lineLength = 140

// wrap breaks prose into lines.
func wrap(text string) string {
	var b strings.Builder
	length := 0
	for i, word := range strings.Fields(text) {
		switch {
		case i > 0 && length+1+len(word) > lineLength:
			b.WriteByte('\n')
			length = 0
		case i > 0:
			b.WriteByte(' ')
			length++
		}
		b.WriteString(word)
		length += len(word)
	}
	return b.String()
}

// Rows writes the fields of a struct, and of the structs below it.
func (s Schema) Rows(out *bytes.Buffer, t reflect.Type, prefix string) {
	for i := range t.NumField() {
		s.Row(out, t, t.Field(i), prefix)
	}
}

// Row writes a field, and those of the struct that it holds.
func (s Schema) Row(out *bytes.Buffer, parent reflect.Type, field reflect.StructField, keyPrefix string) {
	r, text := s.ruleOf(field), s.Comments.Of(parent, field)
	byDefault := text.Default
	if r.Required {
		byDefault = "**required**"
	}
	key := keyPrefix + r.Name
	fmt.Fprintf(out, "| `%s` | %s | %s | %s | %s |\n", key, typeName(field.Type), escape(byDefault), escape(text.Meaning), escape(text.Allowed))
	if group := GroupOf(field); group != nil {
		s.Rows(out, group, keyPrefix+Prefix(field, r.Name))
	}
}

func typeName(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return "string"
	case reflect.Int:
		return "integer"
	case reflect.Slice:
		return "list of " + typeName(t.Elem()) + "s"
	case reflect.Map:
		return "map of " + typeName(t.Elem()) + "s"
	case reflect.Struct:
		return "object"
	case reflect.Pointer:
		return typeName(t.Elem())
	case reflect.Interface:
		return "any"
	default:
		return "boolean"
	}
}

// escape keeps text from being read as HTML or as the end of a table cell.
func escape(text string) string {
	return strings.NewReplacer("<", "&lt;", "|", `\|`).Replace(text)
}
