package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/internal/operate"
)

// ourCommand is a command of this tool in a document, in a block or in a line.
var ourCommand = regexp.MustCompile("(?m)(?:^|`)regionpair ([a-z][^`#\n]*)")

func TestRunbooksUseCommandsAndOptionsThatExist(t *testing.T) {
	pages, err := filepath.Glob("../../docs/runbooks/*.md")
	require.NoError(t, err)
	pages = append(pages, "../../docs/operations.md", "../../docs/readiness.md")
	require.Greater(t, len(pages), 10)
	found := 0
	for _, page := range pages {
		text, err := os.ReadFile(page)
		require.NoError(t, err)
		for _, match := range ourCommand.FindAllStringSubmatch(string(text), -1) {
			found++
			line := strings.TrimSpace(match[1])
			command, rest, err := newRoot().Find(splitWords(line))
			if !assert.NoError(t, err, "%s: regionpair %s", page, line) || !assert.True(t, command.HasParent(), "%s: regionpair %s", page, line) {
				continue
			}
			assert.NoError(t, command.ParseFlags(rest), "%s: regionpair %s", page, line)
		}
	}
	assert.Greater(t, found, 20)
}

func TestTheExampleWorkflowUsesCommandsAndOptionsThatExist(t *testing.T) {
	text, err := os.ReadFile("../../examples/workflows/readiness-and-drill.yml")
	require.NoError(t, err)
	found := regexp.MustCompile("go tool regionpair ([a-z][^|\n]*)").FindAllStringSubmatch(string(text), -1)
	require.Len(t, found, 3)
	for _, match := range found {
		command, rest, err := newRoot().Find(splitWords(strings.TrimSpace(match[1])))
		require.NoError(t, err, match[1])
		assert.NoError(t, command.ParseFlags(rest), match[1])
	}
	for _, role := range []string{"reader", "drill"} {
		assert.Contains(t, string(text), "`regionpair iam "+role+"`")
		assert.Contains(t, operate.PolicyRoles(), role)
	}
}

// splitWords splits as a shell does, with double quotes.
func splitWords(line string) []string {
	words := []string{}
	for _, match := range regexp.MustCompile(`"([^"]*)"|(\S+)`).FindAllStringSubmatch(line, -1) {
		words = append(words, match[1]+match[2])
	}
	return words
}
