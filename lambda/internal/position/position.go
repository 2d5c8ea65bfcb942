// Package position reads a parameter by which an operator, or the guard, sets
// something: a switch, a hold, a fence.
package position

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"golang.org/x/sync/singleflight"

	"github.com/regionpair/regionpair/lambda/internal/logging"
)

// MaxAge is how long a position is given to other callers.
const MaxAge = 5 * time.Second

// retryAfter is how soon a position is asked for again that was never read. Each
// instance asks by itself, and Parameter Store answers 40 questions a second in an
// account and Region unless more was ordered.
const retryAfter = time.Second

// Unknown is a position that could not be read yet.
const Unknown = "unknown"

// Getter reads one parameter; *ssm.Client is one.
type Getter interface {
	GetParameter(ctx context.Context, input *ssm.GetParameterInput, options ...func(*ssm.Options)) (*ssm.GetParameterOutput, error)
}

// Reader keeps the last known position when the parameter cannot be read: losing
// Parameter Store must neither set nor end anything. It is safe for concurrent
// use; all callers share one read.
type Reader struct {
	// Parameter by its name, and the positions that it may have.
	Parameter string
	Allowed   []string
	Client    Getter
	// Timeout of one read.
	Timeout time.Duration
	// Patience is how long a caller waits for a read before it takes what is known.
	Patience time.Duration
	Now      func() time.Time

	flight singleflight.Group

	mu    sync.Mutex
	value string
	// setAt is when the parameter was written.
	setAt time.Time
	// askedAt also counts attempts that failed, or every caller would repeat them.
	askedAt time.Time
}

// Read returns the position, [Unknown] when it was never read, and when it was
// set.
func (r *Reader) Read(ctx context.Context) (value string, setAt time.Time) {
	if value, setAt, fresh := r.known(); fresh {
		return value, setAt
	}
	done := r.flight.DoChan("", func() (any, error) {
		r.renew(context.WithoutCancel(ctx))
		return nil, nil
	})
	timer := time.NewTimer(r.Patience)
	defer timer.Stop()
	select {
	case <-done:
	case <-timer.C:
	}
	value, setAt, _ = r.known()
	return value, setAt
}

func (r *Reader) known() (value string, setAt time.Time, fresh bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	age := r.Now().Sub(r.askedAt)
	if r.value == "" {
		return Unknown, time.Time{}, age < retryAfter
	}
	return r.value, r.setAt, age < MaxAge
}

func (r *Reader) renew(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, r.Timeout)
	defer cancel()
	output, err := r.Client.GetParameter(ctx, &ssm.GetParameterInput{Name: &r.Parameter})
	r.mu.Lock()
	defer r.mu.Unlock()
	r.askedAt = r.Now()
	logger := logging.From(ctx).With("parameter", r.Parameter)
	if err != nil || output.Parameter == nil || output.Parameter.Value == nil {
		logger.Warn("keep the last known position", "error", err)
		return
	}
	value, before := *output.Parameter.Value, r.value
	if !slices.Contains(r.Allowed, value) {
		logger.Error("keep the last known position", "found", value, "allowed", r.Allowed)
		return
	}
	r.value, r.setAt = value, aws.ToTime(output.Parameter.LastModifiedDate)
	if before != value && before != "" {
		logger.Warn("the position changed", "before", before, "now", value)
	}
}
