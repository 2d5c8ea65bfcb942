package main

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"

	"github.com/regionpair/regionpair/config"
)

const intro = `# Configuration

<!-- Generated from the Go type by "go generate ./config": change the comments in config/config.go, not this file. -->

The configuration of a pair is in "cdk.json" under "context.regionpair.environments.<name>".
"-c env=<name>" selects an environment; without it, "dev" is used. An unknown key, a wrong type or a value
that AWS would refuse stops the synthesis with a list of all problems.

What several environments have in common can stand once in "context.regionpair.defaults". An environment that says
something itself wins; a list is replaced as a whole, and null takes a default away.

For completion and checks while you type, let your editor use "regionpair.schema.json" for "cdk.json"
(in VS Code: the setting "json.schemas").
`

// renderTable returns docs/reference/configuration.md: one table for the top and one for each group of keys.
func renderTable(c comments) []byte {
	var out bytes.Buffer
	heading, body, _ := strings.Cut(intro, "-->")
	out.WriteString(heading + "-->" + strings.ReplaceAll(body, `"`, "`"))
	t := reflect.TypeFor[config.Config]()
	section(&out, "The pair", "")
	for i := range t.NumField() {
		if groupOf(t.Field(i)) == nil {
			row(&out, c, t, t.Field(i), "")
		}
	}
	for i := range t.NumField() {
		if group := groupOf(t.Field(i)); group != nil {
			name := ruleOf(t.Field(i)).Name
			section(&out, "`"+name+"`", description(c.of(t, t.Field(i))))
			rows(&out, c, group, prefix(t.Field(i), name))
		}
	}
	return out.Bytes()
}

// groupOf returns the struct that a field holds directly or in a map; nil when it holds none.
func groupOf(field reflect.StructField) reflect.Type {
	t := field.Type
	if t.Kind() == reflect.Map || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return nil
	}
	return t
}

// prefix is the key of what is in the field, up to and including the last dot.
func prefix(field reflect.StructField, name string) string {
	switch field.Type.Kind() {
	case reflect.Map:
		return name + ".<name>."
	case reflect.Slice:
		return name + "[]."
	default:
		return name + "."
	}
}

func section(out *bytes.Buffer, title, meaning string) {
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

func rows(out *bytes.Buffer, c comments, t reflect.Type, prefix string) {
	for i := range t.NumField() {
		row(out, c, t, t.Field(i), prefix)
	}
}

func row(out *bytes.Buffer, c comments, parent reflect.Type, field reflect.StructField, keyPrefix string) {
	r, text := ruleOf(field), c.of(parent, field)
	byDefault := text.Default
	if r.Required {
		byDefault = "**required**"
	}
	key := keyPrefix + r.Name
	fmt.Fprintf(out, "| `%s` | %s | %s | %s | %s |\n", key, typeName(field.Type), escape(byDefault), escape(text.Meaning), escape(text.Allowed))
	if group := groupOf(field); group != nil {
		rows(out, c, group, keyPrefix+prefix(field, r.Name))
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
	default:
		return "boolean"
	}
}

// escape keeps text from being read as HTML or as the end of a table cell.
func escape(text string) string {
	return strings.NewReplacer("<", "&lt;", "|", `\|`).Replace(text)
}
