package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go"

	"github.com/regionpair/regionpair/lambda/internal/issuers"
	"github.com/regionpair/regionpair/lambda/internal/logging"
)

// patience is how often something is tried again that a wrong set-up would
// answer with, too: a new permission takes seconds to be known everywhere.
const patience = 24

// notKeptError says that AWS accepted something and shows another thing.
type notKeptError struct{ message string }

func (e *notKeptError) Error() string { return e.message }

// repeat does something until it succeeds, fails for good, or the time is
// over; then the error is the last one that says why.
func repeat(ctx context.Context, pause time.Duration, do func(context.Context) error) error {
	var last error
	for attempt := 1; ; attempt++ {
		err := do(ctx)
		if err == nil {
			return nil
		}
		if ctx.Err() == nil {
			if !passes(err, attempt) {
				return err
			}
			last = err
			logging.From(ctx).Info("wait for AWS", "attempt", attempt, "error", err.Error())
		}
		if !sleep(ctx, pause) {
			return fmt.Errorf("gave up when the time was over: %w", cmp.Or(last, err))
		}
	}
}

// transient knows what the SDK would try again itself: network errors, 5xx,
// throttling.
var transient = retry.NewStandard()

// passes says whether the error may go away by itself. A deployment has minutes,
// and a rollback of the whole stack is what giving up early costs.
func passes(err error, attempt int) bool {
	var notKept *notKeptError
	var status *issuers.StatusError
	var network net.Error
	var apiError smithy.APIError
	switch {
	case errors.As(err, &notKept):
		return attempt < 3
	case errors.Is(err, errForeign):
		return false
	case errors.Is(err, errReplicating):
		return true
	case errors.As(err, &status):
		return status.Status >= 500 || status.Status == http.StatusTooManyRequests || attempt < patience
	case errors.As(err, &network), transient.IsErrorRetryable(err):
		return true
	case !errors.As(err, &apiError):
		return false
	}
	switch apiError.ErrorCode() {
	case "InvalidRequest":
		// Enabling versioning may take 15 minutes to be seen everywhere.
		return strings.Contains(strings.ToLower(apiError.ErrorMessage()), "versioning") || attempt < patience
	case "OperationAborted":
		return true
	case "AccessDenied", "AccessDeniedException", "InvalidArgument", "ResourceNotFoundException":
		return attempt < patience
	}
	return false
}

func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
