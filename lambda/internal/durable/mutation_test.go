package durable

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// changedIndex is an index of which one method does something else.
type changedIndex struct {
	Index
	get func(ctx context.Context, key string) (*Entry, error)
	put func(ctx context.Context, entry Entry, seen string) error
}

func (c changedIndex) Get(ctx context.Context, key string) (*Entry, error) {
	if c.get == nil {
		return c.Index.Get(ctx, key)
	}
	return c.get(ctx, key)
}

func (c changedIndex) Put(ctx context.Context, entry Entry, seen string) error {
	if c.put == nil {
		return c.Index.Put(ctx, entry, seen)
	}
	return c.put(ctx, entry, seen)
}

type changedShelf struct {
	Shelf
	all    func(ctx context.Context, partition int) ([]Entry, error)
	remove func(ctx context.Context, key, state string) error
}

func (c changedShelf) All(ctx context.Context, partition int) ([]Entry, error) {
	if c.all == nil {
		return c.Shelf.All(ctx, partition)
	}
	return c.all(ctx, partition)
}

func (c changedShelf) Remove(ctx context.Context, key, state string) error {
	if c.remove == nil {
		return c.Shelf.Remove(ctx, key, state)
	}
	return c.remove(ctx, key, state)
}

type changedBucket struct {
	Bucket
	blobs func(ctx context.Context, partition int) (map[string]time.Time, error)
}

func (c changedBucket) Blobs(ctx context.Context, partition int) (map[string]time.Time, error) {
	return c.blobs(ctx, partition)
}

// mutations are mistakes that somebody could make in the rules or in what they
// rely on.
var mutations = map[string]rules{
	"the index stores without its condition": {index: func(i Index) Index {
		return changedIndex{Index: i, put: func(ctx context.Context, entry Entry, seen string) error {
			err := i.Put(ctx, entry, seen)
			for errors.Is(err, ErrChanged) {
				now, failed := i.Get(ctx, entry.Key)
				if failed != nil {
					return failed
				}
				err = i.Put(ctx, entry, stateOf(now))
			}
			return err
		}}
	}},
	"the index is read from one Region only": {index: func(i Index) Index {
		return changedIndex{Index: i, get: func(ctx context.Context, key string) (*Entry, error) {
			entry, err := i.Get(ctx, key)
			w := i.(*index).world
			w.mu.Lock()
			defer w.mu.Unlock()
			if old, exists := w.before[key]; exists && err == nil && time.Since(w.start)%4 == 0 {
				return &old, nil
			}
			return entry, err
		}}
	}},
	"a lost answer counts as success": {index: func(i Index) Index {
		return changedIndex{Index: i, put: func(ctx context.Context, entry Entry, seen string) error {
			err := i.Put(ctx, entry, seen)
			if errors.Is(err, errLost) {
				return nil
			}
			return err
		}}
	}},
	"a lost answer counts as refusal": {index: func(i Index) Index {
		return changedIndex{Index: i, put: func(ctx context.Context, entry Entry, seen string) error {
			err := i.Put(ctx, entry, seen)
			if errors.Is(err, errLost) {
				return ErrRefused
			}
			return err
		}}
	}},
	"entries remember nothing": {index: func(i Index) Index {
		return changedIndex{Index: i, put: func(ctx context.Context, entry Entry, seen string) error {
			entry.Recent = nil
			return i.Put(ctx, entry, seen)
		}}
	}},
	"a write is acknowledged before the peer has it": {store: func(_ *world, store Store) Store {
		return func(ctx context.Context, region, blob string) error {
			if err := store(ctx, region, blob); errors.Is(err, errRefused) || err == nil {
				return err
			}
			return nil
		}
	}},
	"a repair fetches nothing": {fetch: func(func(context.Context, Entry) error) func(context.Context, Entry) error {
		return func(context.Context, Entry) error { return nil }
	}},
	"blobs are collected at once": {grace: time.Millisecond},
	"the collector reads an old index": {shelf: func(s Shelf) Shelf {
		return changedShelf{Shelf: s, all: func(ctx context.Context, partition int) ([]Entry, error) {
			entries, err := s.All(ctx, partition)
			w := s.(*index).world
			w.mu.Lock()
			defer w.mu.Unlock()
			for i := range entries {
				if old, exists := w.before[entries[i].Key]; exists {
					entries[i] = old
				}
			}
			return entries, err
		}}
	}},
	"the collector lists the bucket without the index": {shelf: func(s Shelf) Shelf {
		return changedShelf{Shelf: s, all: func(context.Context, int) ([]Entry, error) { return nil, nil }}
	}},
	"nothing is collected": {bucket: func(b Bucket) Bucket {
		return changedBucket{Bucket: b, blobs: func(ctx context.Context, partition int) (map[string]time.Time, error) {
			blobs, err := b.Blobs(ctx, partition)
			for name := range blobs {
				blobs[name] = time.Now()
			}
			return blobs, err
		}}
	}},
	"deleted objects are forgotten whatever came after": {shelf: func(s Shelf) Shelf {
		return changedShelf{Shelf: s, remove: func(ctx context.Context, key, state string) error {
			time.Sleep(8 * time.Second)
			now, err := s.Get(ctx, key)
			if err != nil || now == nil {
				return err
			}
			return s.Remove(ctx, key, now.State)
		}}
	}},
}

// Each mistake is found within a fraction of the schedules.
func TestMistakesAreFound(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes all schedules")
	}
	for name, mistake := range mutations {
		t.Run(name, func(t *testing.T) {
			for seed := range *seeds {
				if problems, _ := run(t, uint64(seed), mistake); len(problems) > 0 {
					t.Logf("seed %d: %s", seed, problems[0])
					return
				}
			}
			assert.Fail(t, "nobody noticed")
		})
	}
}
