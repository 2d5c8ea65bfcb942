package property

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
)

// Reader reads an object within the properties of a resource. A property that is
// missing is empty; one of another shape is a problem of the resource.
type Reader struct {
	resource *Resource
	prefix   string
	values   map[string]any
}

// Owner names the resource.
func (r *Reader) Owner() Owner { return r.resource.owner }

// Fail notes a problem with a property.
func (r *Reader) Fail(name, format string, arguments ...any) {
	r.resource.mu.Lock()
	defer r.resource.mu.Unlock()
	r.resource.problems = append(r.resource.problems, fmt.Errorf("'%s%s' %s", r.prefix, name, fmt.Sprintf(format, arguments...)))
}

// Missing notes what a property asks for and does not get.
func (r *Reader) Missing(name, format string, arguments ...any) {
	r.resource.mu.Lock()
	defer r.resource.mu.Unlock()
	r.resource.gaps = append(r.resource.gaps, r.resource.line(r.prefix+name, fmt.Sprintf(format, arguments...)))
}

// Leave says why properties need not be read: that no request can notice them, or
// that something else heeds them.
func (r *Reader) Leave(_ string, names ...string) {
	for _, name := range names {
		r.mark(r.resource.whole, name)
	}
}

func (r *Reader) mark(as map[string]bool, name string) {
	r.resource.mu.Lock()
	defer r.resource.mu.Unlock()
	as[r.prefix+name] = true
}

// Any returns a property as it is, and whether it is there. All of it counts as
// read.
func (r *Reader) Any(name string) (any, bool) {
	r.mark(r.resource.whole, name)
	value := r.values[name]
	return value, value != nil
}

// Has reports whether a property is there; it does not count as read.
func (r *Reader) Has(name string) bool { return r.values[name] != nil }

// Text returns a string; numbers and booleans may stand for one.
func (r *Reader) Text(name string) string {
	value, found := r.Any(name)
	if !found {
		return ""
	}
	text, ok := asText(value)
	if !ok {
		r.Fail(name, "must be a string, got %T", value)
	}
	return text
}

// RequiredText is a string that must not be empty.
func (r *Reader) RequiredText(name string) string {
	text := r.Text(name)
	if text == "" {
		r.Fail(name, "must be set")
	}
	return text
}

// Number returns fallback where the property is missing.
func (r *Reader) Number(name string, fallback float64) float64 {
	value, found := r.Any(name)
	if !found {
		return fallback
	}
	text, _ := asText(value)
	number, err := strconv.ParseFloat(text, 64)
	if err != nil {
		r.Fail(name, "must be a number, got %v", value)
		return fallback
	}
	return number
}

// Count is a whole number; fallback where the property is missing.
func (r *Reader) Count(name string, fallback int) int {
	number := r.Number(name, float64(fallback))
	if number != math.Trunc(number) || math.Abs(number) > math.MaxInt32 {
		r.Fail(name, "must be a whole number, got %v", number)
		return fallback
	}
	return int(number)
}

// Flag is false where the property is missing.
func (r *Reader) Flag(name string) bool {
	value, found := r.Any(name)
	if !found {
		return false
	}
	text, _ := asText(value)
	flag, err := strconv.ParseBool(text)
	if err != nil {
		r.Fail(name, "must be true or false, got %v", value)
	}
	return flag
}

// Texts returns a list of strings.
func (r *Reader) Texts(name string) []string {
	value, found := r.Any(name)
	if !found {
		return nil
	}
	list, ok := value.([]any)
	if !ok {
		r.Fail(name, "must be a list of strings, got %T", value)
		return nil
	}
	var result []string
	for _, element := range list {
		text, ok := asText(element)
		if !ok {
			r.Fail(name, "must be a list of strings, got an element of type %T", element)
			return nil
		}
		result = append(result, text)
	}
	return result
}

// TextMap returns a map of strings.
func (r *Reader) TextMap(name string) map[string]string {
	value, found := r.Any(name)
	if !found {
		return nil
	}
	object, ok := value.(map[string]any)
	if !ok {
		r.Fail(name, "must be a map of strings, got %T", value)
		return nil
	}
	result := make(map[string]string, len(object))
	for key, element := range object {
		text, ok := asText(element)
		if !ok {
			r.Fail(name+"."+key, "must be a string, got %T", element)
			return nil
		}
		result[key] = text
	}
	return result
}

// Object returns the reader of an object, an empty one where it is missing. What
// nobody reads of it counts as not read.
func (r *Reader) Object(name string) *Reader {
	r.mark(r.resource.entered, name)
	value := r.values[name]
	object, ok := value.(map[string]any)
	if !ok && value != nil {
		r.Fail(name, "must be an object, got %T", value)
	}
	return r.inner(name, object)
}

// Objects returns the readers of a list of objects.
func (r *Reader) Objects(name string) []*Reader {
	r.mark(r.resource.entered, name)
	value := r.values[name]
	if value == nil {
		return nil
	}
	list, ok := value.([]any)
	if !ok {
		r.Fail(name, "must be a list of objects, got %T", value)
		return nil
	}
	var result []*Reader
	for i, element := range list {
		object, ok := element.(map[string]any)
		if !ok {
			r.Fail(fmt.Sprintf("%s[%d]", name, i), "must be an object, got %T", element)
			return nil
		}
		result = append(result, r.inner(fmt.Sprintf("%s[%d]", name, i), object))
	}
	return result
}

func (r *Reader) inner(name string, values map[string]any) *Reader {
	return &Reader{resource: r.resource, prefix: r.prefix + name + ".", values: values}
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
