package restapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"
)

const (
	// payloadLimit is API Gateway's, in bytes.
	payloadLimit = 10 << 20
	// eventLimit is Lambda's for a synchronous invocation, in bytes.
	eventLimit = 6 << 20
	// defaultTimeout is how long API Gateway waits for an integration.
	defaultTimeout = 29 * time.Second
)

// integration answers the requests of a method.
type integration interface {
	serve(x *exchange) (answer, *fault)
}

// proxy is a Lambda proxy integration.
type proxy struct {
	functionARN string
	timeout     time.Duration
}

func (p proxy) serve(x *exchange) (answer, *fault) {
	payload, err := x.event()
	if err != nil {
		return answer{}, faultConfiguration.because(err)
	}
	if len(payload) > eventLimit {
		return answer{}, faultTooLarge.of()
	}
	start := x.api.now()
	result := x.call(p.functionARN, payload, p.timeout)
	x.integrationLatency = x.api.now().Sub(start)
	switch {
	case errors.Is(result.err, context.DeadlineExceeded):
		return answer{}, faultTimeout.because(fmt.Errorf("%s did not answer within %s", p.functionARN, p.timeout))
	case result.err != nil:
		return answer{}, faultNotInvoked.because(fmt.Errorf("invoke %s: %w", p.functionARN, result.err))
	case result.functionError != "":
		return answer{}, faultBadAnswer.because(fmt.Errorf("%s failed: %s: %s", p.functionARN, result.functionError, result.errorMessage()))
	}
	reply, err := parseReply(result.payload)
	if err != nil {
		return answer{}, faultBadAnswer.because(fmt.Errorf("%s: malformed proxy response: %w", p.functionARN, err))
	}
	return x.answerOf(reply)
}

// invocation is what came of calling a function.
type invocation struct {
	payload       []byte
	functionError string
	err           error
}

// call waits for a function, but not longer than the timeout even if the
// function never answers. A caller that hangs up does not stop a function.
func (x *exchange) call(functionARN string, payload []byte, timeout time.Duration) invocation {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(x.request.Context()), x.api.patience(timeout))
	done := make(chan invocation, 1)
	go func() {
		defer cancel()
		result, functionError, err := x.invoke(ctx, functionARN, payload)
		done <- invocation{result, functionError, err}
	}()
	select {
	case result := <-done:
		return result
	case <-ctx.Done():
	}
	// The function may have answered in the same moment.
	select {
	case result := <-done:
		return result
	default:
		return invocation{err: context.DeadlineExceeded}
	}
}

// errorMessage is what a failed function said.
func (i invocation) errorMessage() string {
	var failure struct {
		ErrorMessage string `json:"errorMessage"`
	}
	if json.Unmarshal(i.payload, &failure) != nil {
		return ""
	}
	return failure.ErrorMessage
}

var (
	lambdaURI     = regexp.MustCompile(`^arn:[a-z-]+:apigateway:([a-z0-9-]+):lambda:path/2015-03-31/functions/(arn:[^/]+)/invocations$`)
	stageVariable = regexp.MustCompile(`\$\{stageVariables\.(\w+)\}`)
)

// parseLambdaURI returns the Region of the API and the function's ARN.
func parseLambdaURI(uri string) (region, functionARN string, err error) {
	found := lambdaURI.FindStringSubmatch(uri)
	if found == nil {
		return "", "", fmt.Errorf("must be 'arn:aws:apigateway:<region>:lambda:path/2015-03-31/functions/<function arn>/invocations', got %q", uri)
	}
	return found[1], found[2], nil
}

func withStageVariables(text string, variables map[string]string) string {
	return stageVariable.ReplaceAllStringFunc(text, func(reference string) string {
		return variables[stageVariable.FindStringSubmatch(reference)[1]]
	})
}

// accountOf returns the account in a function's ARN.
func accountOf(functionARN string) string {
	parts := strings.Split(functionARN, ":")
	if len(parts) < 5 {
		return ""
	}
	return parts[4]
}
