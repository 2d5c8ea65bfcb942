package durable

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

const (
	west, central = "eu-west-1", "eu-central-1"
	// requestLife is how long a request may be under way before its signature is
	// too old.
	requestLife = 15 * time.Second
	// answerLimit is when a caller gives up on one request.
	answerLimit = 5 * time.Second
)

var testRegions = []string{west, central}

var (
	errLost    = errors.New("no answer")
	errRefused = errors.New("connection refused")
)

// faultKind is a way for a part of the world to fail.
type faultKind int

const (
	// crash ends whatever runs in a Region; its bucket refuses.
	crash faultKind = iota
	// destroy is a crash for ever, with everything that the bucket has.
	destroy
	// partition cuts the two Regions from each other. Both reach the index, with
	// the witness.
	partition
	// isolated cuts a Region from everything else.
	isolated
	// badBucket answers errors.
	badBucket
	// slow multiplies every delay.
	slow
	// wiped empties a bucket, as when a Region is replaced.
	wiped
	faultKinds
)

type fault struct {
	kind     faultKind
	region   string
	from, to time.Duration
}

func (f fault) String() string {
	names := []string{"crash", "destroy", "partition", "isolated", "bad bucket", "slow", "wiped"}
	return fmt.Sprintf("%s %s %s-%s", names[f.kind], f.region, f.from, f.to)
}

// dice are random numbers of one caller.
type dice struct {
	mu  sync.Mutex
	rng *rand.Rand
}

func newDice(seed, stream uint64) *dice {
	return &dice{rng: rand.New(rand.NewPCG(seed, stream))}
}

func (d *dice) below(n int) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.rng.IntN(n)
}

func (d *dice) chance(percent int) bool { return d.below(100) < percent }

func (d *dice) between(low, high time.Duration) time.Duration {
	return low + time.Duration(d.below(int(high-low)))
}

// world is two buckets and an index in memory, and what goes wrong between them.
type world struct {
	start  time.Time
	faults []fault
	// noise says whether answers get lost and requests arrive late.
	noise bool

	mu      sync.Mutex
	blobs   map[string]map[string]blob
	entries map[string]Entry
	before  map[string]Entry
}

type blob struct {
	content string
	stored  time.Time
}

func newWorld(faults []fault) *world {
	return &world{
		start: time.Now(), faults: faults, noise: true, entries: map[string]Entry{}, before: map[string]Entry{},
		blobs: map[string]map[string]blob{west: {}, central: {}},
	}
}

// is says whether a fault is on. It never ends for what is destroyed.
func (w *world) is(kind faultKind, region string) bool {
	now := time.Since(w.start)
	for _, f := range w.faults {
		if f.kind == kind && (f.region == region || kind == partition) && now >= f.from && (now < f.to || kind == destroy) {
			return true
		}
	}
	return false
}

func (w *world) down(region string) bool { return w.is(crash, region) || w.is(destroy, region) }

// cut says whether requests from a Region reach a place.
func (w *world) cut(from, to string) bool {
	if from == to {
		return false
	}
	if w.is(isolated, from) || w.is(isolated, to) {
		return true
	}
	return to != "index" && w.is(partition, "")
}

// call sends a request and waits for its answer. What it does happens once, never,
// or when nobody waits any more.
func (w *world) call(ctx context.Context, d *dice, from, to string, do func() error) error {
	delay, way := d.between(2*time.Millisecond, 12*time.Millisecond), d.below(100)
	late := d.between(0, requestLife)
	if from != to {
		delay += d.between(10*time.Millisecond, 30*time.Millisecond)
	}
	if w.is(slow, from) || w.is(slow, to) {
		delay *= 60
	}
	noise := w.noisy()
	switch {
	case w.down(to):
		return errRefused
	case w.cut(from, to):
		return w.wait(ctx, answerLimit, errLost)
	case noise && way < 2:
		go func() {
			time.Sleep(late)
			if !w.down(to) && !w.cut(from, to) {
				_ = do()
			}
		}()
		return w.wait(ctx, answerLimit, errLost)
	}
	if err := w.wait(ctx, delay, nil); err != nil {
		if way%2 == 0 && !w.down(to) {
			_ = do()
		}
		return err
	}
	if w.down(to) {
		return errLost
	}
	err := do()
	if noise && way < 5 {
		return w.wait(ctx, answerLimit, errLost)
	}
	return errors.Join(w.wait(ctx, delay, nil), err)
}

func (w *world) wait(ctx context.Context, delay time.Duration, result error) error {
	select {
	case <-ctx.Done():
		return errLost
	case <-time.After(delay):
		return result
	}
}

// index is the world's index, asked from a Region.
type index struct {
	world  *world
	dice   *dice
	region string
}

func (i *index) Get(ctx context.Context, key string) (*Entry, error) {
	var entry *Entry
	err := i.world.call(ctx, i.dice, i.region, "index", func() error {
		i.world.mu.Lock()
		defer i.world.mu.Unlock()
		if found, exists := i.world.entries[key]; exists {
			entry = &found
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return entry, nil
}

func (i *index) Put(ctx context.Context, entry Entry, seen string) error {
	if i.dice.chance(3) && i.world.noisy() {
		return ErrRefused
	}
	return i.world.call(ctx, i.dice, i.region, "index", func() error {
		i.world.mu.Lock()
		defer i.world.mu.Unlock()
		return i.world.store(entry, seen)
	})
}

func (w *world) store(entry Entry, seen string) error {
	current, exists := w.entries[entry.Key]
	if current.State != seen {
		return ErrChanged
	}
	if exists {
		w.before[entry.Key] = current
	}
	entry.Recent = slices.Clone(entry.Recent)
	w.entries[entry.Key] = entry
	return nil
}

func (i *index) Missing(ctx context.Context, region, after string, most int) ([]string, string, error) {
	var keys []string // no result by name: a call that is late writes it after this has returned
	err := i.world.call(ctx, i.dice, i.region, "index", func() error {
		i.world.mu.Lock()
		defer i.world.mu.Unlock()
		for _, key := range slices.Sorted(maps.Keys(i.world.entries)) {
			// A secondary index is a little behind.
			if i.world.entries[key].Missing == region && key > after && len(keys) < most && !i.dice.chance(10) {
				keys = append(keys, key)
			}
		}
		return nil
	})
	switch {
	case err != nil:
		return nil, "", err
	case len(keys) == most:
		return keys, keys[most-1], nil
	}
	return keys, "", nil
}

func (i *index) All(ctx context.Context, partition int) ([]Entry, error) {
	var entries []Entry
	err := i.world.call(ctx, i.dice, i.region, "index", func() error {
		i.world.mu.Lock()
		defer i.world.mu.Unlock()
		for _, key := range slices.Sorted(maps.Keys(i.world.entries)) {
			if PartitionOf(key) == partition {
				entry := i.world.entries[key]
				entry.Recent = nil
				entries = append(entries, entry)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return entries, nil
}

func (i *index) Remove(ctx context.Context, key, state string) error {
	return i.world.call(ctx, i.dice, i.region, "index", func() error {
		i.world.mu.Lock()
		defer i.world.mu.Unlock()
		if i.world.entries[key].State != state {
			return ErrChanged
		}
		delete(i.world.entries, key)
		return nil
	})
}

// put stores a blob in a Region's bucket.
func (w *world) put(ctx context.Context, d *dice, from, to, name, content string) error {
	if w.is(badBucket, to) {
		return errRefused
	}
	return w.call(ctx, d, from, to, func() error {
		w.mu.Lock()
		defer w.mu.Unlock()
		if _, exists := w.blobs[to][name]; !exists {
			w.blobs[to][name] = blob{content, time.Now()}
		}
		return nil
	})
}

func (w *world) get(ctx context.Context, d *dice, from, to, name string) (string, error) {
	if w.is(badBucket, to) {
		return "", errRefused
	}
	content := ""
	err := w.call(ctx, d, from, to, func() error {
		w.mu.Lock()
		defer w.mu.Unlock()
		found, exists := w.blobs[to][name]
		if !exists {
			return ErrBlobMissing
		}
		content = found.content
		return nil
	})
	if err != nil {
		return "", err
	}
	return content, nil
}

// bucket is the own Region's bucket as its keeper sees it.
type bucket struct {
	world  *world
	dice   *dice
	region string
}

func (b *bucket) Blobs(ctx context.Context, partition int) (map[string]time.Time, error) {
	var blobs map[string]time.Time
	err := b.world.call(ctx, b.dice, b.region, b.region, func() error {
		b.world.mu.Lock()
		defer b.world.mu.Unlock()
		blobs = map[string]time.Time{}
		for name, found := range b.world.blobs[b.region] {
			if PartitionOf(keyIn(found.content)) == partition {
				blobs[name] = found.stored
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return blobs, nil
}

func (b *bucket) Delete(ctx context.Context, _ int, name string) error {
	return b.world.call(ctx, b.dice, b.region, b.region, func() error {
		b.world.mu.Lock()
		defer b.world.mu.Unlock()
		delete(b.world.blobs[b.region], name)
		return nil
	})
}

// wipe empties buckets when it is time.
func (w *world) wipe() {
	for _, f := range w.faults {
		if f.kind != destroy && f.kind != wiped {
			continue
		}
		go func() {
			time.Sleep(f.from - time.Since(w.start))
			w.mu.Lock()
			defer w.mu.Unlock()
			clear(w.blobs[f.region])
		}()
	}
}

func (w *world) noisy() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.noise
}

// calm ends everything that passes.
func (w *world) calm() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.noise = false
}
