package main

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/aws/smithy-go"
)

// probeTimeout bounds one probe, so that the whole answer stays below the two
// seconds after which Route 53 gives up.
const probeTimeout = 1200 * time.Millisecond

// Reasons why a probe failed: a fixed vocabulary, because the answer is public.
const (
	reasonTimeout     = "timeout"
	reasonDenied      = "access denied"
	reasonThrottled   = "throttled"
	reasonMissing     = "missing"
	reasonError       = "service error"
	reasonUnreachable = "unreachable"
)

// probe asks one thing this Region cannot serve without.
type probe struct {
	name string
	ask  func(ctx context.Context) error
}

// check is the result of a probe.
type check struct {
	Name    string `json:"name"`
	Healthy bool   `json:"healthy"`
	Reason  string `json:"reason,omitempty"`
	// cause is for the log only: it may hold names and ARNs.
	cause error
}

func (p probe) run(ctx context.Context) check {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- p.ask(ctx) }()
	var err error
	select {
	case err = <-done:
	case <-ctx.Done():
		// A dependency that ignores the deadline must not hold the answer.
		err = ctx.Err()
	}
	if err != nil {
		return check{Name: p.name, Reason: reasonOf(err), cause: err}
	}
	return check{Name: p.name, Healthy: true}
}

var errMissing = errors.New("missing")

// statusError is an HTTP answer other than 200.
type statusError int

func (e statusError) Error() string { return "the answer is " + http.StatusText(int(e)) }

func reasonOf(err error) string {
	var api smithy.APIError
	var status statusError
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return reasonTimeout
	case errors.Is(err, errMissing):
		return reasonMissing
	case errors.As(err, &api):
		return reasonOfCode(api.ErrorCode())
	case errors.As(err, &status):
		return reasonError
	}
	return reasonUnreachable
}

func reasonOfCode(code string) string {
	switch code {
	case "AccessDenied", "AccessDeniedException", "ExpiredToken", "InvalidAccessKeyId":
		return reasonDenied
	case "NoSuchBucket", "NotFoundException", "ParameterNotFound":
		return reasonMissing
	case "SlowDown", "ThrottlingException", "Throttling", "TooManyRequestsException", "RequestLimitExceeded":
		return reasonThrottled
	}
	return reasonError
}
