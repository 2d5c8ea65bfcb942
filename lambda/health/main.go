// Command health answers Route 53's health checks: whether this Region can
// serve, and whether somebody asked it to take over.
package main

import (
	"context"
	"net/http"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"github.com/regionpair/regionpair/lambda/internal/apigw"
	"github.com/regionpair/regionpair/lambda/internal/logging"
)

// attempts of one AWS call: a lost packet must not look like a lost Region,
// and three would not fit into a probe's time.
const attempts = 2

func main() {
	logger := logging.Setup()
	settings, err := readSettings(os.Getenv)
	if err != nil {
		logger.Error("read the settings", "error", err)
		os.Exit(1)
	}
	config, err := awsconfig.LoadDefaultConfig(context.Background(), awsconfig.WithRetryMaxAttempts(attempts))
	if err != nil {
		logger.Error("load the AWS configuration", "error", err)
		os.Exit(1)
	}
	parameters := ssm.NewFromConfig(config)
	handler := newHandler(
		newMonitor(settings.region, probes(settings, config, parameters, &http.Client{}), time.Now),
		newTakeover(settings.switchParameter, parameters, time.Now),
	)
	lambda.Start(apigw.Handler(handler))
}
