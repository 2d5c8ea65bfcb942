package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/smithy-go"

	"github.com/regionpair/regionpair/internal/contract"
)

// checkEnforced does with the API function's credentials what its role does not
// allow: the emulator has to refuse it, and the gatekeeper as well.
func (s *scenario) checkEnforced(ctx context.Context) (string, error) {
	e, handler := s.emulators[s.primary().Region], "UnitHandlerFunction"
	function, err := e.functionNamed(ctx, handler)
	if err != nil {
		return "", err
	}
	id := contract.ClientSecret(s.config.Name, clientName)
	own := function.credentials()
	config := e.sdk(e.region)
	config.Credentials = credentials.StaticCredentialsProvider{Value: own}
	if err := mustBeDenied(ctx, config, id); err != nil {
		return "", fmt.Errorf("the emulator: %w", err)
	}
	secret, err := secretsmanager.NewFromConfig(e.sdk(e.region)).DescribeSecret(ctx, &secretsmanager.DescribeSecretInput{SecretId: &id})
	if err != nil {
		return "", err
	}
	s.gatekeeper.expect(handler + " may not secretsmanager:GetSecretValue on " + aws.ToString(secret.ARN))
	config.BaseEndpoint = nil
	if config.HTTPClient, err = s.inside(e.region); err != nil {
		return "", err
	}
	if err := mustBeDenied(ctx, config, id); err != nil {
		return "", fmt.Errorf("the gatekeeper: %w", err)
	}
	return "the API's function may not read a client's secret: for the emulator and for the gatekeeper", nil
}

func mustBeDenied(ctx context.Context, config aws.Config, secret string) error {
	_, err := secretsmanager.NewFromConfig(config).GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: &secret})
	var refused smithy.APIError
	if errors.As(err, &refused) && strings.Contains(refused.ErrorCode(), "AccessDenied") {
		return nil
	}
	return fmt.Errorf("the function's credentials read the secret %s, or fail for another reason: %w", secret, err)
}

// inside is a client that calls AWS as a function of a Region does.
func (s *scenario) inside(region string) (*http.Client, error) {
	text, err := os.ReadFile(s.network.CAFile())
	if err != nil {
		return nil, fmt.Errorf("read the network's authority: %w", err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(text)
	return &http.Client{Transport: &http.Transport{
		Proxy: http.ProxyURL(s.network.ProxyURL(region)), TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12},
	}}, nil
}
