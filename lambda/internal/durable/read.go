package durable

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// Fetch reads a blob from a Region's bucket. It returns [ErrBlobMissing] where the
// bucket does not have it.
type Fetch func(ctx context.Context, region string, entry Entry) error

// maxLooks bounds how often a reader follows writers who replace what it reads.
const maxLooks = 8

// Look returns the entry of an object as it is now.
func (o *Objects) Look(ctx context.Context, key string) (Entry, error) {
	entry, err := o.Index.Get(ctx, key)
	switch {
	case err != nil:
		return Entry{}, unavailable(err)
	case !exists(entry):
		return Entry{}, ErrNotFound
	}
	return *entry, nil
}

// Read fetches the content of an object as it is now, from the own bucket if it
// can. check may end it with an error before anything is fetched.
func (o *Objects) Read(ctx context.Context, key string, check func(Entry) error, fetch Fetch) (Entry, error) {
	var before Entry
	for range maxLooks {
		entry, err := o.Look(ctx, key)
		if err != nil {
			return Entry{}, err
		}
		if err := check(entry); err != nil {
			return Entry{}, err
		}
		err = o.fetch(ctx, entry, fetch)
		// What was replaced may have been collected, so the entry is read again.
		gone := errors.Is(err, ErrBlobMissing) && entry.State != before.State
		if !gone {
			return entry, err
		}
		before = entry
	}
	return Entry{}, unavailable(errors.New("others write the object all the time"))
}

// fetch asks the own bucket, and then the peer's. One that did not answer a moment
// ago comes last.
func (o *Objects) fetch(ctx context.Context, entry Entry, fetch Fetch) error {
	var ready, doubtful []string
	for _, region := range []string{o.Here, o.Peer} {
		switch {
		case region == entry.Missing:
		case o.Breaker.doubts(region):
			doubtful = append(doubtful, region)
		default:
			ready = append(ready, region)
		}
	}
	regions := slices.Concat(ready, doubtful)
	var problems []error
	missing := true
	for i, region := range regions {
		err := o.fetchFrom(ctx, region, entry, fetch, i == len(regions)-1)
		if err == nil {
			return nil
		}
		missing = missing && errors.Is(err, ErrBlobMissing)
		problems = append(problems, fmt.Errorf("%s: %w", region, err))
	}
	err := errors.Join(problems...)
	if missing {
		return err
	}
	return fmt.Errorf("%w: %w", ErrContentAway, err)
}

// fetchFrom leaves time for another bucket when there is one.
func (o *Objects) fetchFrom(ctx context.Context, region string, entry Entry, fetch Fetch, last bool) error {
	limited, cancel := context.WithCancel(ctx)
	if !last {
		limited, cancel = context.WithTimeout(ctx, o.Patience)
	}
	defer cancel()
	err := fetch(limited, region, entry)
	// A caller who leaves says nothing about the bucket.
	if ctx.Err() == nil {
		o.Breaker.report(region, err == nil || errors.Is(err, ErrBlobMissing))
	}
	return err
}
