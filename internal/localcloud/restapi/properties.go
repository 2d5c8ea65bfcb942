package restapi

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

var listIndex = regexp.MustCompile(`\[\d+\]`)

// properties reads the properties of a resource and remembers which ones were
// read, so that the rest can be reported.
type properties struct {
	owner  Resource
	prefix string
	values map[string]any
	read   map[string]bool
	report *findings
}

// findings are the errors and gaps of a whole template.
type findings struct {
	errors      []error
	unsupported []string
}

func (f *findings) of(r Resource) *properties {
	return &properties{owner: r, values: r.Properties, read: map[string]bool{}, report: f}
}

func (p *properties) fail(name, format string, arguments ...any) {
	p.report.errors = append(p.report.errors, fmt.Errorf("%s: '%s%s' %s", p.owner, p.prefix, name, fmt.Sprintf(format, arguments...)))
}

// missing reports a gap; once for all elements of a list.
func (p *properties) missing(name, format string, arguments ...any) {
	place := listIndex.ReplaceAllString(p.prefix+name, "[]")
	line := fmt.Sprintf("%s: %s: %s", p.owner, place, fmt.Sprintf(format, arguments...))
	if !slices.Contains(p.report.unsupported, line) {
		p.report.unsupported = append(p.report.unsupported, line)
	}
}

// take returns a property and whether it is there.
func (p *properties) take(name string) (any, bool) {
	p.read[name] = true
	value, found := p.values[name]
	return value, found && value != nil
}

// ignore is for properties that no request can notice.
func (p *properties) ignore(names ...string) {
	for _, name := range names {
		p.read[name] = true
	}
}

func (p *properties) text(name string) string {
	value, found := p.take(name)
	if !found {
		return ""
	}
	text, ok := asText(value)
	if !ok {
		p.fail(name, "must be a string, got %T", value)
	}
	return text
}

func (p *properties) requiredText(name string) string {
	text := p.text(name)
	if text == "" {
		p.fail(name, "must be set")
	}
	return text
}

// number returns fallback where the property is missing.
func (p *properties) number(name string, fallback float64) float64 {
	value, found := p.take(name)
	if !found {
		return fallback
	}
	text, _ := asText(value)
	number, err := strconv.ParseFloat(text, 64)
	if err != nil {
		p.fail(name, "must be a number, got %v", value)
		return fallback
	}
	return number
}

func (p *properties) flag(name string) bool {
	value, found := p.take(name)
	if !found {
		return false
	}
	text, _ := asText(value)
	flag, err := strconv.ParseBool(text)
	if err != nil {
		p.fail(name, "must be true or false, got %v", value)
	}
	return flag
}

func (p *properties) texts(name string) []string {
	value, found := p.take(name)
	if !found {
		return nil
	}
	list, ok := value.([]any)
	if !ok {
		p.fail(name, "must be a list of strings, got %T", value)
		return nil
	}
	var result []string
	for _, element := range list {
		text, ok := asText(element)
		if !ok {
			p.fail(name, "must be a list of strings, got an element of type %T", element)
			return nil
		}
		result = append(result, text)
	}
	return result
}

func (p *properties) textMap(name string) map[string]string {
	value, found := p.take(name)
	if !found {
		return nil
	}
	object, ok := value.(map[string]any)
	if !ok {
		p.fail(name, "must be a map of strings, got %T", value)
		return nil
	}
	result := make(map[string]string, len(object))
	for key, element := range object {
		text, ok := asText(element)
		if !ok {
			p.fail(name+"."+key, "must be a string, got %T", element)
			return nil
		}
		result[key] = text
	}
	return result
}

// object returns an empty one where the property is missing.
func (p *properties) object(name string) *properties {
	value, found := p.take(name)
	if !found {
		return p.inner(name, nil)
	}
	object, ok := value.(map[string]any)
	if !ok {
		p.fail(name, "must be an object, got %T", value)
	}
	return p.inner(name, object)
}

func (p *properties) objects(name string) []*properties {
	value, found := p.take(name)
	if !found {
		return nil
	}
	list, ok := value.([]any)
	if !ok {
		p.fail(name, "must be a list of objects, got %T", value)
		return nil
	}
	var result []*properties
	for i, element := range list {
		object, ok := element.(map[string]any)
		if !ok {
			p.fail(fmt.Sprintf("%s[%d]", name, i), "must be an object, got %T", element)
			return nil
		}
		result = append(result, p.inner(fmt.Sprintf("%s[%d]", name, i), object))
	}
	return result
}

func (p *properties) inner(name string, values map[string]any) *properties {
	return &properties{owner: p.owner, prefix: p.prefix + name + ".", values: values, read: map[string]bool{}, report: p.report}
}

// finish reports what has not been read, unless it is switched off.
func (p *properties) finish() {
	for _, name := range slices.Sorted(maps.Keys(p.values)) {
		if !p.read[name] && !isOff(p.values[name]) {
			p.missing(name, "not emulated")
		}
	}
}

func isOff(value any) bool {
	switch value := value.(type) {
	case nil:
		return true
	case []any:
		return len(value) == 0
	case map[string]any:
		return len(value) == 0
	}
	text, ok := asText(value)
	return ok && slices.Contains([]string{"", "false", "off", "none"}, strings.ToLower(text))
}

// asText accepts what a resolved template can hold for a scalar.
func asText(value any) (string, bool) {
	switch value := value.(type) {
	case string:
		return value, true
	case bool:
		return strconv.FormatBool(value), true
	case json.Number:
		return value.String(), true
	case float64:
		return strconv.FormatFloat(value, 'f', -1, 64), true
	case int:
		return strconv.Itoa(value), true
	case int64:
		return strconv.FormatInt(value, 10), true
	}
	return "", false
}
