// Command collector runs every hour in each Region and looks at one partition of the
// index: it deletes contents that no object has any more, forgets objects that were
// deleted, and finds contents that its bucket has lost.
package main

import (
	"context"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/lambda/internal/durable"
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
		metrics: metric.NewCounterOf(os.Stdout, contract.PairDimension, e.Need(contract.PairVariable)),
		keeper: &durable.Keeper{
			Shelf:  durableaws.Table{Client: dynamodb.NewFromConfig(config), Name: e.Need(contract.IndexVariable)},
			Bucket: durableaws.Bucket{Client: s3.NewFromConfig(config), Name: e.Need("BUCKET_NAME")},
			Here:   config.Region, Grace: durable.Grace,
		},
	}
	if err := e.Err(); err != nil {
		logger.Error("read the settings", "error", err)
		os.Exit(1)
	}
	lambda.Start(f.handle)
}
