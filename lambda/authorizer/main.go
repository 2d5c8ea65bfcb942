// Command authorizer is the Lambda REQUEST authorizer of the API: it decides, for
// the route that API Gateway has chosen, about access tokens of both Regions'
// issuers, so that a token outlives the Region that issued it.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"github.com/regionpair/regionpair/lambda/internal/issuers"
	"github.com/regionpair/regionpair/lambda/internal/logging"
)

func main() {
	logger := logging.Setup()
	authorizer, err := fromEnvironment(context.Background())
	if err != nil {
		logger.Error("start the authorizer", "error", err)
		os.Exit(1)
	}
	lambda.Start(authorizer.handle)
}

func fromEnvironment(ctx context.Context) (*authorizer, error) {
	names, err := issuers.SplitNames(os.Getenv("ISSUER_PARAMETERS"))
	if err != nil {
		return nil, err
	}
	table, err := readTable(os.Getenv("LAMBDA_TASK_ROOT"))
	if err != nil {
		return nil, err
	}
	config, err := awsconfig.LoadDefaultConfig(ctx)
	if err != nil {
		return nil, fmt.Errorf("load the AWS configuration: %w", err)
	}
	set := issuers.NewSet(issuers.SetProps{Parameters: ssm.NewFromConfig(config), Names: names})
	set.Warm(ctx)
	return &authorizer{verifier: issuers.NewVerifier(set), table: table}, nil
}
