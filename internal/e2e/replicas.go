package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"
)

// carryReplicas is all that AWS does between Regions here and separate
// processes do not: Secrets Manager replicates a secret into another Region. An
// emulator keeps such a replica to itself, under the name of the other Region;
// it is carried to the process of that Region. It returns their names.
func (s *scenario) carryReplicas(ctx context.Context) (map[string][]string, error) {
	carried := map[string][]string{}
	for _, from := range s.emulators {
		for region, to := range s.emulators {
			if from == to {
				continue
			}
			names, err := carry(ctx, secretsmanager.NewFromConfig(from.sdk(region)), secretsmanager.NewFromConfig(to.sdk(region)))
			if err != nil {
				return nil, fmt.Errorf("carry the replicated secrets from %s to %s: %w", from.region, region, err)
			}
			carried[region] = append(carried[region], names...)
		}
	}
	return carried, nil
}

func carry(ctx context.Context, from, to *secretsmanager.Client) ([]string, error) {
	list, err := from.ListSecrets(ctx, &secretsmanager.ListSecretsInput{})
	if err != nil {
		return nil, err
	}
	names := []string{}
	for _, secret := range list.SecretList {
		value, err := from.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: secret.Name})
		if err != nil {
			return nil, err
		}
		_, err = to.CreateSecret(ctx, &secretsmanager.CreateSecretInput{Name: secret.Name, SecretString: value.SecretString})
		var exists *types.ResourceExistsException
		if errors.As(err, &exists) {
			// A new value makes the one before AWSPREVIOUS, as in a real replica.
			_, err = to.PutSecretValue(ctx, &secretsmanager.PutSecretValueInput{SecretId: secret.Name, SecretString: value.SecretString})
		}
		if err != nil {
			return nil, err
		}
		names = append(names, *secret.Name)
	}
	return names, nil
}

// sdk configures a client of the emulator. It takes any Region for its own, by
// the credential.
func (e *emulator) sdk(region string) aws.Config {
	return aws.Config{
		Region: region, BaseEndpoint: aws.String(e.url().String()), Credentials: credentials.NewStaticCredentialsProvider(root.AccessKeyID, root.SecretAccessKey, ""),
	}
}
