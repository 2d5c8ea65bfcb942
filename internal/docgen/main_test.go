package main

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTheReferenceIsCurrent(t *testing.T) {
	want, err := render("../../constructs")
	require.NoError(t, err)
	got, err := os.ReadFile("../../" + page)
	require.NoError(t, err)
	assert.True(t, string(want) == string(got), "run `go generate ./internal/docgen`")
}

func TestTheReferenceHoldsEachConstruct(t *testing.T) {
	text, err := render("../../constructs")
	require.NoError(t, err)
	for _, want := range []string{"\n## RegionUnit\n", "\n## FailoverDns\n", "\n## ReplicatedBucket\n", "**required**", "| Method | Gives |"} {
		assert.Contains(t, string(text), want)
	}
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "| `") {
			assert.NotContains(t, line, "|  |\n", "a property or a method without a comment")
		}
	}
}

func TestSplit(t *testing.T) {
	meaning, byDefault := split("Ttl is how long.\nDefault: 10 seconds, 5 with\nPostureFast. Allowed: 1 to 5.\n")
	assert.Equal(t, "Ttl is how long.", meaning)
	assert.Equal(t, "10 seconds, 5 with PostureFast. Allowed: 1 to 5", byDefault)
	_, byDefault = split("Pair.\nRequired, with a DomainName.\n")
	assert.Equal(t, "**required**, with a DomainName", byDefault)
}
