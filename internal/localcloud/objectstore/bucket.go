package objectstore

import (
	"slices"
	"sync"
	"time"
)

// bucket holds all versions of its objects.
type bucket struct {
	name      string
	versioned bool

	mu       sync.RWMutex
	objects  map[string][]*Version // the current version is the last
	keys     []string              // sorted
	rules    []byte                // replication configuration as it was put
	onWrite  func(*Version)
	inFlight sync.Mutex // keeps the order of writes and of what onWrite sees
}

func newBucket(name string, versioned bool) *bucket {
	return &bucket{name: name, versioned: versioned, objects: map[string][]*Version{}, onWrite: func(*Version) {}}
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
func (b *bucket) write(v *Version, condition func(current *Version) error) error {
	b.inFlight.Lock()
	defer b.inFlight.Unlock()
	b.mu.Lock()
	if err := condition(b.last(v.Key)); err != nil {
		b.mu.Unlock()
		return err
	}
	b.insert(v)
	b.mu.Unlock()
	b.onWrite(v)
	return nil
}

// replicate adds a version that was written elsewhere.
func (b *bucket) replicate(v *Version) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, known := range b.objects[v.Key] {
		if known.ID == v.ID {
			return
		}
	}
	b.insert(v)
}

// insert keeps versions in the order of their creation.
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
	for at > 0 && versions[at-1].Created.After(v.Created) {
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
