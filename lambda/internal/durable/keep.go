package durable

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Grace is how long a blob that no entry names, and the entry of a deleted object,
// are kept. It is far more than any write can take: AWS refuses a request whose
// signature is older than 15 minutes.
const Grace = 24 * time.Hour

// Shelf is the part of a table that repairs and collects.
type Shelf interface {
	Index
	// Missing returns keys of entries whose blob a Region's bucket does not have, at
	// most as many as asked for, and the key to go on after, empty at the end. It has an
	// order of its own, and may be some seconds behind.
	Missing(ctx context.Context, region, after string, most int) (keys []string, next string, err error)
	// All returns every entry of a partition, each as it is now in every Region, and
	// without what it remembers: there may be millions.
	All(ctx context.Context, partition int) ([]Entry, error)
	// Remove removes an entry on the condition that the key still has this state.
	Remove(ctx context.Context, key, state string) error
}

// Bucket holds the blobs of the own Region.
type Bucket interface {
	// Blobs returns the names of a partition's blobs, and when each was stored.
	Blobs(ctx context.Context, partition int) (map[string]time.Time, error)
	// Delete deletes a blob.
	Delete(ctx context.Context, partition int, blob string) error
}

// Keeper keeps what one Region holds complete, and free of what nobody needs.
type Keeper struct {
	Shelf  Shelf
	Bucket Bucket
	// Here is the Region.
	Here string
	// Fetch copies a blob from the peer's bucket into the own one.
	Fetch func(ctx context.Context, entry Entry) error
	// Grace of blobs and deleted entries; see [Grace].
	Grace time.Duration
}

// repairers is how many blobs are fetched at the same time.
const repairers = 16

// Repair fetches blobs that the own bucket does not have yet, at most as many as
// asked for. It returns how many it has got, and the key to go on after, empty at the
// end: what cannot be fetched keeps nothing else from it.
func (k *Keeper) Repair(ctx context.Context, after string, most int) (repaired int, next string, err error) {
	keys, next, err := k.Shelf.Missing(ctx, k.Here, after, most)
	if err != nil {
		return 0, "", fmt.Errorf("find what is missing: %w", err)
	}
	var mu sync.Mutex
	var problems []error
	var group sync.WaitGroup
	free := make(chan struct{}, repairers)
	for _, key := range keys {
		free <- struct{}{}
		group.Go(func() {
			defer func() { <-free }()
			done, err := k.repair(ctx, key)
			mu.Lock()
			defer mu.Unlock()
			if done {
				repaired++
			}
			problems = append(problems, err)
		})
	}
	group.Wait()
	return repaired, next, errors.Join(problems...)
}

func (k *Keeper) repair(ctx context.Context, key string) (bool, error) {
	entry, err := k.Shelf.Get(ctx, key)
	if err != nil {
		return false, fmt.Errorf("read an entry: %w", err)
	}
	if !exists(entry) || entry.Missing != k.Here {
		return false, nil
	}
	if err := k.Fetch(ctx, *entry); err != nil {
		return false, fmt.Errorf("fetch a blob: %w", err)
	}
	entry.Missing = ""
	return k.amend(ctx, *entry)
}

// amend changes where a blob is. Another state has another blob, for which it is
// not true.
func (k *Keeper) amend(ctx context.Context, entry Entry) (bool, error) {
	err := k.Shelf.Put(ctx, entry, entry.State)
	if errors.Is(err, ErrChanged) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("change an entry: %w", err)
	}
	return true, nil
}

// Collected is what a collection found.
type Collected struct {
	// Objects of the partition.
	Objects int
	// Blobs that were deleted, and Entries of deleted objects.
	Blobs, Entries int
	// Lacking blobs are named by entries and not in the bucket, though it should have
	// them. They are fetched by the next repairs.
	Lacking int
	// Lost blobs are in no bucket.
	Lost int
}

// Collect looks at a partition: it deletes blobs that no entry names, forgets
// deleted objects, and marks what the own bucket has lost.
func (k *Keeper) Collect(ctx context.Context, partition int) (Collected, error) {
	// In this order: a blob is stored before its entry, so that everything that is
	// named here must be there afterwards.
	entries, err := k.Shelf.All(ctx, partition)
	if err != nil {
		return Collected{}, fmt.Errorf("read the index: %w", err)
	}
	blobs, err := k.Bucket.Blobs(ctx, partition)
	if err != nil {
		return Collected{}, fmt.Errorf("list the blobs: %w", err)
	}
	var found Collected
	var problems []error
	named := make(map[string]bool, len(entries))
	for _, entry := range entries {
		named[entry.State] = true
		_, here := blobs[entry.State]
		problems = append(problems, k.collectEntry(ctx, entry, here, &found))
	}
	for blob, stored := range blobs {
		if named[blob] || time.Since(stored) < k.Grace {
			continue
		}
		if err := k.Bucket.Delete(ctx, partition, blob); err != nil {
			problems = append(problems, fmt.Errorf("delete a blob: %w", err))
			continue
		}
		found.Blobs++
	}
	return found, errors.Join(problems...)
}

func (k *Keeper) collectEntry(ctx context.Context, entry Entry, here bool, found *Collected) error {
	switch {
	case entry.Deleted && time.Since(entry.Modified) < k.Grace:
		return nil
	case entry.Deleted:
		err := k.Shelf.Remove(ctx, entry.Key, entry.State)
		if err == nil {
			found.Entries++
		}
		if errors.Is(err, ErrChanged) {
			return nil
		}
		return err
	}
	found.Objects++
	switch {
	case here || entry.Missing == k.Here:
		return nil
	case entry.Missing != "":
		found.Lost++
		return nil
	}
	marked, err := k.mark(ctx, entry)
	if marked {
		found.Lacking++
	}
	return err
}

// mark says in the index that the own bucket does not have a blob any more.
func (k *Keeper) mark(ctx context.Context, lacking Entry) (bool, error) {
	entry, err := k.Shelf.Get(ctx, lacking.Key)
	if err != nil {
		return false, fmt.Errorf("read an entry: %w", err)
	}
	if stateOf(entry) != lacking.State || entry.Missing != "" {
		return false, nil
	}
	entry.Missing = k.Here
	return k.amend(ctx, *entry)
}
