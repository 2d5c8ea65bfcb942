// Command health answers Route 53's health checks: whether this Region can
// serve, and whether somebody asked it to take over.
package main

import (
	"context"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"github.com/regionpair/regionpair/internal/guard"
	"github.com/regionpair/regionpair/lambda/internal/apigw"
	"github.com/regionpair/regionpair/lambda/internal/issuers"
	"github.com/regionpair/regionpair/lambda/internal/logging"
	"github.com/regionpair/regionpair/lambda/internal/metric"
)

// attempts of reading the switch; probes have one.
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
	monitor := newMonitor(monitorProps{
		region:  settings.region,
		probes:  probes(settings, config, issuers.NewHTTPClient(), time.Now),
		metrics: metric.NewCounter(os.Stdout, lambdacontext.FunctionName),
	})
	parameters := ssm.NewFromConfig(config)
	takeover := newTakeover(settings.switchParameter, parameters, time.Now)
	hold := newTakeover(settings.holdParameter, parameters, time.Now)
	hold.lease = guard.DefaultRules(guard.Guarded).Lease
	waker := newWaker(settings, config, newWakerClient(), time.Now)
	// A checker that meets a new instance finds its connections open.
	monitor.report(context.Background())
	takeover.read(context.Background())
	hold.read(context.Background())
	if waker != nil {
		waker.look(context.Background())
	}
	lambda.Start(apigw.Handler(waker.beside(newHandler(monitor, takeover, hold))))
}
