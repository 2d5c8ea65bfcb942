// Command probe is a health probe of somebody's own.
package main

import (
	"context"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/regionpair/regionpair/internal/contract"
)

func main() {
	lambda.Start(func(context.Context) (contract.ProbeAnswer, error) {
		return contract.ProbeAnswer{Status: "healthy"}, nil
	})
}
