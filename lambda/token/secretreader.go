package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"
	"github.com/aws/smithy-go"
)

// secretTimeout bounds one read, with the SDK's own retries.
const secretTimeout = 2500 * time.Millisecond

const (
	stageCurrent  = "AWSCURRENT"
	stagePrevious = "AWSPREVIOUS"
)

// errNoSecret says that Secrets Manager does not have what was asked for, as
// opposed to not answering.
var errNoSecret = errors.New("the secret does not exist")

// SecretsAPI reads secrets; *secretsmanager.Client is one.
type SecretsAPI interface {
	GetSecretValue(ctx context.Context, input *secretsmanager.GetSecretValueInput, options ...func(*secretsmanager.Options)) (*secretsmanager.GetSecretValueOutput, error)
}

// readSecret returns a version of a secret. The error wraps errNoSecret when
// there is no such version or the secret is being deleted.
func readSecret(ctx context.Context, api SecretsAPI, id, stage string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, secretTimeout)
	defer cancel()
	output, err := api.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: &id, VersionStage: &stage})
	if isGone(err) {
		return "", fmt.Errorf("read the %s version of secret %q: %w", stage, id, errNoSecret)
	}
	if err != nil {
		return "", fmt.Errorf("read the %s version of secret %q: %w", stage, id, err)
	}
	if output.SecretString == nil {
		return "", fmt.Errorf("secret %q holds no text in its %s version", id, stage)
	}
	return *output.SecretString, nil
}

func isGone(err error) bool {
	var notFound *types.ResourceNotFoundException
	if errors.As(err, &notFound) {
		return true
	}
	// A secret that is marked for deletion answers this.
	var apiError smithy.APIError
	return errors.As(err, &apiError) && apiError.ErrorCode() == "InvalidRequestException"
}
