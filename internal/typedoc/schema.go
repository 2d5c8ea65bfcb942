package typedoc

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"strconv"

	"github.com/regionpair/regionpair/internal/rule"
)

// Object is a JSON object; encoding/json sorts its keys, so that a file is the same on each run.
type Object = map[string]any

// Schema makes JSON Schemas from Go types: from the rules in the tags of their fields, and from doc comments.
type Schema struct {
	Comments Comments
	// RuleOf reads the rule of a field.
	// Default: rule.Of.
	RuleOf func(reflect.StructField) rule.Rule
	// Rules returns keywords for the schema of a struct, such as those between its fields.
	// Default: none.
	Rules func(reflect.Type) Object
}

func (s Schema) ruleOf(field reflect.StructField) rule.Rule {
	if s.RuleOf == nil {
		return rule.Of(field)
	}
	return s.RuleOf(field)
}

// Encode writes a schema as a file.
func Encode(schema Object) ([]byte, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(schema); err != nil {
		return nil, fmt.Errorf("encode the schema: %w", err)
	}
	return out.Bytes(), nil
}

// Struct returns the schema of a struct.
func (s Schema) Struct(t reflect.Type) Object {
	properties, required := Object{}, []string{}
	for i := range t.NumField() {
		field := t.Field(i)
		r := s.ruleOf(field)
		properties[r.Name] = s.field(t, field, r)
		if r.Required {
			required = append(required, r.Name)
		}
	}
	schema := Object{"type": "object", "properties": properties, "additionalProperties": false}
	if len(required) > 0 {
		schema["required"] = required
	}
	if s.Rules != nil {
		maps.Copy(schema, s.Rules(t))
	}
	return schema
}

func (s Schema) field(parent reflect.Type, field reflect.StructField, r rule.Rule) Object {
	schema := s.value(field.Type, r)
	schema["description"] = Describe(s.Comments.Of(parent, field))
	if r.Default != "" {
		schema["default"] = literal(field.Type, r.Default)
	}
	return schema
}

// Describe writes a comment as one text.
func Describe(c Comment) string {
	text := c.Meaning
	if c.Default != "" {
		text += " Default: " + c.Default + "."
	}
	if c.Allowed != "" {
		text += " Allowed: " + c.Allowed + "."
	}
	return text
}

func (s Schema) value(t reflect.Type, r rule.Rule) Object {
	switch t.Kind() {
	case reflect.Struct:
		return s.Struct(t)
	case reflect.Map:
		return s.mapping(t, r)
	case reflect.Slice:
		return s.list(t, r)
	case reflect.String:
		return stringSchema(r)
	case reflect.Int:
		return intSchema(r)
	case reflect.Pointer:
		return s.value(t.Elem(), r)
	case reflect.Interface:
		return Object{}
	default:
		return Object{"type": "boolean"}
	}
}

func (s Schema) mapping(t reflect.Type, r rule.Rule) Object {
	schema := Object{"type": "object", "additionalProperties": s.value(t.Elem(), r)}
	put(schema, "minProperties", r.MinItems)
	put(schema, "maxProperties", r.MaxItems)
	if r.Keys != nil {
		schema["propertyNames"] = Object{"pattern": r.Keys.String()}
	}
	if len(r.KeyEnum) > 0 {
		schema["propertyNames"] = Object{"enum": r.KeyEnum}
	}
	return schema
}

func (s Schema) list(t reflect.Type, r rule.Rule) Object {
	schema := Object{"type": "array", "items": s.value(t.Elem(), r)}
	put(schema, "minItems", r.MinItems)
	put(schema, "maxItems", r.MaxItems)
	if t.Elem().Kind() == reflect.String {
		schema["uniqueItems"] = true
	}
	return schema
}

func stringSchema(r rule.Rule) Object {
	schema := Object{"type": "string"}
	put(schema, "minLength", r.MinLength)
	put(schema, "maxLength", r.MaxLength)
	if len(r.Enum) > 0 {
		schema["enum"] = r.Enum
	}
	if r.Pattern != nil {
		schema["pattern"] = r.Pattern.String()
	}
	return schema
}

func intSchema(r rule.Rule) Object {
	schema := Object{"type": "integer"}
	put(schema, "minimum", r.Min)
	put(schema, "maximum", r.Max)
	if len(r.Enum) > 0 {
		allowed := make([]any, len(r.Enum))
		for i, text := range r.Enum {
			allowed[i] = literal(reflect.TypeFor[int](), text)
		}
		schema["enum"] = allowed
	}
	return schema
}

func put(schema Object, keyword string, bound *int) {
	if bound != nil {
		schema[keyword] = *bound
	}
}

// literal turns the text of a tag into a JSON value of the field's type.
func literal(t reflect.Type, text string) any {
	switch t.Kind() {
	case reflect.Int:
		n, err := strconv.Atoi(text)
		if err != nil {
			panic(err)
		}
		return n
	case reflect.Pointer, reflect.Bool:
		return text == "true"
	default:
		return text
	}
}
