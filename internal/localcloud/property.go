package localcloud

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/regionpair/regionpair/internal/localcloud/cloudformation"
)

// text returns a property as text; empty when it is not there.
func text(r cloudformation.Resource, name string) string { return textOf(r.Properties[name]) }

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

func number(value any, missing int) int {
	n, err := strconv.Atoi(textOf(value))
	if err != nil {
		return missing
	}
	return n
}
