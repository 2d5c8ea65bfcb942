// Command handler does what its event says.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
)

type event struct {
	Do    string
	Bytes int
	Sleep time.Duration
}

type answer struct {
	PID       int
	Env       []string
	RequestID string
	Remaining time.Duration
	Fill      string
}

func main() { lambda.Start(handle) }

func handle(ctx context.Context, e event) (answer, error) {
	switch e.Do {
	case "fail":
		return answer{}, errors.New("as asked")
	case "exit":
		fmt.Println("last words")
		os.Exit(3)
	case "sleep":
		time.Sleep(e.Sleep)
	}
	fmt.Println("handled")
	deadline, _ := ctx.Deadline()
	lc, _ := lambdacontext.FromContext(ctx)
	return answer{PID: os.Getpid(), Env: os.Environ(), RequestID: lc.AwsRequestID, Remaining: time.Until(deadline), Fill: strings.Repeat("x", e.Bytes)}, nil
}
