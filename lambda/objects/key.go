package main

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxKeyBytes is S3's limit.
const maxKeyBytes = 1024

// validateKey refuses what S3 refuses and what clients, proxies and file
// systems disagree about: control characters, empty and dot segments.
func validateKey(key string) error {
	switch {
	case key == "":
		return errors.New("the key is empty: name the object after /objects/")
	case len(key) > maxKeyBytes:
		return fmt.Errorf("the key has %d bytes; at most %d are allowed", len(key), maxKeyBytes)
	case !utf8.ValidString(key):
		return errors.New("the key is not valid UTF-8: percent-encode its UTF-8 bytes")
	case strings.ContainsFunc(key, unicode.IsControl):
		return errors.New("the key holds a control character")
	}
	for segment := range strings.SplitSeq(key, "/") {
		if segment == "" || segment == "." || segment == ".." {
			return fmt.Errorf("the key holds the segment %q: segments between slashes must not be empty, '.' or '..'", segment)
		}
	}
	return nil
}
