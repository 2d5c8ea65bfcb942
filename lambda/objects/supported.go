package main

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// amazonHeaders are the x-amz- headers that are read, beside x-amz-meta-.
var amazonHeaders = map[string][]string{
	http.MethodPut:  checksumHeaders(),
	http.MethodPost: checksumHeaders(),
}

// harmlessHeaders come from clients and proxies on the way and ask S3 for
// nothing.
var harmlessHeaders = []string{"X-Amz-Cf-Id", "X-Amz-User-Agent"}

// listParameters are the query parameters of GET /objects. There are no others.
var listParameters = []string{"cursor", "limit", "prefix"}

// mustBeSupported refuses whatever asks S3 for something that the API does not
// do, rather than doing something else: PUT with ?tagging would replace the
// object, DELETE with ?versionId the current one, and a caller with a key of
// his own would believe that the object is encrypted with it.
func mustBeSupported(r *http.Request) error {
	return errors.Join(mustBeParameters(r), mustBeHeaders(r))
}

func mustBeParameters(r *http.Request) error {
	allowed, what := []string{}, "none is allowed here"
	if r.URL.Path == "/objects" {
		allowed, what = listParameters, "allowed are "+strings.Join(listParameters, ", ")
	}
	var problems []error
	for name := range r.URL.Query() {
		if !slices.Contains(allowed, name) {
			problems = append(problems, fmt.Errorf("the query parameter %q is not supported: %s", name, what))
		}
	}
	return inOrder(problems)
}

func mustBeHeaders(r *http.Request) error {
	var problems []error
	for name := range r.Header {
		canonical := http.CanonicalHeaderKey(name)
		if !strings.HasPrefix(canonical, "X-Amz-") || slices.Contains(harmlessHeaders, canonical) {
			continue
		}
		// A read has nothing to store, so that its metadata changes nothing.
		if strings.HasPrefix(canonical, metadataPrefix) || slices.Contains(amazonHeaders[r.Method], canonical) {
			continue
		}
		problems = append(problems, fmt.Errorf("the header %s is not supported for %s: of the x-amz- headers, PUT and POST take %s and x-amz-meta-*",
			strings.ToLower(name), r.Method, strings.ToLower(strings.Join(checksumHeaders(), ", "))))
	}
	return inOrder(problems)
}

// inOrder makes a message that does not depend on the order of a map.
func inOrder(problems []error) error {
	slices.SortFunc(problems, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return errors.Join(problems...)
}
