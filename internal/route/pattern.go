package route

import "strings"

// Pattern is a route in a policy, "GET/orders/*/status". "*" matches any text
// there, slashes included: see [Table.Find].
func (r Route) Pattern() string { return r.pattern(-1, "") }

// pattern has "*" for each variable, and something else for the one at index.
func (r Route) pattern(index int, instead string) string {
	var text strings.Builder
	if r.Method == Any {
		text.WriteString("*")
	} else {
		text.WriteString(r.Method)
	}
	text.WriteString("/")
	for i, segment := range Segments(r.Path) {
		if i > 0 {
			text.WriteString("/")
		}
		switch {
		case i == index:
			text.WriteString(instead)
		case IsVariable(segment):
			text.WriteString("*")
		default:
			text.WriteString(segment)
		}
	}
	return text.String()
}

// Match reports whether a pattern of a policy matches a text: "*" is any text,
// slashes included, "?" is one character.
func Match(pattern, text string) bool {
	p, t, star, retry := 0, 0, -1, 0
	for t < len(text) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, retry = p, t
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == text[t]):
			p++
			t++
		case star >= 0:
			retry++
			p, t = star+1, retry
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}
