package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"strconv"

	"github.com/regionpair/regionpair/config"
	"github.com/regionpair/regionpair/config/internal/rule"
)

// object is a JSON object; encoding/json sorts its keys, so the file is the same on each run.
type object = map[string]any

// renderSchema returns a JSON Schema for cdk.json. It constrains context.regionpair only: the rest is the CDK's.
func renderSchema(c comments) ([]byte, error) {
	environment := structSchema(c, reflect.TypeFor[config.Config]())
	partial := maps.Clone(environment)
	delete(partial, "required")
	schema := object{
		"$schema":     "https://json-schema.org/draft/2020-12/schema",
		"title":       "cdk.json of a regionpair app",
		"description": "Checks and completes the section context.regionpair.",
		"type":        "object",
		"properties": object{
			"context": object{
				"type":       "object",
				"properties": object{"regionpair": object{"$ref": "#/$defs/section"}},
			},
		},
		"$defs": object{
			"section": object{
				"description":          "The configuration of regionpair: one pair per environment.",
				"type":                 "object",
				"required":             []string{"environments"},
				"additionalProperties": false,
				"properties": object{
					"defaults": object{
						"description": "What all environments have in common. An environment that says the same thing itself wins; lists are replaced as a whole.",
						"$ref":        "#/$defs/defaults",
					},
					"environments": object{
						"description":          "The environments by name. -c env=<name> selects one, dev if not given.",
						"type":                 "object",
						"minProperties":        1,
						"additionalProperties": object{"$ref": "#/$defs/defaults"},
					},
				},
				"if":   object{"not": object{"required": []string{"defaults"}}},
				"then": object{"properties": object{"environments": object{"additionalProperties": object{"$ref": "#/$defs/environment"}}}},
			},
			"environment": object{"$ref": "#/$defs/defaults", "required": environment["required"]},
			"defaults":    partial,
		},
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(schema); err != nil {
		return nil, fmt.Errorf("encode the schema: %w", err)
	}
	return out.Bytes(), nil
}

func structSchema(c comments, t reflect.Type) object {
	properties, required := object{}, []string{}
	for i := range t.NumField() {
		field := t.Field(i)
		r := ruleOf(field)
		properties[r.Name] = fieldSchema(c, t, field, r)
		if r.Required {
			required = append(required, r.Name)
		}
	}
	schema := object{"type": "object", "properties": properties, "additionalProperties": false}
	if len(required) > 0 {
		schema["required"] = required
	}
	return schema
}

func fieldSchema(c comments, parent reflect.Type, field reflect.StructField, r rule.Rule) object {
	schema := valueSchema(c, field.Type, r)
	schema["description"] = description(c.of(parent, field))
	if r.Default != "" {
		schema["default"] = literal(field.Type, r.Default)
	}
	return schema
}

func description(c comment) string {
	text := c.Meaning
	if c.Default != "" {
		text += " Default: " + c.Default + "."
	}
	if c.Allowed != "" {
		text += " Allowed: " + c.Allowed + "."
	}
	return text
}

func valueSchema(c comments, t reflect.Type, r rule.Rule) object {
	switch t.Kind() {
	case reflect.Struct:
		return structSchema(c, t)
	case reflect.Map:
		return mapSchema(c, t, r)
	case reflect.Slice:
		return listSchema(c, t, r)
	case reflect.String:
		return stringSchema(r)
	case reflect.Int:
		return intSchema(r)
	case reflect.Pointer:
		return valueSchema(c, t.Elem(), r)
	default:
		return object{"type": "boolean"}
	}
}

func mapSchema(c comments, t reflect.Type, r rule.Rule) object {
	schema := object{"type": "object", "additionalProperties": valueSchema(c, t.Elem(), r)}
	put(schema, "minProperties", r.MinItems)
	put(schema, "maxProperties", r.MaxItems)
	if r.Keys != nil {
		schema["propertyNames"] = object{"pattern": r.Keys.String()}
	}
	if len(r.KeyEnum) > 0 {
		schema["propertyNames"] = object{"enum": r.KeyEnum}
	}
	return schema
}

func listSchema(c comments, t reflect.Type, r rule.Rule) object {
	schema := object{"type": "array", "items": valueSchema(c, t.Elem(), r)}
	put(schema, "minItems", r.MinItems)
	put(schema, "maxItems", r.MaxItems)
	if t.Elem().Kind() == reflect.String {
		schema["uniqueItems"] = true
	}
	return schema
}

func stringSchema(r rule.Rule) object {
	schema := object{"type": "string"}
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

func intSchema(r rule.Rule) object {
	schema := object{"type": "integer"}
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

func put(schema object, keyword string, bound *int) {
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

// ruleOf reads the rule of a field and fills in the set of Regions.
func ruleOf(field reflect.StructField) rule.Rule {
	r := rule.Of(field)
	if r.Set == "regions" {
		for _, region := range config.Regions() {
			r.Enum = append(r.Enum, region.Name)
		}
	}
	return r
}
