package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/smithy-go"
)

// secretTimeout bounds one read, with the SDK's own retries.
const secretTimeout = 2500 * time.Millisecond

const (
	stageCurrent  = "AWSCURRENT"
	stagePrevious = "AWSPREVIOUS"
)

var (
	// errNoSecret says that Secrets Manager does not have what was asked for, as
	// opposed to not answering.
	errNoSecret = errors.New("the secret does not exist")
	// errDenied says that this function may not read it, or not decrypt it.
	errDenied = errors.New("reading the secret is denied")
)

// SecretsAPI reads secrets; *secretsmanager.Client is one.
type SecretsAPI interface {
	GetSecretValue(ctx context.Context, input *secretsmanager.GetSecretValueInput, options ...func(*secretsmanager.Options)) (*secretsmanager.GetSecretValueOutput, error)
}

// readSecret returns a version of a secret. The error wraps errNoSecret when
// there is no such version or the secret is being deleted, and errDenied when
// somebody has forbidden to read it.
func readSecret(ctx context.Context, api SecretsAPI, id, stage string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, secretTimeout)
	defer cancel()
	output, err := api.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: &id, VersionStage: &stage})
	if err != nil {
		if refusal := refusalOf(err); refusal != nil {
			err = fmt.Errorf("%w: %w", refusal, err)
		}
		return "", fmt.Errorf("read the %s version of secret %q: %w", stage, id, err)
	}
	if output.SecretString == nil {
		return "", fmt.Errorf("secret %q holds no text in its %s version", id, stage)
	}
	return *output.SecretString, nil
}

// refusalOf tells a refusal from an outage; nil is an outage.
func refusalOf(err error) error {
	var apiError smithy.APIError
	if !errors.As(err, &apiError) {
		return nil
	}
	switch apiError.ErrorCode() {
	case "ResourceNotFoundException":
		return errNoSecret
	case "InvalidRequestException":
		// Other requests that Secrets Manager calls invalid say nothing of the secret.
		if strings.Contains(apiError.ErrorMessage(), "deleted") || strings.Contains(apiError.ErrorMessage(), "deletion") {
			return errNoSecret
		}
	case "AccessDeniedException", "DecryptionFailure":
		return errDenied
	}
	return nil
}
