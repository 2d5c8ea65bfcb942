package main

import (
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"unicode"
)

// maxBodyBytes is the longest request body that is read.
const maxBodyBytes = 8 << 10

// readForm returns the parameters of a token request. Each occurs once, and
// those without a value are left out (RFC 6749 section 3.2).
func readForm(r *http.Request) (map[string]string, *oauthError) {
	if r.URL.RawQuery != "" {
		return nil, invalidRequest("parameters belong in the body, never in the URL")
	}
	if !isForm(r.Header.Values("Content-Type")) {
		return nil, invalidRequest("the content type must be application/x-www-form-urlencoded")
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBodyBytes+1))
	if err != nil {
		return nil, invalidRequest("the body cannot be read")
	}
	return parseForm(body)
}

func parseForm(body []byte) (map[string]string, *oauthError) {
	if len(body) > maxBodyBytes {
		return nil, invalidRequest("the body is larger than 8 KiB")
	}
	for _, b := range body {
		if b > unicode.MaxASCII {
			return nil, invalidRequest("the body must be form-encoded, in ASCII")
		}
	}
	values, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, invalidRequest("the body is not a well-formed form")
	}
	form := map[string]string{}
	for name, list := range values {
		if len(list) > 1 {
			return nil, invalidRequest("a parameter occurs more than once")
		}
		if list[0] != "" {
			form[name] = list[0]
		}
	}
	return form, nil
}

// isForm looks at the media type alone: it has no parameters, and a charset
// changes nothing about a body of ASCII.
func isForm(contentTypes []string) bool {
	if len(contentTypes) != 1 {
		return false
	}
	mediaType, _, err := mime.ParseMediaType(contentTypes[0])
	if err != nil {
		mediaType, _, _ = strings.Cut(contentTypes[0], ";")
	}
	return strings.EqualFold(strings.TrimSpace(mediaType), "application/x-www-form-urlencoded")
}
