package main

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/lambda/internal/issuers"
)

// settings are the function's environment variables. None of them is secret.
type settings struct {
	// credentialsSecret names the secret with the regional app clients.
	credentialsSecret string
	// cognitoTokenURL is the token endpoint of this Region's pool.
	cognitoTokenURL string
	// publicBaseURL is how clients call the API, without a slash at the end.
	publicBaseURL string
	// tokenValidity is the life of an access token.
	tokenValidity time.Duration
	// issuerParameters name the trusted issuers.
	issuerParameters []string
}

func readSettings(getenv func(string) string) (settings, error) {
	s := settings{
		credentialsSecret: getenv("CREDENTIALS_SECRET"),
		cognitoTokenURL:   getenv("COGNITO_TOKEN_URL"),
		publicBaseURL:     strings.TrimSuffix(getenv("PUBLIC_BASE_URL"), "/"),
	}
	if s.credentialsSecret == "" {
		return s, errors.New("CREDENTIALS_SECRET must name the secret with this Region's app clients, got nothing")
	}
	for name, value := range map[string]string{"COGNITO_TOKEN_URL": s.cognitoTokenURL, "PUBLIC_BASE_URL": s.publicBaseURL} {
		address, err := url.Parse(value)
		if err != nil || address.Scheme != "https" || address.Host == "" || address.RawQuery != "" || address.Fragment != "" {
			return s, fmt.Errorf("%s must be an https URL without query, got %q", name, value)
		}
	}
	seconds, err := strconv.Atoi(getenv(contract.TokenValiditySeconds))
	if err != nil || seconds < 1 {
		return s, fmt.Errorf("%s must be a number of seconds, got %q", contract.TokenValiditySeconds, getenv(contract.TokenValiditySeconds))
	}
	s.tokenValidity = time.Duration(seconds) * time.Second
	s.issuerParameters, err = issuers.SplitNames(getenv("ISSUER_PARAMETERS"))
	return s, err
}
