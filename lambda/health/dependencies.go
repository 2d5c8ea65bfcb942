package main

import (
	"context"
	"fmt"
	"io"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
)

const maxJWKSBytes = 64 << 10

// probes returns what this Region's health depends on: nothing when static.
// None of them asks the other Region.
func probes(s settings, config aws.Config, parameters *ssm.Client, client *http.Client) []probe {
	if s.depth == depthStatic {
		return nil
	}
	objects, keys := s3.NewFromConfig(config), kms.NewFromConfig(config)
	return []probe{
		{"bucket", func(ctx context.Context) error { return listBucket(ctx, objects, s.bucket) }},
		{"key", func(ctx context.Context) error { return generateKey(ctx, keys, s.keyARN) }},
		{"issuer", func(ctx context.Context) error { return getJWKS(ctx, client, s.jwksURI) }},
		{"parameters", func(ctx context.Context) error { return getParameter(ctx, parameters, s.ownIssuer) }},
	}
}

func listBucket(ctx context.Context, client *s3.Client, bucket string) error {
	_, err := client.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: &bucket, MaxKeys: aws.Int32(1)})
	return err
}

// generateKey proves that objects can be encrypted; the key never leaves KMS.
func generateKey(ctx context.Context, client *kms.Client, arn string) error {
	_, err := client.GenerateDataKeyWithoutPlaintext(ctx, &kms.GenerateDataKeyWithoutPlaintextInput{
		KeyId: &arn, KeySpec: types.DataKeySpecAes256,
	})
	return err
}

func getJWKS(ctx context.Context, client *http.Client, uri string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, uri, nil)
	if err != nil {
		return fmt.Errorf("build the request for keys: %w", err)
	}
	response, err := client.Do(request)
	if err != nil {
		return fmt.Errorf("fetch the keys: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	// Reading to the end lets the next probe use the same connection.
	if _, err := io.Copy(io.Discard, io.LimitReader(response.Body, maxJWKSBytes)); err != nil {
		return fmt.Errorf("read the keys: %w", err)
	}
	if response.StatusCode != http.StatusOK {
		return statusError(response.StatusCode)
	}
	return nil
}

func getParameter(ctx context.Context, client *ssm.Client, name string) error {
	output, err := client.GetParameters(ctx, &ssm.GetParametersInput{Names: []string{name}})
	if err != nil {
		return err
	}
	if len(output.Parameters) == 0 {
		return errMissing
	}
	return nil
}
