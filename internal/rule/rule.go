// Package rule reads the rules of a configuration field from its struct tags and checks values against them.
//
// It is the only reader of those tags: decoder, validator, JSON Schema and documentation all start from a [Rule], so
// that they cannot disagree.
package rule

import (
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"sync"
)

// Rule is what one field allows. In a list or a map it holds for each element.
type Rule struct {
	// Name is the field's JSON name.
	Name string
	// Required says that the field must be given.
	Required bool
	// Default is the value of a field that is not given; empty = none.
	Default string
	// Enum are the allowed values; empty = any.
	Enum []string
	// Also are words that people know for values of Enum, in lower case, with the values.
	Also map[string]string
	// Set names a set of allowed values that is kept elsewhere; the caller fills Enum from it.
	Set string
	// Noun says what a value is, for error messages; empty = "value".
	Noun string
	// Pattern is the regular expression that a string must match; nil = any.
	Pattern *regexp.Regexp
	// Expect says in words what Pattern or Required want.
	Expect string
	// Min and Max bound a number; nil = no bound.
	Min, Max *int
	// MinLength and MaxLength bound the length of a string in characters; nil = no bound.
	MinLength, MaxLength *int
	// MinItems and MaxItems bound the size of a list or a map; nil = no bound.
	MinItems, MaxItems *int
	// Keys is the regular expression that the keys of a map must match; nil = any.
	Keys *regexp.Regexp
	// KeyExpect says in words what Keys wants.
	KeyExpect string
	// KeyEnum are the allowed keys of a map; empty = any.
	KeyEnum []string
	// Why is the reason for a bound, for error messages.
	Why string
}

// Fault is a broken rule: what was found, and what to write instead.
type Fault struct{ Problem, Fix string }

// Of reads the rule of a field. It panics on a malformed tag, which is a mistake in the type, not in its input.
func Of(field reflect.StructField) Rule {
	name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
	return Rule{
		Name:      name,
		Required:  field.Tag.Get("required") == "true",
		Default:   field.Tag.Get("default"),
		Enum:      list(field.Tag.Get("enum")),
		Also:      synonyms(field.Tag.Get("also")),
		Set:       field.Tag.Get("set"),
		Noun:      field.Tag.Get("noun"),
		Pattern:   pattern(field.Tag.Get("pattern")),
		Expect:    field.Tag.Get("expect"),
		Min:       number(field.Tag.Get("min")),
		Max:       number(field.Tag.Get("max")),
		MinLength: number(field.Tag.Get("minLength")),
		MaxLength: number(field.Tag.Get("maxLength")),
		MinItems:  number(field.Tag.Get("minItems")),
		MaxItems:  number(field.Tag.Get("maxItems")),
		Keys:      pattern(field.Tag.Get("keys")),
		KeyExpect: field.Tag.Get("keyExpect"),
		KeyEnum:   list(field.Tag.Get("keyEnum")),
		Why:       field.Tag.Get("why"),
	}
}

func list(tag string) []string {
	if tag == "" {
		return nil
	}
	return strings.Split(tag, "|")
}

// synonyms reads "amd64=x86_64|aarch64=arm64".
func synonyms(tag string) map[string]string {
	known := map[string]string{}
	for _, pair := range list(tag) {
		word, value, ok := strings.Cut(pair, "=")
		if !ok {
			panic(fmt.Sprintf("rule: tag %q is not word=value|word=value", tag))
		}
		known[word] = value
	}
	return known
}

func number(tag string) *int {
	if tag == "" {
		return nil
	}
	n, err := strconv.Atoi(tag)
	if err != nil {
		panic(fmt.Sprintf("rule: tag %q is not a number", tag))
	}
	return &n
}

var patterns sync.Map

func pattern(tag string) *regexp.Regexp {
	if tag == "" {
		return nil
	}
	if known, ok := patterns.Load(tag); ok {
		return known.(*regexp.Regexp)
	}
	compiled := regexp.MustCompile(tag)
	patterns.Store(tag, compiled)
	return compiled
}
