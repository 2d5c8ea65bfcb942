package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/regionpair/regionpair/internal/contract"
)

const (
	depthStatic       = "static"
	depthDependencies = "dependencies"
)

// settings is what the construct says through environment variables.
type settings struct {
	region          string
	depth           string
	switchParameter string
	holdParameter   string
	bucket          string
	keyARN          string
	jwksURI         string
	tokenURL        string
	// ownIssuer is the first of ISSUER_PARAMETERS. The peer's is left out:
	// this Region can serve before the two are wired.
	ownIssuer string
	// tables by the names of their checks.
	tables map[string]contract.HealthTable
	// ownProbes are functions by the names of their checks.
	ownProbes map[string]string
}

// readSettings reports every variable that is missing or wrong at once.
func readSettings(getenv func(string) string) (settings, error) {
	var problems []error
	need := func(name string) string {
		value := getenv(name)
		if value == "" {
			problems = append(problems, fmt.Errorf("environment variable %s is missing", name))
		}
		return value
	}
	s := settings{
		region:          need("AWS_REGION"),
		depth:           need("HEALTH_DEPTH"),
		switchParameter: need(contract.SwitchVariable),
		holdParameter:   need(contract.HoldVariable),
	}
	switch s.depth {
	case "", depthStatic:
	case depthDependencies:
		s.bucket = need("BUCKET_NAME")
		s.keyARN = need("KMS_KEY_ARN")
		s.jwksURI = need("JWKS_URI")
		s.tokenURL = need("TOKEN_URL")
		s.ownIssuer, _, _ = strings.Cut(need("ISSUER_PARAMETERS"), ",")
	default:
		problems = append(problems, fmt.Errorf("HEALTH_DEPTH must be %q or %q, got %q", depthStatic, depthDependencies, s.depth))
	}
	optional := func(name, content string, into any) {
		if text := getenv(name); text != "" {
			if err := json.Unmarshal([]byte(text), into); err != nil {
				problems = append(problems, fmt.Errorf("%s must be a JSON object of %s: %w", name, content, err))
			}
		}
	}
	optional(contract.HealthProbes, "function names", &s.ownProbes)
	optional(contract.HealthTables, "tables and their keys", &s.tables)
	return s, errors.Join(problems...)
}
