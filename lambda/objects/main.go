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

	"github.com/regionpair/regionpair/lambda/internal/logging"
)

func main() {
	logger := logging.Setup()
	bucket, region := os.Getenv("BUCKET_NAME"), os.Getenv("AWS_REGION")
	if bucket == "" {
		logger.Error("environment variable BUCKET_NAME is missing: it names the Region's bucket")
		os.Exit(1)
	}
	client, err := newClient(context.Background())
	if err != nil {
		logger.Error("load the AWS configuration", "error", err)
		os.Exit(1)
	}
	lambda.Start(newAPI(client, bucket, region).proxy())
}
