// Command guard runs every minute in the standby: it looks at both Regions, and
// keeps a primary that has failed out until it is fit. What it decides by is
// package guard.
package main

import (
	"context"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/lambda/internal/logging"
	"github.com/regionpair/regionpair/lambda/internal/metric"
)

func main() {
	logger := logging.Setup()
	settings, err := readSettings(os.Getenv)
	if err != nil {
		logger.Error("read the settings", "error", err)
		os.Exit(1)
	}
	// The next look is as good as another attempt.
	config, err := awsconfig.LoadDefaultConfig(context.Background(), awsconfig.WithRetryMaxAttempts(1))
	if err != nil {
		logger.Error("load the AWS configuration", "error", err)
		os.Exit(1)
	}
	lambda.Start(newFunction(settings, config, metric.NewCounterOf(os.Stdout, contract.PairDimension, settings.pair)).handle)
}

func newFunction(s settings, config aws.Config, metrics *metric.Counter) *function {
	inPrimary := config.Copy()
	inPrimary.Region = s.primaryRegion
	return &function{
		settings: s, metrics: metrics, http: newHTTPClient(), now: time.Now, pause: pause,
		standby: region{ssm: ssm.NewFromConfig(config), s3: s3.NewFromConfig(config), bucket: s.bucket},
		primary: region{
			ssm: ssm.NewFromConfig(inPrimary), s3: s3.NewFromConfig(inPrimary), cloudwatch: cloudwatch.NewFromConfig(inPrimary), bucket: s.peerBucket,
		},
	}
}

func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
