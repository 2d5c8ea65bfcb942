package main

import (
	"os"
	"slices"
	"strings"
)

// foreign are variables that could lead a tool of ours out of the emulators:
// to somebody's account, endpoint or proxy.
var foreign = []string{"AWS_", "CDK_", "HTTP_PROXY=", "HTTPS_PROXY=", "NO_PROXY=", "ALL_PROXY="}

// cleanEnviron is the environment without what could lead out, and with what is
// given.
func cleanEnviron(variables ...string) []string {
	environment := slices.DeleteFunc(os.Environ(), func(variable string) bool {
		return slices.ContainsFunc(foreign, func(prefix string) bool { return strings.HasPrefix(strings.ToUpper(variable), prefix) })
	})
	return append(environment, variables...)
}
