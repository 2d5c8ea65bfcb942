package main

import (
	"maps"
	"reflect"

	"github.com/regionpair/regionpair/config"
	"github.com/regionpair/regionpair/internal/rule"
	"github.com/regionpair/regionpair/internal/typedoc"
)

type object = typedoc.Object

// renderSchema returns a JSON Schema for cdk.json. It constrains context.regionpair only: the rest is the CDK's.
func renderSchema(c typedoc.Comments) ([]byte, error) {
	environment := typedoc.Schema{Comments: c, RuleOf: ruleOf, Rules: rules}.Struct(reflect.TypeFor[config.Config]())
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
			"environment": object{"$ref": "#/$defs/defaults", "required": environment["required"], "allOf": conditions()},
			"defaults":    partial,
		},
	}
	return typedoc.Encode(schema)
}

// rules are those between the fields of a struct.
func rules(t reflect.Type) object {
	if t == reflect.TypeFor[config.Route]() {
		return routeConditions()
	}
	return nil
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
