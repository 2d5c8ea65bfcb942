package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
)

// firstPause is the least time between two reads while nothing is known.
const firstPause = time.Second

var errNeverRead = errors.New("it has never been read and was tried a moment ago")

// cell keeps the last good copy of something that is read from elsewhere. It
// is safe for concurrent use; callers at the same time share one read.
type cell[T any] struct {
	read func(context.Context) (T, error)
	now  func() time.Time
	// maxAge is when the copy is read again.
	maxAge time.Duration
	// pause is the least time between two reads, however they come about.
	pause time.Duration
	// life is how long a copy counts that cannot be renewed; 0 is for ever.
	life time.Duration

	flight singleflight.Group

	mu      sync.Mutex
	value   T
	loaded  bool
	readAt  time.Time
	triedAt time.Time
	failure error
}

// get returns the copy, reading it first when there is none or it is too old.
// An old copy is better than none, as long as it counts.
func (c *cell[T]) get(ctx context.Context) (T, error) {
	var err error
	if c.isDue() {
		err = c.renew(ctx)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.loaded && (c.life == 0 || c.now().Sub(c.readAt) < c.life) {
		return c.value, nil
	}
	var none T
	return none, firstOf(err, c.failure)
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return errNeverRead
}

// renew reads again at once, unless that was done a moment ago.
func (c *cell[T]) renew(ctx context.Context) error {
	done := c.flight.DoChan("", func() (any, error) {
		if !c.claim() {
			return nil, nil
		}
		// The read is for everyone: one caller who leaves must not end it.
		value, err := c.read(context.WithoutCancel(ctx))
		c.store(value, err)
		return nil, err
	})
	select {
	case result := <-done:
		return result.Err
	case <-ctx.Done():
		return fmt.Errorf("wait for an answer: %w", ctx.Err())
	}
}

// lastFailure is why the last read failed; nil when it did not.
func (c *cell[T]) lastFailure() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.failure
}

func (c *cell[T]) isDue() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !c.loaded || c.now().Sub(c.readAt) >= c.maxAge
}

func (c *cell[T]) claim() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	pause := c.pause
	if !c.loaded {
		pause = min(pause, firstPause)
	}
	now := c.now()
	if !c.triedAt.IsZero() && now.Sub(c.triedAt) < pause {
		return false
	}
	c.triedAt = now
	return true
}

func (c *cell[T]) store(value T, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.failure = err
	if err == nil {
		c.value, c.loaded, c.readAt = value, true, c.now()
	}
}
