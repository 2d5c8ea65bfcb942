// Command rotation is the Secrets Manager rotation function of the machine
// clients' secrets. The client id stays; the secret before the new one stays
// valid until the next rotation, because the token endpoint accepts both.
package main

import (
	"context"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/regionpair/regionpair/lambda/internal/logging"
)

func main() {
	logger := logging.Setup()
	config, err := awsconfig.LoadDefaultConfig(context.Background())
	if err != nil {
		logger.Error("load the AWS configuration", "error", err)
		os.Exit(1)
	}
	rotation := &rotation{secrets: secretsmanager.NewFromConfig(config)}
	lambda.Start(rotation.handle)
}
