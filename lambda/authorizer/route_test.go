package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestFailsOnATableThatWouldLeaveRoutesOpenOrUnreachable(t *testing.T) {
	for text, reason := range map[string]string{
		``:     "it must be a JSON list",
		`{}`:   "it must be a JSON list",
		`[]`:   "is empty",
		`null`: "is empty",
		`[{"method":"GET","path":"/a","scopes":["s"],"public":true}]`:                               "unknown field",
		`[{"method":"GET","path":"/a","scopes":["s"]},{"method":"GET","path":"/b"}]`:                "route 1 (GET /b) needs at least one scope",
		`[{"method":"GET","path":"/a","scopes":[""]}]`:                                              "route 0 (GET /a) needs at least one scope",
		`[{"path":"/a","scopes":["s"]}]`:                                                            "has a method that is \"\"",
		`[{"method":"get","path":"/a","scopes":["s"]}]`:                                             `write it in capitals: "GET"`,
		`[{"method":"*","path":"/a","scopes":["s"]}]`:                                               "has a method that is \"*\"",
		`[{"method":"GET","path":"a","scopes":["s"]}]`:                                              "without a slash at the start",
		`[{"method":"GET","path":"/*","scopes":["s"]}]`:                                             "{rest+}",
		`[{"method":"GET","path":"/a?","scopes":["s"]}]`:                                            `the segment "a?"`,
		`[{"method":"GET","path":"/a","scopes":["s"]},{"method":"GET","path":"/a","scopes":["t"]}]`: "listed twice",
	} {
		_, err := parseTable([]byte(text))
		require.ErrorContains(t, err, reason, text)
	}
}
