package main

import (
	"maps"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var environment = map[string]string{
	"CREDENTIALS_SECRET":     credentialsID,
	"COGNITO_TOKEN_URL":      "https://orders.auth.eu-west-1.amazoncognito.com/oauth2/token",
	"PUBLIC_BASE_URL":        "https://api.example.com/",
	"TOKEN_VALIDITY_SECONDS": "3600",
	"ISSUER_PARAMETERS":      ownName + "," + peerName,
}

func TestSettingsComeFromTheEnvironment(t *testing.T) {
	for name, value := range environment {
		t.Setenv(name, value)
	}
	t.Setenv("AWS_REGION", "eu-west-1")
	e, err := fromEnvironment(t.Context())
	require.NoError(t, err)
	require.Equal(t, settings{
		credentialsSecret: credentialsID,
		cognitoTokenURL:   "https://orders.auth.eu-west-1.amazoncognito.com/oauth2/token",
		publicBaseURL:     "https://api.example.com",
		tokenValidity:     time.Hour,
		issuerParameters:  []string{ownName, peerName},
	}, e.settings)
	t.Setenv("PUBLIC_BASE_URL", "")
	_, err = fromEnvironment(t.Context())
	require.ErrorContains(t, err, "PUBLIC_BASE_URL")
}

func TestWrongSettingsAreNamed(t *testing.T) {
	for name, values := range map[string][]string{
		"CREDENTIALS_SECRET": {""},
		"ISSUER_PARAMETERS":  {"", ","},
		"COGNITO_TOKEN_URL":  {"", "http://orders.auth.eu-west-1.amazoncognito.com/oauth2/token", "https://", "https://a.example/?a=b", "://"},
		"PUBLIC_BASE_URL":    {"", "api.example.com", "http://api.example.com", "https://api.example.com/#a"},
	} {
		for _, value := range values {
			changed := maps.Clone(environment)
			changed[name] = value
			_, err := readSettings(func(name string) string { return changed[name] })
			require.ErrorContains(t, err, name, "%q", value)
		}
	}
}
