// Command token is the API's OAuth 2.0 token endpoint for machine clients: it
// checks the stable credentials of a client and exchanges them for an access
// token of this Region's Cognito user pool.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"github.com/regionpair/regionpair/lambda/internal/apigw"
	"github.com/regionpair/regionpair/lambda/internal/issuers"
	"github.com/regionpair/regionpair/lambda/internal/logging"
	"github.com/regionpair/regionpair/lambda/internal/metric"
)

func main() {
	logger := logging.Setup()
	endpoint, err := fromEnvironment(context.Background())
	if err != nil {
		logger.Error("start the token endpoint", "error", err)
		os.Exit(1)
	}
	endpoint.warm(context.Background())
	lambda.Start(apigw.Handler(endpoint.routes()))
}

func fromEnvironment(ctx context.Context) (*endpoint, error) {
	settings, err := readSettings(os.Getenv)
	if err != nil {
		return nil, err
	}
	config, err := awsconfig.LoadDefaultConfig(ctx)
	if err != nil {
		return nil, fmt.Errorf("load the AWS configuration: %w", err)
	}
	return newEndpoint(endpointProps{
		settings: settings,
		secrets:  secretsmanager.NewFromConfig(config),
		keys:     issuers.NewSet(issuers.SetProps{Parameters: ssm.NewFromConfig(config), Names: settings.issuerParameters}),
		metrics:  metric.NewCounter(os.Stdout, lambdacontext.FunctionName),
	}), nil
}
