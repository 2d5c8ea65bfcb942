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

// TestRotatingByHandKeepsAClientLockedOut runs the command of the page with an AWS CLI
// that knows one secret.
func TestRotatingByHandKeepsAClientLockedOut(t *testing.T) {
	t.Parallel()
	for _, tool := range []string{"bash", "jq"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("NOT TESTED: %s is not installed, and the page's commands need it", tool)
		}
	}
	page, err := os.ReadFile("docs/explanation/auth.md")
	require.NoError(t, err)
	rotate := ""
	for _, block := range regexp.MustCompile("(?ms)^```sh\n(.*?)^```$").FindAllStringSubmatch(string(page), -1) {
		if strings.Contains(block[1], "get-random-password") {
			rotate = strings.ReplaceAll(block[1], "<primary>", "eu-west-1")
		}
	}
	require.NotEmpty(t, rotate)
	const cli = `#!/bin/sh
case $2 in
get-secret-value) [ -n "$SECRET" ] && echo "$SECRET" ;;
get-random-password) echo '"new"' ;;
put-secret-value) cat >"$PUT" ;;
esac
`
	for name, test := range map[string]struct{ secret, want string }{
		"locked out":              {`{"client_id": "orders.partner", "client_secret": "old", "disabled": true}`, `{"client_id": "orders.partner", "client_secret": "new", "disabled": true}`},
		"with members of its own": {`{"client_id": "orders.partner", "client_secret": "old", "owner": "sales"}`, `{"client_id": "orders.partner", "client_secret": "new", "owner": "sales"}`},
		"cannot be read":          {"", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			put := filepath.Join(folder, "put")
			require.NoError(t, os.WriteFile(filepath.Join(folder, "aws"), []byte(cli), 0o700))
			command := exec.CommandContext(t.Context(), "bash", "-c", rotate)
			command.Env = append(os.Environ(), "PATH="+folder+":"+os.Getenv("PATH"), "SECRET="+test.secret, "PUT="+put)
			output, err := command.CombinedOutput()
			require.NoError(t, err, string(output))
			got, err := os.ReadFile(put)
			require.NoError(t, err)
			if test.want == "" {
				assert.Empty(t, strings.TrimSpace(string(got)), "Secrets Manager refuses an empty secret")
				return
			}
			assert.JSONEq(t, test.want, string(got))
		})
	}
}
