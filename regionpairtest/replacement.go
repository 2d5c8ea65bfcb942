package regionpairtest

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// createOnlyJSON lists, by resource type, the properties that CloudFormation
// can set at creation only. It comes from AWS's own resource schemas; see
// generate.py.
//
//go:embed createonly.json
var createOnlyJSON []byte

var createOnly = func() map[string][]string {
	var table map[string][]string
	if err := json.Unmarshal(createOnlyJSON, &table); err != nil {
		panic("regionpairtest: createonly.json: " + err.Error())
	}
	return table
}()

// replacing returns the properties of the resource whose change makes
// CloudFormation replace it, as "BucketName=orders-objects", in order.
func replacing(resource Resource) []string {
	var found []string
	for _, path := range createOnly[resource.Type] {
		if value, set := lookUp(resource.Properties, strings.Split(path, ".")); set {
			found = append(found, path+"="+short(value))
		}
	}
	slices.Sort(found)
	return found
}

func lookUp(value any, path []string) (any, bool) {
	for _, name := range path {
		properties, ok := value.(map[string]any)
		if !ok {
			return nil, false
		}
		if value, ok = properties[name]; !ok {
			return nil, false
		}
	}
	return value, true
}

func short(value any) string {
	if text, ok := value.(string); ok {
		return text
	}
	return encode(value, "")
}

// encode is JSON in which "<" and "&" stay readable.
func encode(value any, indent string) string {
	var text strings.Builder
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", indent)
	if err := encoder.Encode(value); err != nil {
		return fmt.Sprint(value)
	}
	return strings.TrimSuffix(text.String(), "\n")
}
