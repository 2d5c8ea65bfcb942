package main_test

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// In a usage, the first words in backquotes are taken for the name of the value.
func TestTheHelpNamesTheValueOfAnOptionInOneWord(t *testing.T) {
	commands := regexp.MustCompile(`(?m)^  ([a-z]+) +[A-Z]`).FindAllStringSubmatch(regionpair(t, "--help").stdout, -1)
	require.Greater(t, len(commands), 15)
	option := regexp.MustCompile(`(?m)^ +(?:-\w, )?(--[a-z-]+)(?: (\S.*?))?(?: {2,}|$)`)
	for _, command := range commands {
		found := option.FindAllStringSubmatch(regionpair(t, command[1], "--help").stdout, -1)
		for _, match := range found {
			assert.NotContains(t, match[2], " ", "%s %s", command[1], match[1])
		}
	}
}
