package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParseRoutesRefusesWhatWouldBeOpenOrUnreachable(t *testing.T) {
	for text, reason := range map[string]string{
		``:     "ROUTES must be a JSON list",
		`{}`:   "ROUTES must be a JSON list",
		`[]`:   "at least one route, got none",
		`null`: "at least one route, got none",
		`[{"method":"GET","path":"/a","scopes":["s"]},{"method":"GET","path":"/b"}]`: "ROUTES[1]: 'scopes' must hold at least one scope",
		`[{"method":"GET","path":"/a","scopes":[""]}]`:                               "ROUTES[0]: 'scopes' must not hold an empty scope",
		`[{"path":"/a","scopes":["s"]}]`:                                             "ROUTES[0]: 'method' must be",
		`[{"method":"get","path":"/a","scopes":["s"]}]`:                              "got \"get\"",
		`[{"method":"*","path":"/a","scopes":["s"]}]`:                                "got \"*\"",
		`[{"method":"GET","path":"a","scopes":["s"]}]`:                               "'path' must start with a slash",
		`[{"method":"GET","path":"/*","scopes":["s"]}]`:                              "hold no wildcard",
		`[{"method":"GET","path":"/a?","scopes":["s"]}]`:                             "hold no wildcard",
	} {
		_, err := parseRoutes(text)
		require.ErrorContains(t, err, reason, text)
	}
}

func TestPatterns(t *testing.T) {
	for r, pattern := range map[[2]string]string{
		{"GET", "/"}:                     "GET/",
		{"GET", "/objects"}:              "GET/objects",
		{"PUT", "/objects/{key+}"}:       "PUT/objects/*",
		{"ANY", "/{proxy+}"}:             "*/*",
		{"DELETE", "/a/{b}/c/{d}/e-{f}"}: "DELETE/a/*/c/*/e-*",
	} {
		require.Equal(t, pattern, route{Method: r[0], Path: r[1]}.pattern())
	}
}
