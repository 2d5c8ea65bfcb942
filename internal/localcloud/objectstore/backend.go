package objectstore

import (
	"bytes"
	"crypto/md5" //nolint:gosec // S3's ETag is one
	"crypto/rand"
	"encoding/hex"
	"io"
	"slices"
	"strings"

	"github.com/johannesboyne/gofakes3"
)

// backend stores what the protocol library is asked to. It differs from the
// library's own in what a pair depends on: metadata is replaced and not merged,
// conditions and writes are one step, and versions keep their origin.
type backend struct{ store *Store }

var (
	_ gofakes3.Backend          = backend{}
	_ gofakes3.VersionedBackend = backend{}
)

func (d backend) bucket(name string) (*bucket, error) {
	if b := d.store.bucket(name); b != nil {
		return b, nil
	}
	return nil, gofakes3.BucketNotFound(name)
}

// ListBuckets implements gofakes3.Backend.
func (d backend) ListBuckets() ([]gofakes3.BucketInfo, error) {
	d.store.mu.Lock()
	defer d.store.mu.Unlock()
	list := []gofakes3.BucketInfo{}
	for name := range d.store.buckets {
		list = append(list, gofakes3.BucketInfo{Name: name})
	}
	slices.SortFunc(list, func(a, b gofakes3.BucketInfo) int { return strings.Compare(a.Name, b.Name) })
	return list, nil
}

// ListBucket implements gofakes3.Backend.
func (d backend) ListBucket(name string, prefix *gofakes3.Prefix, page gofakes3.ListBucketPage) (*gofakes3.ObjectList, error) {
	b, err := d.bucket(name)
	if err != nil {
		return nil, err
	}
	if prefix == nil {
		prefix = &gofakes3.Prefix{}
	}
	list := gofakes3.NewObjectList()
	count, last := int64(0), ""
	b.walk(page.Marker, func(v *Version) bool {
		var match gofakes3.PrefixMatch
		if !prefix.Match(v.Key, &match) || (match.CommonPrefix && match.MatchedPart == last) {
			return true
		}
		if page.MaxKeys > 0 && count == page.MaxKeys {
			list.IsTruncated = true
			return false
		}
		count++
		list.NextMarker = v.Key
		if match.CommonPrefix {
			last = match.MatchedPart
			list.AddPrefix(last)
			return true
		}
		list.Add(&gofakes3.Content{Key: v.Key, LastModified: gofakes3.NewContentTime(v.Created), ETag: `"` + v.ETag() + `"`, Size: int64(v.Size())})
		return true
	})
	if !list.IsTruncated {
		list.NextMarker = ""
	}
	return list, nil
}

// CreateBucket implements gofakes3.Backend.
func (d backend) CreateBucket(name string) error { return d.store.CreateBucket(name, false) }

// BucketExists implements gofakes3.Backend.
func (d backend) BucketExists(name string) (bool, error) { return d.store.bucket(name) != nil, nil }

// DeleteBucket implements gofakes3.Backend.
func (d backend) DeleteBucket(name string) error {
	b, err := d.bucket(name)
	if err != nil {
		return err
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	if len(b.keys) > 0 {
		return gofakes3.ResourceError(gofakes3.ErrBucketNotEmpty, name)
	}
	return d.ForceDeleteBucket(name)
}

// ForceDeleteBucket implements gofakes3.Backend.
func (d backend) ForceDeleteBucket(name string) error {
	d.store.mu.Lock()
	defer d.store.mu.Unlock()
	delete(d.store.buckets, name)
	return nil
}

// GetObject implements gofakes3.Backend.
func (d backend) GetObject(name, key string, part *gofakes3.ObjectRangeRequest) (*gofakes3.Object, error) {
	b, err := d.bucket(name)
	if err != nil {
		return nil, err
	}
	v := b.current(key)
	if v == nil || v.Deleted {
		return nil, gofakes3.KeyNotFound(key)
	}
	return v.object(part)
}

// HeadObject implements gofakes3.Backend.
func (d backend) HeadObject(name, key string) (*gofakes3.Object, error) {
	return d.GetObject(name, key, nil)
}

// PutObject implements gofakes3.Backend.
func (d backend) PutObject(name, key string, meta map[string]string, input io.Reader, size int64, conditions *gofakes3.PutConditions) (gofakes3.PutObjectResult, error) {
	b, err := d.bucket(name)
	if err != nil {
		return gofakes3.PutObjectResult{}, err
	}
	body, err := gofakes3.ReadAll(input, size)
	if err != nil {
		return gofakes3.PutObjectResult{}, err
	}
	v := d.newVersion(key)
	v.body, v.hash, v.metadata = body, md5.Sum(body), meta //nolint:gosec // S3's ETag is one
	err = b.write(v, func(current *Version) error {
		if conditions == nil {
			return nil
		}
		info := &gofakes3.ConditionalObjectInfo{Exists: current != nil && !current.Deleted}
		if info.Exists {
			info.Hash = current.hash[:]
		}
		return gofakes3.CheckPutConditions(conditions, info)
	})
	return gofakes3.PutObjectResult{VersionID: gofakes3.VersionID(v.ID)}, err
}

func (d backend) newVersion(key string) *Version {
	id := make([]byte, 16)
	_, _ = rand.Read(id)
	return &Version{Key: key, ID: hex.EncodeToString(id), Created: d.store.now(), Origin: d.store.region}
}

// DeleteObject implements gofakes3.Backend.
func (d backend) DeleteObject(name, key string) (gofakes3.ObjectDeleteResult, error) {
	b, err := d.bucket(name)
	if err != nil {
		return gofakes3.ObjectDeleteResult{}, err
	}
	v := d.newVersion(key)
	v.Deleted = true
	err = b.write(v, func(*Version) error { return nil })
	return gofakes3.ObjectDeleteResult{IsDeleteMarker: true, VersionID: gofakes3.VersionID(v.ID)}, err
}

// DeleteMulti implements gofakes3.Backend.
func (d backend) DeleteMulti(name string, keys ...string) (gofakes3.MultiDeleteResult, error) {
	result := gofakes3.MultiDeleteResult{}
	for _, key := range keys {
		if _, err := d.DeleteObject(name, key); err != nil {
			return result, err
		}
		result.Deleted = append(result.Deleted, gofakes3.ObjectID{Key: key})
	}
	return result, nil
}

// CopyObject implements gofakes3.Backend.
func (d backend) CopyObject(fromBucket, fromKey, toBucket, toKey string, meta map[string]string) (gofakes3.CopyObjectResult, error) {
	source, err := d.GetObject(fromBucket, fromKey, nil)
	if err != nil {
		return gofakes3.CopyObjectResult{}, err
	}
	body, err := io.ReadAll(source.Contents)
	if err != nil {
		return gofakes3.CopyObjectResult{}, err
	}
	_, err = d.PutObject(toBucket, toKey, meta, bytes.NewReader(body), int64(len(body)), nil)
	return gofakes3.CopyObjectResult{ETag: `"` + hex.EncodeToString(source.Hash) + `"`, LastModified: gofakes3.NewContentTime(d.store.now())}, err
}

// VersioningConfiguration implements gofakes3.VersionedBackend.
func (d backend) VersioningConfiguration(name string) (gofakes3.VersioningConfiguration, error) {
	b, err := d.bucket(name)
	if err != nil {
		return gofakes3.VersioningConfiguration{}, err
	}
	configuration := gofakes3.VersioningConfiguration{}
	if b.versioned {
		configuration.Status = gofakes3.VersioningEnabled
	}
	return configuration, nil
}

// SetVersioningConfiguration implements gofakes3.VersionedBackend.
func (d backend) SetVersioningConfiguration(name string, v gofakes3.VersioningConfiguration) error {
	b, err := d.bucket(name)
	if err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.versioned = v.Enabled()
	return nil
}

// GetObjectVersion implements gofakes3.VersionedBackend.
func (d backend) GetObjectVersion(name, key string, id gofakes3.VersionID, part *gofakes3.ObjectRangeRequest) (*gofakes3.Object, error) {
	b, err := d.bucket(name)
	if err != nil {
		return nil, err
	}
	v := b.version(key, string(id))
	if v == nil {
		return nil, gofakes3.ErrNoSuchVersion
	}
	return v.object(part)
}

// HeadObjectVersion implements gofakes3.VersionedBackend.
func (d backend) HeadObjectVersion(name, key string, id gofakes3.VersionID) (*gofakes3.Object, error) {
	return d.GetObjectVersion(name, key, id, nil)
}

// DeleteObjectVersion implements gofakes3.VersionedBackend. No function of a
// pair may delete versions.
func (d backend) DeleteObjectVersion(string, string, gofakes3.VersionID) (gofakes3.ObjectDeleteResult, error) {
	return gofakes3.ObjectDeleteResult{}, gofakes3.ErrNotImplemented
}

// DeleteMultiVersions implements gofakes3.VersionedBackend.
func (d backend) DeleteMultiVersions(string, ...gofakes3.ObjectID) (gofakes3.MultiDeleteResult, error) {
	return gofakes3.MultiDeleteResult{}, gofakes3.ErrNotImplemented
}

// ListBucketVersions implements gofakes3.VersionedBackend.
func (d backend) ListBucketVersions(string, *gofakes3.Prefix, *gofakes3.ListBucketVersionsPage) (*gofakes3.ListBucketVersionsResult, error) {
	return nil, gofakes3.ErrNotImplemented
}
