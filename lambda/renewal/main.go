// Command renewal runs on a schedule in each Region: it takes a new snapshot of
// the peer's signing keys, so that tokens of a peer that has died are honoured
// and keys that it has withdrawn are not.
package main

import (
	"context"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"github.com/regionpair/regionpair/internal/contract"
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
	parameter := os.Getenv(contract.PeerIssuerParameter)
	if parameter == "" {
		logger.Error(contract.PeerIssuerParameter + " must name the parameter of the peer's issuer, got nothing")
		os.Exit(1)
	}
	r := &renewal{ssm: ssm.NewFromConfig(config), http: issuers.NewHTTPClient(), parameter: parameter, now: time.Now}
	lambda.Start(r.handle)
}
