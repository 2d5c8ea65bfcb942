package config

import (
	"regexp"
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

var (
	literalSegment  = regexp.MustCompile(`^[A-Za-z0-9._:-]+$`)
	variableSegment = regexp.MustCompile(`^\{[A-Za-z0-9._-]+\+?\}$`)
)
