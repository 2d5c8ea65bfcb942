package main

import (
	"maps"
	"regexp"
	"slices"
	"strings"
)

// substitution is a "${name}" or "${name.attribute}" of Fn::Sub. "${!name}" is
// text.
var substitution = regexp.MustCompile(`\$\{([^!}][^}]*)\}`)

// references returns the names that a value of a template refers to, sorted.
func references(value any) []string {
	found := map[string]bool{}
	collect(value, found)
	return slices.Sorted(maps.Keys(found))
}

func collect(value any, found map[string]bool) {
	switch v := value.(type) {
	case map[string]any:
		for key, child := range v {
			switch key {
			case "Ref", "Fn::GetAtt":
				found[owner(child)] = true
			case "Fn::Sub":
				collectSubstitutions(child, found)
			}
			collect(child, found)
		}
	case []any:
		for _, child := range v {
			collect(child, found)
		}
	}
}

// owner is the resource in a name, in "name.attribute" or in a list of both.
func owner(value any) string {
	if list, ok := value.([]any); ok && len(list) > 0 {
		value = list[0]
	}
	name, _ := value.(string)
	name, _, _ = strings.Cut(name, ".")
	return name
}

func collectSubstitutions(value any, found map[string]bool) {
	if list, ok := value.([]any); ok && len(list) > 0 {
		value = list[0]
	}
	text, _ := value.(string)
	for _, match := range substitution.FindAllStringSubmatch(text, -1) {
		found[owner(match[1])] = true
	}
}
