package main_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// maxProse is the longest line of prose in a document, in characters.
const maxProse = 160

// documents returns every Markdown file of the repository.
func documents(t *testing.T) []string {
	t.Helper()
	list := []string{}
	require.NoError(t, filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && path != "." && (strings.HasPrefix(entry.Name(), ".") && entry.Name() != ".github" || entry.Name() == "node_modules" || entry.Name() == "cdk.out"):
			return filepath.SkipDir
		case strings.HasSuffix(path, ".md"):
			list = append(list, path)
		}
		return nil
	}))
	require.Greater(t, len(list), 10)
	return list
}

// proseOf returns the lines of a document with those of code blocks emptied.
func proseOf(t *testing.T, path string) []string {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	lines, fence := strings.Split(string(text), "\n"), ""
	for i, line := range lines {
		mark := strings.TrimLeft(line, " ")
		switch {
		case fence == "" && strings.HasPrefix(mark, "```"):
			fence, lines[i] = "```", ""
		case fence != "" && strings.HasPrefix(mark, fence):
			fence, lines[i] = "", ""
		case fence != "":
			lines[i] = ""
		}
	}
	return lines
}

var (
	markdownLink = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	codeSpan     = regexp.MustCompile("`[^`]*`")
	linkTarget   = regexp.MustCompile(`\]\([^)]*\)`)
)

func TestLinksOfDocumentsLeadSomewhere(t *testing.T) {
	anchors := map[string][]string{}
	for _, path := range documents(t) {
		for number, line := range proseOf(t, path) {
			for _, match := range markdownLink.FindAllStringSubmatch(codeSpan.ReplaceAllString(line, ""), -1) {
				if regexp.MustCompile(`^[a-z]+:`).MatchString(match[1]) {
					continue
				}
				target, anchor, _ := strings.Cut(match[1], "#")
				file := path
				if target != "" {
					file = filepath.Join(filepath.Dir(path), target)
				}
				if _, err := os.Stat(file); !assert.NoError(t, err, "%s:%d links to %s", path, number+1, match[1]) || anchor == "" {
					continue
				}
				if anchors[file] == nil {
					anchors[file] = anchorsOf(t, file)
				}
				assert.Contains(t, anchors[file], anchor, "%s:%d links to %s, whose headings are others", path, number+1, match[1])
			}
		}
	}
}

// anchorsOf returns the anchors that GitHub gives the headings of a document.
func anchorsOf(t *testing.T, path string) []string {
	t.Helper()
	list, seen := []string{}, map[string]int{}
	for _, line := range proseOf(t, path) {
		title, isHeading := strings.CutPrefix(strings.TrimLeft(line, "#"), " ")
		if !isHeading || !strings.HasPrefix(line, "#") {
			continue
		}
		title = linkTarget.ReplaceAllString(strings.ReplaceAll(title, "[", ""), "")
		anchor := strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case unicode.IsLetter(r), unicode.IsDigit(r), r == '-', r == '_':
				return unicode.ToLower(r)
			}
			return -1
		}, strings.TrimSpace(title))
		if n := seen[anchor]; n > 0 {
			list = append(list, fmt.Sprintf("%s-%d", anchor, n))
		} else {
			list = append(list, anchor)
		}
		seen[anchor]++
	}
	return list
}

// TestProseFitsTheScreen leaves out tables and links, which cannot be broken,
// and pages that a program writes.
func TestProseFitsTheScreen(t *testing.T) {
	for _, path := range documents(t) {
		if slices.Contains([]string{"CHANGELOG.md"}, path) { // still to come
			continue
		}
		lines := proseOf(t, path)
		if len(lines) > 2 && strings.HasPrefix(lines[2], "<!--") {
			continue
		}
		for number, line := range lines {
			if strings.HasPrefix(strings.TrimSpace(line), "|") || strings.HasPrefix(line, "<!--") || strings.HasPrefix(line, "![") {
				continue
			}
			text := linkTarget.ReplaceAllString(line, "]")
			assert.LessOrEqual(t, utf8.RuneCountInString(text), maxProse, "%s:%d", path, number+1)
		}
	}
}

// TestEveryDocumentIsInTheIndex keeps readers from missing one.
func TestEveryDocumentIsInTheIndex(t *testing.T) {
	index, err := os.ReadFile("docs/README.md")
	require.NoError(t, err)
	for _, path := range documents(t) {
		inside, isDocument := strings.CutPrefix(filepath.ToSlash(path), "docs/")
		if isDocument && inside != "README.md" && !strings.HasPrefix(inside, "decisions/0") && !strings.HasPrefix(inside, "runbooks/") {
			assert.Contains(t, string(index), "("+inside+")", "docs/README.md does not list it")
		}
	}
}

func TestTheReadmeIsShort(t *testing.T) {
	text, err := os.ReadFile("README.md")
	require.NoError(t, err)
	assert.LessOrEqual(t, strings.Count(string(text), "\n"), 120)
}

// TestTroubleshootingQuotesOurMessages looks for the messages of the drill and
// the console in the sources, where "..." stands for what varies.
func TestTroubleshootingQuotesOurMessages(t *testing.T) {
	verb := regexp.MustCompile(`%[a-z.0-9]+`)
	sources := ""
	for _, folder := range []string{"cmd", "internal"} {
		require.NoError(t, filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, ".tmpl") {
				return err
			}
			text, err := os.ReadFile(path)
			sources += verb.ReplaceAllString(string(text), "...")
			return err
		}))
	}
	text, err := os.ReadFile("docs/how-to/troubleshooting.md")
	require.NoError(t, err)
	_, section, _ := strings.Cut(string(text), "## The drill and the console")
	section, _, _ = strings.Cut(section, "## ")
	for line := range strings.Lines(section) {
		first, _, _ := strings.Cut(strings.TrimPrefix(line, "|"), "|")
		for _, quoted := range codeSpan.FindAllString(first, -1) {
			assert.True(t, strings.Contains(sources, strings.Trim(quoted, "`")), "no message says %s any more", quoted)
		}
	}
}
