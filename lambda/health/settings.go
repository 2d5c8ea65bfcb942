package main

import (
	"encoding/json"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/lambda/internal/environment"
)

// settings is what the construct says through environment variables.
type settings struct {
	region          string
	depth           contract.HealthDepth
	switchParameter string
	holdParameter   string
	bucket          string
	keyARN          string
	jwksURI         string
	tokenURL        string
	ownIssuer       string
	// frontDoor of the API.
	frontDoor contract.FrontDoor
	// tables by the names of their checks.
	tables map[string]contract.HealthTable
	// ownProbes are functions by the names of their checks.
	ownProbes map[string]string
	// guardFunction is the guard that is woken, and guardParameter what it
	// remembers; empty where there is none.
	guardFunction, guardParameter string
}

// readSettings reports every variable that is missing or wrong at once.
func readSettings(getenv func(string) string) (settings, error) {
	variables := environment.New(getenv)
	s := settings{
		region:          variables.Need("AWS_REGION"),
		depth:           contract.HealthDepth(variables.Need(contract.HealthDepthVariable)),
		switchParameter: variables.Need(contract.SwitchVariable),
		holdParameter:   variables.Need(contract.HoldVariable),
		guardFunction:   variables.Optional(contract.WakeFunction),
		guardParameter:  variables.Optional(contract.WakeParameter),
	}
	if (s.guardFunction == "") != (s.guardParameter == "") {
		variables.Refuse("%s and %s go together, got one of them", contract.WakeFunction, contract.WakeParameter)
	}
	switch s.depth {
	case "", contract.HealthStatic:
	case contract.HealthDependencies, contract.HealthAPI:
		s.bucket = variables.Need("BUCKET_NAME")
		s.keyARN = variables.Need("KMS_KEY_ARN")
		s.jwksURI = variables.Need("JWKS_URI")
		s.tokenURL = variables.Need("TOKEN_URL")
		s.ownIssuer = variables.Need("ISSUER_PARAMETERS")
	default:
		variables.Refuse("%s must be %q, %q or %q, got %q", contract.HealthDepthVariable, contract.HealthStatic, contract.HealthDependencies, contract.HealthAPI, s.depth)
	}
	optional := func(name, content string, into any) {
		if text := variables.Optional(name); text != "" {
			if err := json.Unmarshal([]byte(text), into); err != nil {
				variables.Refuse("%s must be a JSON object of %s: %w", name, content, err)
			}
		}
	}
	if s.depth == contract.HealthAPI && variables.Need(contract.HealthFrontDoor) != "" {
		optional(contract.HealthFrontDoor, "host, name, path and secret", &s.frontDoor)
	}
	optional(contract.HealthProbes, "function names", &s.ownProbes)
	tables, err := readTables(variables.Optional("LAMBDA_TASK_ROOT"))
	if err != nil {
		variables.Refuse("%w", err)
	}
	s.tables = tables
	return s, variables.Err()
}
