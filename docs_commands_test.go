package main_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var (
	ownCommand = regexp.MustCompile("(?:^|[`\\s/])regionpair ((?:[a-z]+)(?: [^`|#\\n]*)?)")
	makeTarget = regexp.MustCompile("(?:^|`|&& )make ([a-z0-9-]+)")
	longFlag   = regexp.MustCompile(`--[a-z][a-z-]*`)
	// quoted are commands of others.
	quoted = regexp.MustCompile(`'[^']*'`)
)

// TestCommandsInDocumentsExist holds targets, commands and their options
// against the Makefile and the program's own help.
func TestCommandsInDocumentsExist(t *testing.T) {
	program := filepath.Join(t.TempDir(), "regionpair")
	output, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, "./cmd/regionpair").CombinedOutput()
	require.NoError(t, err, string(output))
	targets, err := os.ReadFile("Makefile")
	require.NoError(t, err)
	help := map[string]string{}
	for _, path := range documents(t) {
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		for _, code := range codeOf(string(text)) {
			for _, match := range makeTarget.FindAllStringSubmatch(code, -1) {
				assert.Contains(t, string(targets), "\n"+match[1]+":", "%s: make %s", path, match[1])
			}
			for _, match := range ownCommand.FindAllStringSubmatch(code, -1) {
				name, _, _ := strings.Cut(match[1], " ")
				if _, known := help[name]; !known {
					output, err := exec.CommandContext(t.Context(), program, name, "--help").CombinedOutput()
					assert.NoError(t, err, "%s: regionpair %s: %s", path, name, output)
					help[name] = string(output)
				}
				for _, option := range longFlag.FindAllString(quoted.ReplaceAllString(match[1], "''"), -1) {
					assert.Contains(t, help[name], option, "%s: regionpair %s", path, match[1])
				}
			}
		}
	}
}

// codeOf returns the lines of code blocks and the code spans of a document.
func codeOf(text string) []string {
	list, inside := []string{}, false
	for line := range strings.Lines(text) {
		switch {
		case strings.HasPrefix(strings.TrimSpace(line), "```"):
			inside = !inside
		case inside:
			list = append(list, strings.TrimPrefix(strings.TrimSpace(line), "$ "))
		default:
			list = append(list, codeSpan.FindAllString(line, -1)...)
		}
	}
	return list
}
