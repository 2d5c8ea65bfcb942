package cloudformation

import "strings"

// References returns the names that a value refers to: resources, parameters
// and pseudo parameters.
func References(value any) []string {
	names := []string{}
	var visit func(value any)
	visit = func(value any) {
		switch v := value.(type) {
		case map[string]any:
			if name, argument, is := function(v); is {
				names = append(names, referencesOf(name, argument)...)
			}
			for _, child := range v {
				visit(child)
			}
		case []any:
			for _, child := range v {
				visit(child)
			}
		}
	}
	visit(value)
	return names
}

func referencesOf(name string, argument any) []string {
	switch name {
	case "Ref":
		if text, ok := argument.(string); ok {
			return []string{text}
		}
	case "Fn::GetAtt":
		if text, ok := argument.(string); ok {
			id, _, _ := strings.Cut(text, ".")
			return []string{id}
		}
		if list, ok := argument.([]any); ok && len(list) > 0 {
			if id, ok := list[0].(string); ok {
				return []string{id}
			}
		}
	case "Fn::Sub":
		if list, ok := argument.([]any); ok && len(list) > 0 {
			argument = list[0]
		}
		if text, ok := argument.(string); ok {
			return variables(text)
		}
	}
	return nil
}

func variables(text string) []string {
	names := []string{}
	for {
		_, rest, found := strings.Cut(text, "${")
		if !found {
			return names
		}
		name, after, _ := strings.Cut(rest, "}")
		if !strings.HasPrefix(name, "!") {
			id, _, _ := strings.Cut(strings.TrimSpace(name), ".")
			names = append(names, id)
		}
		text = after
	}
}
