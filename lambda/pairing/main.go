// Command pairing is the custom resource that wires two Regions: it sets the
// replication rules of both buckets, hands each Region its peer's token issuer,
// and waits for the replicas of the clients' secrets. CloudFormation calls it
// from the global stack.
package main

import (
	"context"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/cfn"
	"github.com/aws/aws-lambda-go/lambda"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"

	"github.com/regionpair/regionpair/lambda/internal/issuers"
	"github.com/regionpair/regionpair/lambda/internal/logging"
)

func main() {
	logger := logging.Setup()
	config, err := awsconfig.LoadDefaultConfig(context.Background())
	if err != nil {
		logger.Error("load the AWS configuration", "error", err)
		os.Exit(1)
	}
	handler := &handler{
		aws:   config,
		http:  issuers.NewHTTPClient(),
		pause: 5 * time.Second,
	}
	lambda.Start(cfn.LambdaWrap(handler.handle))
}
