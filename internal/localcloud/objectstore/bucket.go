package objectstore

import (
	"slices"
	"sync"
	"time"
)

// bucket holds all versions of its objects.
type bucket struct {
	name  string
	order Order

	mu        sync.RWMutex
	versioned bool
	objects   map[string][]*Version // the current version is the last
	keys      []string              // sorted
	rules     []byte                // replication configuration as it was put

	inFlight sync.Mutex // keeps the order of writes and of what onWrite sees
	onWrite  func(*Version)
}

func newBucket(name string, versioned bool, order Order) *bucket {
	return &bucket{name: name, order: order, versioned: versioned, objects: map[string][]*Version{}, onWrite: func(*Version) {}}
}

// isVersioned returns whether the bucket keeps versions.
func (b *bucket) isVersioned() bool {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.versioned
}

func (b *bucket) setVersioned(versioned bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.versioned = versioned
}

// current returns the newest version, which may be a delete marker.
func (b *bucket) current(key string) *Version {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.last(key)
}

func (b *bucket) last(key string) *Version {
	versions := b.objects[key]
	if len(versions) == 0 {
		return nil
	}
	return versions[len(versions)-1]
}

func (b *bucket) version(key, id string) *Version {
	b.mu.RLock()
	defer b.mu.RUnlock()
	for _, v := range b.objects[key] {
		if v.ID == id {
			return v
		}
	}
	return nil
}

// write adds a version when the condition holds for the current one, in one
// step, and tells onWrite in the same order.
func (b *bucket) write(v *Version, now func() time.Time, condition func(current *Version) error) error {
	b.inFlight.Lock()
	defer b.inFlight.Unlock()
	if err := b.add(v, now, condition); err != nil {
		return err
	}
	b.onWrite(v)
	return nil
}

// add makes the version the current one: what is acknowledged is what the next
// reader gets, even where the clock stands still or the peer's runs ahead.
func (b *bucket) add(v *Version, now func() time.Time, condition func(current *Version) error) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	current := b.last(v.Key)
	if err := condition(current); err != nil {
		return err
	}
	v.Created = now()
	if current != nil && !current.Created.Before(v.Created) {
		v.Created = current.Created.Add(1)
	}
	b.insert(v)
	return nil
}

// replicate adds a version that was written elsewhere. It comes once: one rule
// decides about it, and replicas are not replicated.
func (b *bucket) replicate(v *Version) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.insert(v)
}

// insert puts a version in its place; the last one is the current one. The lock
// is held.
func (b *bucket) insert(v *Version) {
	v.arrived = time.Now()
	versions, exists := b.objects[v.Key]
	if !exists {
		at, _ := slices.BinarySearch(b.keys, v.Key)
		b.keys = slices.Insert(b.keys, at, v.Key)
	}
	if !b.versioned {
		b.objects[v.Key] = []*Version{v}
		return
	}
	at := len(versions)
	for at > 0 && b.order == ByCreation && v.before(versions[at-1]) {
		at--
	}
	b.objects[v.Key] = slices.Insert(versions, at, v)
}

// walk visits current versions that are not deleted, in the order of their
// keys, after the given one, until visit returns false.
func (b *bucket) walk(after string, visit func(*Version) bool) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	at, found := slices.BinarySearch(b.keys, after)
	if found {
		at++
	}
	if after == "" {
		at = 0
	}
	for _, key := range b.keys[at:] {
		if v := b.last(key); !v.Deleted && !visit(v) {
			return
		}
	}
}
