package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// route is a method of the API and the scopes of which a token needs one.
type route struct {
	// Method in capitals, or "ANY".
	Method string `json:"method"`
	// Path as API Gateway writes it: "{name}" is a segment, "{name+}" the rest.
	Path string `json:"path"`
	// Scopes of which any one is enough.
	Scopes []string `json:"scopes"`
}

// parseRoutes reads the ROUTES variable. It returns an error that names the
// first route that is incomplete: a route without a scope would be open to
// every client.
func parseRoutes(text string) ([]route, error) {
	var routes []route
	if err := json.Unmarshal([]byte(text), &routes); err != nil {
		return nil, fmt.Errorf(`ROUTES must be a JSON list such as [{"method":"GET","path":"/objects","scopes":["objects/read"]}]: %w`, err)
	}
	if len(routes) == 0 {
		return nil, errors.New("ROUTES must hold at least one route, got none")
	}
	for i, r := range routes {
		if err := r.check(); err != nil {
			return nil, fmt.Errorf("ROUTES[%d]: %w", i, err)
		}
	}
	return routes, nil
}

func (r route) check() error {
	if r.Method == "" || r.Method != strings.ToUpper(r.Method) || strings.ContainsAny(r.Method, "*?/") {
		return fmt.Errorf("'method' must be an HTTP method in capitals or ANY, got %q", r.Method)
	}
	if !strings.HasPrefix(r.Path, "/") || strings.ContainsAny(r.Path, "*?") {
		return fmt.Errorf("'path' must start with a slash and hold no wildcard, got %q", r.Path)
	}
	if len(r.Scopes) == 0 {
		return errors.New("'scopes' must hold at least one scope, got none")
	}
	for _, scope := range r.Scopes {
		if scope == "" {
			return errors.New("'scopes' must not hold an empty scope")
		}
	}
	return nil
}

var parameter = regexp.MustCompile(`\{[^}]*\}`)

// pattern is the route in a policy: "GET/objects/*".
func (r route) pattern() string {
	method := r.Method
	if method == "ANY" {
		method = "*"
	}
	return method + parameter.ReplaceAllLiteralString(r.Path, "*")
}

// covers reports whether everything that matches the other route's pattern
// matches this one's, too.
func (r route) covers(other route) bool {
	return matches(r.pattern(), other.pattern())
}

// matches is the policy language's "*", applied to another pattern as text.
func matches(pattern, text string) bool {
	head, tail, wild := strings.Cut(pattern, "*")
	if !wild {
		return pattern == text
	}
	if !strings.HasPrefix(text, head) {
		return false
	}
	for rest := len(head); rest <= len(text); rest++ {
		if matches(tail, text[rest:]) {
			return true
		}
	}
	return false
}
