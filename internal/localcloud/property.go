package localcloud

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/regionpair/regionpair/internal/localcloud/cloudformation"
)

// text returns a property as text; empty when it is not there.
func text(r cloudformation.Resource, name string) string { return r.Read().Text(name) }

// variablesOf are the environment variables of a function.
func variablesOf(function cloudformation.Resource) map[string]string {
	return function.Read().Object("Environment").TextMap("Variables")
}

// The following read what is not resolved: templates, and what resources say of
// themselves.

func textOf(value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	}
	return fmt.Sprint(value)
}

func object(value any) map[string]any {
	v, _ := value.(map[string]any)
	return v
}

func list(value any) []any {
	v, _ := value.([]any)
	return v
}

func texts(value any) []string {
	result := []string{}
	for _, element := range list(value) {
		result = append(result, textOf(element))
	}
	return result
}
