package rule

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxListed is the number of allowed values that an error message lists; a longer list hides the answer.
const maxListed = 24

// CheckString returns what is wrong with s, or nil.
func (r Rule) CheckString(s string) *Fault {
	if len(r.Enum) > 0 {
		return r.checkEnum(s)
	}
	if fault := r.checkLength(s); fault != nil {
		return fault
	}
	if r.Pattern != nil && !r.Pattern.MatchString(s) {
		return &Fault{Quote(s) + " is not valid", "use " + r.Expect}
	}
	return nil
}

// CheckInt returns what is wrong with n, or nil.
func (r Rule) CheckInt(n int) *Fault {
	if len(r.Enum) > 0 && !slices.Contains(r.Enum, strconv.Itoa(n)) {
		return &Fault{fmt.Sprintf("%d is not allowed", n), "use " + OneOf(r.Enum)}
	}
	if r.Min != nil && n < *r.Min || r.Max != nil && n > *r.Max {
		return &Fault{fmt.Sprintf("%d is out of range", n), "use " + r.bounds(r.Min, r.Max)}
	}
	return nil
}

// CheckFloat returns what is wrong with n, or nil.
func (r Rule) CheckFloat(n float64) *Fault {
	if r.Min != nil && n < float64(*r.Min) || r.Max != nil && n > float64(*r.Max) {
		return &Fault{fmt.Sprintf("%v is out of range", n), "use " + r.bounds(r.Min, r.Max)}
	}
	return nil
}

// CheckItems returns what is wrong with a list or map of n items, or nil.
func (r Rule) CheckItems(n int) *Fault {
	if r.MinItems != nil && n < *r.MinItems || r.MaxItems != nil && n > *r.MaxItems {
		return &Fault{"has " + Count(n, "entry", "entries"), "use " + r.bounds(r.MinItems, r.MaxItems)}
	}
	return nil
}

// CheckKey returns what is wrong with the key of a map, or nil.
func (r Rule) CheckKey(key string) *Fault {
	if len(r.KeyEnum) > 0 && !slices.Contains(r.KeyEnum, key) {
		return &Fault{"unknown " + r.noun(), Suggest(key, r.KeyEnum, "known here: "+strings.Join(r.KeyEnum, ", "))}
	}
	if r.Keys != nil && !r.Keys.MatchString(key) {
		return &Fault{"the name " + Quote(key) + " is not valid", "use " + r.KeyExpect}
	}
	return nil
}

// Missing returns the fault of a required field that is not there.
func (r Rule) Missing() Fault {
	switch {
	case r.Expect != "":
		return Fault{"is missing", "give " + r.Expect}
	case len(r.Enum) > 0:
		return Fault{"is missing", "give " + OneOf(r.Enum)}
	default:
		return Fault{Problem: "is missing"}
	}
}

func (r Rule) checkEnum(s string) *Fault {
	if slices.Contains(r.Enum, s) {
		return nil
	}
	return &Fault{"unknown " + r.noun() + " " + Quote(s), r.enumFix(s)}
}

func (r Rule) noun() string { return cmp.Or(r.Noun, "value") }

func (r Rule) enumFix(s string) string {
	if meant, known := r.Also[strings.ToLower(s)]; known {
		return fmt.Sprintf("did you mean %q? (use %s)", meant, OneOf(r.Enum))
	}
	if len(r.Enum) <= maxListed {
		return Suggest(s, r.Enum, "use "+OneOf(r.Enum))
	}
	if near, ok := Closest(s, r.Enum); ok {
		return fmt.Sprintf("did you mean %q?", near)
	}
	return "use " + r.Expect
}

func (r Rule) checkLength(s string) *Fault {
	length := utf8.RuneCountInString(s)
	if r.MinLength != nil && length < *r.MinLength || r.MaxLength != nil && length > *r.MaxLength {
		return &Fault{
			Quote(s) + " has " + Count(length, "character", "characters"),
			"use " + r.bounds(r.MinLength, r.MaxLength),
		}
	}
	return nil
}

func (r Rule) bounds(low, high *int) string {
	var text string
	switch {
	case low != nil && high != nil && *low == *high:
		text = strconv.Itoa(*low)
	case low != nil && high != nil:
		text = fmt.Sprintf("%d to %d", *low, *high)
	case low != nil:
		text = fmt.Sprintf("at least %d", *low)
	default:
		text = fmt.Sprintf("at most %d", *high)
	}
	if r.Why != "" {
		text += " (" + r.Why + ")"
	}
	return text
}

// OneOf joins values as English does: "a, b or c".
func OneOf(values []string) string {
	switch len(values) {
	case 0:
		return ""
	case 1:
		return values[0]
	}
	return strings.Join(values[:len(values)-1], ", ") + " or " + values[len(values)-1]
}

// Count writes a number with its noun: "1 entry", "2 entries".
func Count(n int, singular, plural string) string {
	if n == 1 {
		return "1 " + singular
	}
	return fmt.Sprintf("%d %s", n, plural)
}

// Quote quotes s for a message and cuts what is too long to read.
func Quote(s string) string {
	const readable = 80
	if utf8.RuneCountInString(s) > readable {
		s = string([]rune(s)[:readable]) + "…"
	}
	return strconv.Quote(s)
}
