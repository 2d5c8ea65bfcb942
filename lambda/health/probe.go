package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/aws/smithy-go"

	"github.com/regionpair/regionpair/lambda/internal/issuers"
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
	reasonCertificate = "certificate"
)

// Status of a check and of the whole Region.
const (
	statusHealthy = "healthy"
	// statusDegraded says that something is wrong that a failover would not
	// mend, or that clients do not feel yet.
	statusDegraded  = "degraded"
	statusUnhealthy = "unhealthy"
)

// probe asks one thing this Region cannot serve without.
type probe struct {
	name string
	ask  func(ctx context.Context) error
	// bridged says that functions which have started go on without it. Its
	// loss is then felt only where it has never answered.
	bridged bool
	// later says that what is asked for may not be there yet: the stack that has
	// it comes after this Region's. It is missing only once it was there.
	later    bool
	answered atomic.Bool
}

// check is the result of a probe.
type check struct {
	Name   string `json:"name"`
	Status string `json:"status"`
	Reason string `json:"reason,omitempty"`
	// cause is for the log only: it may hold names and ARNs.
	cause error
}

func (p *probe) run(ctx context.Context) check {
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
	if err == nil {
		p.answered.Store(true)
		return check{Name: p.name, Status: statusHealthy}
	}
	var degraded degradedError
	if errors.As(err, &degraded) {
		return check{Name: p.name, Status: statusDegraded, Reason: reasonError, cause: err}
	}
	reason := reasonOf(err)
	return check{Name: p.name, Status: p.statusFor(reason), Reason: reason, cause: err}
}

// statusFor tells what moving the clients would mend from what it would not.
// Throttling comes from load, and the load would go to the peer with them.
func (p *probe) statusFor(reason string) string {
	switch {
	case reason == reasonThrottled, reason == reasonMissing && p.later && !p.answered.Load():
		return statusDegraded
	case reason == reasonDenied, reason == reasonMissing:
		// Nothing that ends by itself: every function that starts will fail.
		return statusUnhealthy
	}
	if p.bridged && p.answered.Load() {
		return statusDegraded
	}
	return statusUnhealthy
}

var (
	errMissing = errors.New("missing")
	errFailed  = errors.New("failed")
)

// degradedError is what a probe of one's own reports as no reason to move.
type degradedError struct{ error }

// statusError is an HTTP answer other than the expected.
type statusError int

func (e statusError) Error() string {
	return fmt.Sprintf("the answer is %d %s", int(e), http.StatusText(int(e)))
}

func reasonOf(err error) string {
	var api smithy.APIError
	var status statusError
	var fetched *issuers.StatusError
	var unreachable *url.Error
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.As(err, &certificate):
		return reasonCertificate
	case errors.Is(err, errRefused):
		return reasonDenied
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return reasonTimeout
	case errors.Is(err, errMissing):
		return reasonMissing
	case errors.Is(err, errFailed):
		return reasonError
	case errors.As(err, &api):
		return reasonOfCode(api.ErrorCode())
	case errors.As(err, &status):
		return reasonOfStatus(int(status))
	case errors.As(err, &fetched):
		return reasonOfStatus(fetched.Status)
	case errors.As(err, &unreachable):
		return reasonUnreachable
	}
	return reasonError
}

func reasonOfCode(code string) string {
	switch code {
	case "AccessDenied", "AccessDeniedException", "ExpiredToken", "InvalidAccessKeyId":
		return reasonDenied
	case "NoSuchBucket", "NotFoundException", "ParameterNotFound", "ResourceNotFoundException":
		return reasonMissing
	case "SlowDown", "ThrottlingException", "Throttling", "TooManyRequestsException", "RequestLimitExceeded", "LimitExceededException",
		"ProvisionedThroughputExceededException":
		return reasonThrottled
	}
	return reasonError
}

func reasonOfStatus(status int) string {
	if status == http.StatusTooManyRequests {
		return reasonThrottled
	}
	return reasonError
}
