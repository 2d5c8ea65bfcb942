// Command probe stands for a health probe of the user's own.
package main

import "github.com/aws/aws-lambda-go/lambda"

func main() {
	lambda.Start(func() (map[string]string, error) { return map[string]string{"status": "healthy"}, nil })
}
