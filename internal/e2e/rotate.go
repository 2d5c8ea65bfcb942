package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/regionpair/regionpair/internal/contract"
)

// rotationToken is the id of the version that the rotation makes.
const rotationToken = "00000000-0000-4000-8000-000000000001"

// rotate does what Secrets Manager does in a rotation: the emulator copies the
// secret instead of calling the function. Both Regions have to take the new
// secret, and the one before.
func (s *scenario) rotate(ctx context.Context) (string, error) {
	primary := s.primary()
	secrets, id := secretsmanager.NewFromConfig(s.emulators[primary.Region].sdk(primary.Region)), contract.ClientSecret(s.config.Name, clientName)
	function, err := s.emulators[primary.Region].functionNamed(ctx, "UnitClientsRotationFunction")
	if err != nil {
		return "", err
	}
	if _, err := secrets.RotateSecret(ctx, &secretsmanager.RotateSecretInput{SecretId: &id, RotationLambdaARN: &function.FunctionArn}); err != nil {
		return "", fmt.Errorf("switch rotation on: %w", err)
	}
	old, err := s.credentials(ctx, primary)
	if err != nil {
		return "", err
	}
	if _, err := secrets.PutSecretValue(ctx, &secretsmanager.PutSecretValueInput{SecretId: &id, ClientRequestToken: aws.String(rotationToken), VersionStages: []string{"AWSPENDING"}}); err != nil {
		return "", fmt.Errorf("begin the rotation: %w", err)
	}
	for _, step := range []string{"createSecret", "setSecret", "testSecret", "finishSecret"} {
		if err := s.invoke(ctx, primary, "UnitClientsRotationFunction", map[string]string{"Step": step, "SecretId": id, "ClientRequestToken": rotationToken}); err != nil {
			return "", fmt.Errorf("%s: %w", step, err)
		}
	}
	current, err := s.credentials(ctx, primary)
	if err != nil {
		return "", err
	}
	if current.Secret == old.Secret {
		return "", errors.New("the secret is the same after the rotation")
	}
	if _, err := s.carryReplicas(ctx); err != nil {
		return "", err
	}
	for _, stack := range s.regionStacks() {
		for _, credentials := range []clientCredentials{current, old} {
			if _, err := s.tokenFor(ctx, stack, credentials); err != nil {
				return "", err
			}
		}
	}
	return "both Regions take the new secret of " + clientName + " and the one before", nil
}
