// Command repair runs every minute in each Region: it fetches the contents of
// synchronous objects that its own bucket does not have yet, and counts what is in
// one Region only.
package main

import (
	"context"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/lambda/internal/durableaws"
	"github.com/regionpair/regionpair/lambda/internal/environment"
	"github.com/regionpair/regionpair/lambda/internal/logging"
	"github.com/regionpair/regionpair/lambda/internal/metric"
)

func main() {
	logger := logging.Setup()
	config, err := awsconfig.LoadDefaultConfig(context.Background())
	if err != nil {
		logger.Error("load the AWS configuration", "error", err)
		os.Exit(1)
	}
	e := environment.New(os.Getenv)
	f := &function{
		table:   durableaws.Table{Client: dynamodb.NewFromConfig(config), Name: e.Need(contract.IndexVariable)},
		own:     durableaws.Bucket{Client: s3.NewFromConfig(config), Name: e.Need("BUCKET_NAME")},
		region:  config.Region,
		peer:    e.Need(contract.PeerRegionVariable),
		metrics: metric.NewCounterOf(os.Stdout, contract.PairDimension, e.Need(contract.PairVariable)),
		now:     time.Now,
	}
	f.other = durableaws.Bucket{Client: s3.NewFromConfig(config, func(o *s3.Options) { o.Region = f.peer }), Name: e.Need(contract.PeerBucketVariable)}
	if err := e.Err(); err != nil {
		logger.Error("read the settings", "error", err)
		os.Exit(1)
	}
	lambda.Start(f.handle)
}
