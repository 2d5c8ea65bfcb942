package localcloud

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// tokenPath is the route of the token endpoint.
const tokenPath = "/oauth2/token" //nolint:gosec // a path

// brokenProgram is a version of a function that cannot start.
const brokenProgram = "#!/bin/sh\necho 'this version cannot start' >&2\nexit 1\n"

// DeployBroken deploys a version that cannot start, of each function that answers
// the routes of a Region's API, apart from the token endpoint's. Each of the
// functions that it returns rolls one back.
func (c *Cloud) DeployBroken(region Region) (rollBack []func(), err error) {
	program := filepath.Join(c.options.Dir, "broken")
	if err := os.WriteFile(program, []byte(brokenProgram), 0o700); err != nil { //nolint:gosec // a program
		return nil, fmt.Errorf("write a version that fails: %w", err)
	}
	at, found := c.domainAt(region.RegionalDomainName)
	if !found || at.api == nil {
		return nil, fmt.Errorf("there is no API in %s", region.Name)
	}
	seen := map[string]bool{}
	for _, method := range at.api.Methods {
		arn := method.FunctionARN()
		f, exists := c.region(region.Name, "").function(arn)
		if !exists || seen[arn] || method.Path == tokenPath || strings.HasPrefix(method.Path, "/.well-known/") {
			continue
		}
		seen[arn] = true
		rollBack = append(rollBack, f.Deploy(program))
	}
	if len(rollBack) == 0 {
		return nil, fmt.Errorf("no function answers the routes of the API in %s", region.Name)
	}
	return rollBack, nil
}
