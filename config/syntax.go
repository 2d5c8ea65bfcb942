package config

import (
	"strings"
	"unicode"
)

// taggable is true when AWS takes s as a part of a tag.
func taggable(s string) bool {
	for _, r := range s {
		if !unicode.In(r, unicode.L, unicode.Z, unicode.N) && !strings.ContainsRune("_.:/=+-@", r) {
			return false
		}
	}
	return true
}
