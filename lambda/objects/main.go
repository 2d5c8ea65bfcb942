// Command objects is the reference application: an object API over the
// Region's bucket.
//
//	PUT, GET, HEAD, DELETE /objects/{key+}
//	GET  /objects?prefix=&cursor=&limit=
//	POST /uploads/{key+}    a URL to upload a large object to
package main

import (
	"context"
	"os"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/lambda/fence"
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
	clients, err := newClients(context.Background(), settings)
	if err != nil {
		logger.Error("load the AWS configuration", "error", err)
		os.Exit(1)
	}
	objects := newAPI(clients.bucket, settings.bucket, settings.region)
	if settings.index != "" {
		objects.synchronize(settings, clients.index, clients.peer, metric.NewCounterOf(os.Stdout, contract.PairDimension, settings.pair))
	}
	if objects.fence, err = fence.FromEnvironment(context.Background()); err != nil {
		logger.Error("find the fence", "error", err)
		os.Exit(1)
	}
	lambda.Start(objects.proxy())
}
