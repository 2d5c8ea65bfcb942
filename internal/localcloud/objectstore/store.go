package objectstore

import (
	"cmp"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/regionpair/regionpair/internal/contract"
)

// Store is S3 in one Region. It is safe for concurrent use.
type Store struct {
	region string
	now    func() time.Time
	world  *World

	mu      sync.Mutex
	buckets map[string]*bucket
}

// Order says where a replica comes among the versions of a key that its bucket
// has already. AWS documents no rule for that.
type Order string

const (
	// ByCreation makes the version that was created later, in whichever Region, the
	// current one on both sides; of two of the same instant that of the Region
	// whose name comes last.
	ByCreation Order = "creation"
	// ByArrival makes what arrives the current version, however old it is. Two
	// Regions that wrote the same key can differ for ever.
	ByArrival Order = "arrival"
)

// Check returns an error that says which orders there are.
func (o Order) Check() error {
	if o != ByCreation && o != ByArrival {
		return fmt.Errorf("%q is no order of replicas; there are %s and %s", string(o), ByCreation, ByArrival)
	}
	return nil
}

// World is the buckets of all Regions: their names are unique among them.
type World struct {
	order  Order
	mu     sync.Mutex
	stores []*Store
	copier *Copier
}

// NewWorld returns a world without Regions. Without an order it is ByCreation.
func NewWorld(order Order) *World { return &World{order: cmp.Or(order, ByCreation)} }

// NewStore adds a Region. Now tells when an object is created.
func (w *World) NewStore(region string, now func() time.Time) *Store {
	s := &Store{region: region, now: now, world: w, buckets: map[string]*bucket{}}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stores = append(w.stores, s)
	return s
}

// find returns a bucket and the Region it is in.
func (w *World) find(name string) (*Store, *bucket) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.lookUp(name)
}

// lookUp is find with the lock held.
func (w *World) lookUp(name string) (*Store, *bucket) {
	for _, s := range w.stores {
		if b := s.bucket(name); b != nil {
			return s, b
		}
	}
	return nil, nil
}

// Region of the store.
func (s *Store) Region() string { return s.region }

// Handler serves s3.<region>.amazonaws.com and every host below it.
func (s *Store) Handler() http.Handler {
	host := "s3." + s.region + ".amazonaws.com"
	return &front{store: s, host: host, protocol: newProtocol(s, host)}
}

// CreateBucket makes a bucket. Its name must be free in all Regions.
func (s *Store) CreateBucket(name string, versioned bool) error {
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	if owner, _ := s.world.lookUp(name); owner != nil {
		return fmt.Errorf("bucket %s exists in %s", name, owner.region)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.buckets[name] = newBucket(name, versioned, s.world.order)
	return nil
}

func (s *Store) bucket(name string) *bucket {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.buckets[name]
}

// Current returns the current version of an object, unless it is deleted.
func (s *Store) Current(bucketName, key string) (Version, bool) {
	b := s.bucket(bucketName)
	if b == nil {
		return Version{}, false
	}
	v := b.current(key)
	if v == nil || v.Deleted {
		return Version{}, false
	}
	return *v, true
}

// ArrivedAt returns when the first version of an object came into the bucket,
// written or copied.
func (s *Store) ArrivedAt(bucketName, key string) (time.Time, bool) {
	b := s.bucket(bucketName)
	if b == nil {
		return time.Time{}, false
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	if len(b.objects[key]) == 0 {
		return time.Time{}, false
	}
	first := b.objects[key][0].arrived
	for _, v := range b.objects[key] {
		if v.arrived.Before(first) {
			first = v.arrived
		}
	}
	return first, true
}

// Count returns how many objects a bucket holds, without the one by which the guard
// of the failback measures replication.
func (s *Store) Count(bucketName string) int {
	count := 0
	if b := s.bucket(bucketName); b != nil {
		b.walk("", func(v *Version) bool {
			if v.Key != contract.MarkerKey {
				count++
			}
			return true
		})
	}
	return count
}

// newVersion is a version that a client of this Region writes.
func (s *Store) newVersion(key string) *Version {
	return &Version{Key: key, ID: newID(), Origin: s.region, etag: newETag(), progress: &progress{}}
}

func newID() string {
	id := make([]byte, 16)
	_, _ = rand.Read(id)
	return hex.EncodeToString(id)
}
