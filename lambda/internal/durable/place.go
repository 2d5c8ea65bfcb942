package durable

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Store puts a blob into a Region's bucket. Storing it again does no harm: a
// bucket that has it already answers without an error.
type Store func(ctx context.Context, region, blob string) error

// placed is what became of a blob in one Region.
type placed struct {
	region string
	err    error
}

// place stores a blob in both Regions at once and returns the Region that did not
// take it, empty when both did.
func (o *Objects) place(ctx context.Context, blob string, store Store, patience time.Duration) (missing string, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	results := make(chan placed, 2)
	for _, region := range []string{o.Here, o.Peer} {
		go func() { results <- placed{region, o.placeIn(ctx, region, blob, store)} }()
	}
	first := <-results
	var second placed
	select {
	case second = <-results:
	case <-untilLate(ctx, first, patience):
		second = placed{o.other(first.region), errNoAnswer}
		o.Breaker.report(second.region, false)
	}
	failed := first
	if first.err == nil {
		failed = second
	}
	switch {
	case first.err == nil && second.err == nil:
		return "", nil
	case first.err != nil && second.err != nil:
		return "", unavailable(errors.Join(first.err, second.err))
	case !o.Alone:
		return "", unavailable(fmt.Errorf("only one Region has the content, and both are asked for: %w", failed.err))
	}
	return failed.region, nil
}

func (o *Objects) placeIn(ctx context.Context, region, blob string, store Store) error {
	if !o.Breaker.allows(region) {
		return fmt.Errorf("%s: %w", region, errNoAnswer)
	}
	err := store(ctx, region, blob)
	// A caller who leaves says nothing about the bucket.
	if err == nil || ctx.Err() == nil {
		o.Breaker.report(region, err == nil)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", region, err)
	}
	return nil
}

var errNoAnswer = errors.New("the bucket has not answered in time")

// untilLate ends the wait for the second bucket: soon once the first one has the
// blob, and with the request otherwise.
func untilLate(ctx context.Context, first placed, patience time.Duration) <-chan time.Time {
	if first.err == nil {
		return time.After(patience)
	}
	ended := make(chan time.Time)
	context.AfterFunc(ctx, func() { close(ended) })
	return ended
}

func (o *Objects) other(region string) string {
	if region == o.Here {
		return o.Peer
	}
	return o.Here
}

func unavailable(err error) error { return fmt.Errorf("%w: %w", ErrUnavailable, err) }
