package main_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/internal/localcloud/signature"
)

// shellBlock of a page, which may be a part of a list.
var shellBlock = regexp.MustCompile("(?ms)^ *```shell\n(.*?)^ *```$")

// documented is the shell text of a page that has a word in it.
func documented(t *testing.T, page, word string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(repository, page))
	require.NoError(t, err)
	found := []string{}
	for _, block := range shellBlock.FindAllStringSubmatch(string(text), -1) {
		if strings.Contains(block[1], word) {
			found = append(found, block[1])
		}
	}
	require.Len(t, found, 1, "%s has one block with %q", page, word)
	return found[0]
}

// needAWS leaves a test out where there is no AWS CLI.
func needAWS(t *testing.T) {
	t.Helper()
	for _, tool := range []string{"bash", "aws", "curl", "jq"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("NOT TESTED: %s is not installed, and the page's commands need it", tool)
		}
	}
}

// shell runs a text as an operator of the session's pair, with the AWS CLI and curl
// through its proxy, and returns what it says.
func (s *session) shell(text string, variables ...string) string {
	s.t.Helper()
	command := exec.CommandContext(s.t.Context(), "bash", "-c", text)
	command.Env = append(os.Environ(), "HTTPS_PROXY="+s.ready.HTTPSProxy, "SSL_CERT_FILE="+s.ready.CAFile, "CURL_CA_BUNDLE="+s.ready.CAFile,
		"AWS_CA_BUNDLE="+s.ready.CAFile, "AWS_EC2_METADATA_DISABLED=true", "AWS_REGION="+s.ready.Regions[0].Name, "AWS_DEFAULT_REGION="+s.ready.Regions[0].Name, "AWS_PAGER=",
		"AWS_CONFIG_FILE="+os.DevNull, "AWS_SHARED_CREDENTIALS_FILE="+os.DevNull, "AWS_ACCESS_KEY_ID="+signature.AccessKeyID,
		"AWS_SECRET_ACCESS_KEY="+signature.SecretAccessKey, "AWS_SESSION_TOKEN="+signature.SessionToken)
	command.Env = append(command.Env, variables...)
	output, err := command.CombinedOutput()
	require.NoError(s.t, err, string(output))
	return string(output)
}
