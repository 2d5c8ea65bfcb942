package objectstore

import (
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/johannesboyne/gofakes3"
)

// Store is S3 in one Region. It is safe for concurrent use.
type Store struct {
	region string
	now    func() time.Time
	world  *World

	mu      sync.Mutex
	buckets map[string]*bucket
}

// World is the buckets of all Regions: their names are unique among them.
type World struct {
	mu     sync.Mutex
	stores []*Store
	copier *Copier
}

// NewWorld returns a world without Regions.
func NewWorld() *World { return &World{} }

// NewStore adds a Region. Now tells when an object is created.
func (w *World) NewStore(region string, now func() time.Time) *Store {
	s := &Store{region: region, now: now, world: w, buckets: map[string]*bucket{}}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stores = append(w.stores, s)
	return s
}

func (w *World) find(name string) (*Store, *bucket) {
	w.mu.Lock()
	defer w.mu.Unlock()
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
	protocol := gofakes3.New(backend{s}, gofakes3.WithHostBucketBase(host), gofakes3.WithTimeSkewLimit(0)).Server()
	return &front{store: s, host: host, protocol: protocol}
}

// CreateBucket makes a bucket. Its name must be free in all Regions.
func (s *Store) CreateBucket(name string, versioned bool) error {
	if owner, _ := s.world.find(name); owner != nil {
		return fmt.Errorf("bucket %s exists in %s", name, owner.region)
	}
	b := newBucket(name, versioned)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.buckets[name] = b
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

// Count returns how many objects a bucket holds.
func (s *Store) Count(bucketName string) int {
	count := 0
	if b := s.bucket(bucketName); b != nil {
		b.walk("", func(*Version) bool { count++; return true })
	}
	return count
}
