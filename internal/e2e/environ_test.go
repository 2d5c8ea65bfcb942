package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestNothingLeadsAToolOutOfTheEmulators(t *testing.T) {
	for _, variable := range []string{"AWS_PROFILE", "AWS_ENDPOINT_URL_S3", "AWS_SESSION_TOKEN", "CDK_DEFAULT_ACCOUNT", "HTTPS_PROXY", "no_proxy"} {
		t.Setenv(variable, "somewhere else")
	}
	t.Setenv("LANG", "kept")

	environment := cleanEnviron("HTTPS_PROXY=ours")

	assert.Contains(t, environment, "HTTPS_PROXY=ours")
	assert.Contains(t, environment, "LANG=kept")
	for _, variable := range environment {
		assert.NotContains(t, variable, "somewhere else")
	}
}
