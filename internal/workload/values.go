package workload

import (
	"encoding/json"
	"math/rand/v2"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Values that a request is filled with.
type Values struct {
	// ID of the key.
	ID string
	// N counts the writes of the key from 1, or the requests of a kind that have no key.
	N int
	// Value is different for every write.
	Value string
	// ETag of the answer to the key's last acknowledged write, as it was sent; empty when there is none.
	ETag string
}

// placeholder is "{name}" or "{random:1024}".
var placeholder = regexp.MustCompile(`\{([a-zA-Z]+)(?::([0-9]{1,5}))?\}`)

// Placeholders that a request may hold.
var Placeholders = []Placeholder{
	{"id", "the key: a new one for a create, an existing one otherwise"},
	{"n", "the number of this write of the key, from 1; without a key, the number of the request"},
	{"previous", "the number of the write before, such as the version that a condition names"},
	{"value", "text that is different for every write; in a read, that of the write which is expected"},
	{"etag", "the ETag of the answer to the key's last acknowledged write, with its quotation marks"},
	{"random", "16 random hexadecimal digits; {random:1024} has 1024 of them"},
}

// Placeholder is replaced by a value when a request is sent.
type Placeholder struct{ Name, Meaning string }

const defaultRandomDigits = 16

// fill replaces the placeholders of a text.
func (v Values) fill(text string, escape func(string) string) string {
	return placeholder.ReplaceAllStringFunc(text, func(found string) string {
		name, length := parts(found)
		if name == "random" {
			return randomDigits(length)
		}
		if value, known := v.of(name); known {
			return escape(value)
		}
		return found
	})
}

func parts(found string) (name string, length int) {
	groups := placeholder.FindStringSubmatch(found)
	length, err := strconv.Atoi(groups[2])
	if err != nil {
		length = defaultRandomDigits
	}
	return groups[1], length
}

func (v Values) of(name string) (string, bool) {
	switch name {
	case "id":
		return v.ID, true
	case "n":
		return strconv.Itoa(v.N), true
	case "previous":
		return strconv.Itoa(v.N - 1), true
	case "value":
		return v.Value, true
	case "etag":
		return v.ETag, v.ETag != ""
	}
	return "", false
}

const hexadecimal = "0123456789abcdef"

func randomDigits(length int) string {
	text := make([]byte, length)
	for i := range text {
		text[i] = hexadecimal[rand.IntN(len(hexadecimal))] //nolint:gosec // filling
	}
	return string(text)
}

func asIs(s string) string { return s }

// FillPath returns the path of a request with its query.
func (v Values) FillPath(r Request) string {
	path, query, hasQuery := strings.Cut(r.Path, "?")
	filled := v.fill(path, url.PathEscape)
	if hasQuery {
		filled += "?" + v.fill(query, url.QueryEscape)
	}
	return filled
}

// FillHeaders returns the headers of a request.
func (v Values) FillHeaders(r Request) map[string]string {
	filled := map[string]string{}
	if _, isText := r.Body.(string); r.Body != nil && !isText {
		filled["Content-Type"] = "application/json"
	}
	for name, value := range r.Headers {
		filled[name] = v.fill(value, asIs)
	}
	return filled
}

// FillBody returns the body of a request; nil without one.
func (v Values) FillBody(r Request) []byte {
	switch body := r.Body.(type) {
	case nil:
		return nil
	case string:
		return []byte(v.fill(body, asIs))
	}
	text, err := json.Marshal(v.fillJSON(r.Body))
	if err != nil {
		panic(err) // it was decoded from JSON
	}
	return text
}

func (v Values) fillJSON(in any) any {
	switch value := in.(type) {
	case string:
		switch value {
		case "{n}":
			return v.N
		case "{previous}":
			return v.N - 1
		}
		return v.fill(value, asIs)
	case []any:
		filled := make([]any, len(value))
		for i := range value {
			filled[i] = v.fillJSON(value[i])
		}
		return filled
	case map[string]any:
		filled := map[string]any{}
		for key, element := range value {
			filled[v.fill(key, asIs)] = v.fillJSON(element)
		}
		return filled
	}
	return in
}

// Holds reports whether an answer holds what it must.
func (v Values) Holds(a Answer, body []byte, header func(string) string) bool {
	if a.Text != "" && v.known(a.Text) && !strings.Contains(string(body), v.fill(a.Text, asIs)) {
		return false
	}
	for name, want := range a.Headers {
		if v.known(want) && header(name) != v.fill(want, asIs) {
			return false
		}
	}
	if a.JSON == nil {
		return true
	}
	var got any
	return json.Unmarshal(body, &got) == nil && v.contains(got, a.JSON)
}

// known is false for a text with a value that nobody knows, such as the ETag of a write whose answer was lost: it matches
// anything.
func (v Values) known(text string) bool {
	for _, found := range placeholder.FindAllString(text, -1) {
		if name, _ := parts(found); name == "etag" && v.ETag == "" {
			return false
		}
	}
	return true
}

func (v Values) contains(got, want any) bool {
	switch expected := want.(type) {
	case map[string]any:
		object, isObject := got.(map[string]any)
		for key, element := range expected {
			value, exists := object[v.fill(key, asIs)]
			if !isObject || !exists || !v.contains(value, element) {
				return false
			}
		}
		return isObject
	case []any:
		list, isList := got.([]any)
		if !isList || len(list) < len(expected) {
			return false
		}
		for i := range expected {
			if !v.contains(list[i], expected[i]) {
				return false
			}
		}
		return true
	case string:
		if !v.known(expected) {
			return true
		}
		filled := v.fill(expected, asIs)
		if number, isNumber := got.(float64); isNumber && slices.Contains([]string{"{n}", "{previous}"}, expected) {
			return strconv.FormatFloat(number, 'f', -1, 64) == filled
		}
		return got == filled
	case json.Number:
		number, err := expected.Float64()
		return err == nil && got == number
	}
	return reflect.DeepEqual(got, want)
}
