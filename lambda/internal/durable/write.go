package durable

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"time"
)

// Put stores an object: its blob in both Regions, and then the entry. The entry
// returned is what was acknowledged.
func (o *Objects) Put(ctx context.Context, key string, size int64, condition Condition, store Store) (Entry, error) {
	entry := o.newEntry(key)
	entry.Size = size
	return o.put(ctx, entry, condition, store, o.Patience)
}

// Adopt is Put for a blob that is in one bucket already, under a state that
// [NewState] gave. It may be repeated. patience is how long the copy may take.
func (o *Objects) Adopt(ctx context.Context, key, state string, size int64, condition Condition, store Store, patience time.Duration) (Entry, error) {
	entry := o.newEntry(key)
	entry.State, entry.Size = state, size
	return o.put(ctx, entry, condition, store, patience)
}

func (o *Objects) put(ctx context.Context, entry Entry, condition Condition, store Store, patience time.Duration) (Entry, error) {
	current := o.lookAhead(ctx, entry.Key)
	if condition != (Condition{}) {
		// A condition that does not hold saves the work of storing the blob.
		if seen, err := current(); err != nil {
			return Entry{}, err
		} else if !seen.has(entry.State) && !condition.holds(seen) {
			return Entry{}, ErrCondition
		}
	}
	var err error
	if entry.Missing, err = o.place(ctx, entry.State, store, patience); err != nil {
		return Entry{}, err
	}
	seen, err := current()
	if err != nil {
		return Entry{}, err
	}
	return o.commit(ctx, entry, seen, condition)
}

// Delete removes an object. Where there is none there is nothing to do, and the
// entry returned is empty.
func (o *Objects) Delete(ctx context.Context, key string, condition Condition) (Entry, error) {
	seen, err := o.lookAhead(ctx, key)()
	if err != nil {
		return Entry{}, err
	}
	entry := o.newEntry(key)
	entry.Deleted = true
	return o.commit(ctx, entry, seen, condition)
}

func (o *Objects) newEntry(key string) Entry {
	return Entry{Key: key, State: NewState(), Modified: time.Now().UTC().Truncate(time.Millisecond), Writer: o.Here}
}

// lookAhead reads an entry while something else is done.
func (o *Objects) lookAhead(ctx context.Context, key string) func() (*Entry, error) {
	var entry *Entry
	var err error
	done := make(chan struct{})
	go func() {
		defer close(done)
		if entry, err = o.Index.Get(ctx, key); err != nil {
			err = unavailable(err)
		}
	}()
	return func() (*Entry, error) {
		<-done
		return entry, err
	}
}

// maxAttempts bounds how often a write is tried against others of the same key.
const maxAttempts = 24

// commit makes the entry the current one. It never tries again before it knows
// what became of the attempt before: a write that was made and replaced, and then
// made again, would bring back what was replaced.
func (o *Objects) commit(ctx context.Context, entry Entry, seen *Entry, condition Condition) (Entry, error) {
	doubt := false
	for range maxAttempts {
		switch {
		case stateOf(seen) == entry.State:
			return *seen, nil
		case seen.has(entry.State):
			return entry, nil
		case !condition.holds(seen):
			return Entry{}, ErrCondition
		case entry.Deleted && !exists(seen):
			return Entry{}, nil
		}
		entry.follow(seen)
		err := o.Index.Put(ctx, entry, stateOf(seen))
		if err == nil {
			return entry, nil
		}
		doubt = doubt || !errors.Is(err, ErrChanged) && !errors.Is(err, ErrRefused)
		now, cause := o.lookAgain(ctx, entry, err)
		if cause != nil {
			return Entry{}, gaveUp(doubt, cause)
		}
		outcome := fateOf(entry.State, stateOf(seen), now)
		switch {
		case outcome == written:
			return entry, nil
		case outcome == lost && doubt:
			return Entry{}, fmt.Errorf("%w: %w", ErrUnknown, err)
		case outcome != open:
			seen, doubt = now, false
		}
	}
	return Entry{}, gaveUp(doubt, errors.New("others write the object all the time"))
}

// lookAgain reads the entry after a failed attempt, until the index answers.
func (o *Objects) lookAgain(ctx context.Context, entry Entry, cause error) (*Entry, error) {
	for pause := entry.firstPause(); ; pause = min(2*pause, longestPause) {
		select {
		case <-ctx.Done():
			return nil, errors.Join(cause, context.Cause(ctx))
		case <-time.After(pause):
		}
		now, err := o.Index.Get(ctx, entry.Key)
		if err == nil {
			return now, nil
		}
		cause = err
	}
}

const longestPause = 500 * time.Millisecond

// firstPause differs between writers, so that they do not meet again.
func (e *Entry) firstPause() time.Duration {
	hash := fnv.New32a()
	_, _ = hash.Write([]byte(e.State))
	return time.Duration(5+hash.Sum32()%20) * time.Millisecond
}

func gaveUp(doubt bool, cause error) error {
	if doubt {
		return fmt.Errorf("%w: %w", ErrUnknown, cause)
	}
	return unavailable(cause)
}
