package main

import (
	"slices"
	"strings"
)

// resolveScope returns the scopes to issue, sorted: those requested, or all
// configured ones when the request names none (RFC 6749 section 3.3).
func resolveScope(requested string, configured []string) ([]string, *oauthError) {
	if requested == "" {
		return normalized(configured), nil
	}
	scopes := strings.Split(requested, " ")
	for _, scope := range scopes {
		if !isScopeToken(scope) {
			return nil, invalidScope("the scope must be a list of scope tokens with one space between")
		}
		if !slices.Contains(configured, scope) {
			return nil, invalidScope("the scope goes beyond what this client may ask for")
		}
	}
	return normalized(scopes), nil
}

func normalized(scopes []string) []string {
	sorted := slices.Clone(scopes)
	slices.Sort(sorted)
	return slices.Compact(sorted)
}

// isScopeToken is the grammar of RFC 6749 section 3.3.
func isScopeToken(scope string) bool {
	for i := range len(scope) {
		c := scope[i]
		if c < 0x21 || c == '"' || c == '\\' || c > 0x7e {
			return false
		}
	}
	return scope != ""
}
