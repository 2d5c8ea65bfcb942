package main_test

import (
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const modulePath = "github.com/regionpair/regionpair"

// agreements are packages that everybody may import, because they hold what two
// programs must agree on. They import the standard library and each other only.
var agreements = []string{"internal/contract", "internal/entry", "internal/guard", "internal/limits", "internal/proxytls", "internal/route", "internal/rule", "internal/strict"}

// TestDependencyDirection holds the arrows between the packages: importers pay
// only for what they import, and the functions carry nothing of CDK.
func TestDependencyDirection(t *testing.T) {
	output, err := exec.CommandContext(t.Context(), "go", "list", "-f", `{{.ImportPath}}:{{join .Imports " "}}`, "./...").Output()
	require.NoError(t, err)
	for line := range strings.Lines(string(output)) {
		importer, imports, _ := strings.Cut(strings.TrimSpace(line), ":")
		importer = strings.TrimPrefix(importer, modulePath+"/")
		for imported := range strings.FieldsSeq(imports) {
			own, isOwn := strings.CutPrefix(imported, modulePath+"/")
			if slices.Contains(agreements, own) {
				isOwn = false
			}
			isCDK := strings.Contains(imported, "aws-cdk-go") || strings.Contains(imported, "jsii")
			switch {
			case slices.Contains(agreements, importer) && slices.Contains(agreements, own):
			case slices.Contains(agreements, importer):
				assert.NotContains(t, strings.SplitN(imported, "/", 2)[0], ".", "%s imports %s", importer, imported)
			case strings.HasPrefix(importer, "lambda/"):
				assert.True(t, !isOwn || strings.HasPrefix(own, "lambda/internal/") || own == "lambda/fence", "%s imports %s", importer, own)
				assert.False(t, isCDK, "%s imports %s", importer, imported)
			case importer == "constructs":
				assert.False(t, isOwn, "%s imports %s", importer, own)
				assert.NotEqual(t, "github.com/aws/aws-cdk-go/awscdk/v2/awseventstargets", imported, "it brings along the packages of all targets")
			case importer == "config", strings.HasPrefix(importer, "config/"):
				assert.True(t, !isOwn || own == "config" || strings.HasPrefix(own, "config/") || own == "internal/typedoc", "%s imports %s", importer, own)
				assert.False(t, isCDK, "%s imports %s", importer, imported)
			case strings.HasPrefix(importer, "internal/"):
				isTransport := importer == "internal/drill" && own == "client"
				assert.True(t, !isOwn || strings.HasPrefix(own, "internal/") || own == "config" || isTransport, "%s imports %s", importer, own)
				assert.False(t, isCDK, "%s imports %s", importer, imported)
			case strings.HasPrefix(importer, "cmd/"):
				assert.True(t, !isOwn || strings.HasPrefix(own, "internal/") || own == "config", "%s imports %s", importer, own)
				assert.False(t, isCDK, "%s imports %s", importer, imported)
			case importer == "client":
				agreed := slices.Contains(agreements, own)
				assert.True(t, agreed || !strings.Contains(strings.SplitN(imported, "/", 2)[0], "."), "%s imports %s", importer, imported)
			case importer == "regionpairtest":
				assert.False(t, isOwn, "%s imports %s", importer, own)
			case importer == "stacks":
				assert.True(t, !isOwn || own == "constructs" || own == "config", "%s imports %s", importer, own)
			}
		}
	}
}

func TestTheAppStaysShort(t *testing.T) {
	for path, limit := range map[string]int{"app.go": 60, "examples/own-handler/main.go": 60, "examples/existing-api/main.go": 60, "examples/whole-app/main.go": 27, "examples/synchronous-objects/main.go": 27} {
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		assert.Less(t, strings.Count(string(text), "\n"), limit, path)
	}
}

// A tag can be moved to another commit, also in what others copy from here.
func TestActionsArePinnedByCommit(t *testing.T) {
	output, err := exec.CommandContext(t.Context(), "git", "ls-files", "*.yml", "*.yml.tmpl").Output()
	require.NoError(t, err)
	pinned := regexp.MustCompile(`^[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$`)
	found := 0
	for _, path := range strings.Fields(string(output)) {
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		for line := range strings.Lines(string(text)) {
			_, action, uses := strings.Cut(line, "uses: ")
			if action = strings.TrimSpace(action); uses && !strings.HasPrefix(action, "./") {
				assert.Regexp(t, pinned, action, path)
				found++
			}
		}
	}
	assert.Positive(t, found)
}

var ignoresNodeModules = regexp.MustCompile(`(?m)^\s*(ignore )?\./node_modules$`)

// The CDK CLI brings files that end in .go and are none: "go test ./..." fails
// on them once npm has installed it beside a module.
func TestModulesIgnoreWhatNpmInstalls(t *testing.T) {
	output, err := exec.CommandContext(t.Context(), "git", "ls-files", "package.json", "*/package.json", "*/package.json.tmpl").Output()
	require.NoError(t, err)
	found := 0
	for _, path := range strings.Fields(string(output)) {
		packages, err := os.ReadFile(path)
		require.NoError(t, err)
		module, err := os.ReadFile(strings.Replace(path, "package.json", "go.mod", 1))
		if err == nil && strings.Contains(string(packages), `"aws-cdk":`) {
			assert.True(t, ignoresNodeModules.Match(module), "the go.mod beside %s needs: ignore ./node_modules", path)
			found++
		}
	}
	assert.GreaterOrEqual(t, found, 7)
}
