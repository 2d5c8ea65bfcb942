package objectstore

import (
	"bytes"
	"encoding/hex"
	"errors"
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
	list := gofakes3.NewObjectList()
	if page.MaxKeys == 0 {
		return list, nil
	}
	count, common := int64(0), ""
	b.walk(page.Marker, func(v *Version) bool {
		var match gofakes3.PrefixMatch
		if !prefix.Match(v.Key, &match) {
			return true
		}
		if match.CommonPrefix && match.MatchedPart == common {
			// The next page begins behind all keys of a prefix, which is listed once.
			list.NextMarker = v.Key
			return true
		}
		if count == page.MaxKeys {
			list.IsTruncated = true
			return false
		}
		count++
		list.NextMarker = v.Key
		if match.CommonPrefix {
			common = match.MatchedPart
			list.AddPrefix(common)
			return true
		}
		list.Add(&gofakes3.Content{Key: v.Key, LastModified: gofakes3.NewContentTime(v.Created.UTC()), ETag: `"` + v.ETag() + `"`, Size: int64(v.Size())})
		return true
	})
	if !list.IsTruncated {
		list.NextMarker = ""
	}
	return list, nil
}

// CreateBucket implements gofakes3.Backend.
func (d backend) CreateBucket(name string) error {
	if d.store.CreateBucket(name, false) != nil {
		return gofakes3.ResourceError(gofakes3.ErrBucketAlreadyExists, name)
	}
	return nil
}

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

// maxUserMetadata is S3's limit in bytes.
const maxUserMetadata = 2 << 10

// PutObject implements gofakes3.Backend.
func (d backend) PutObject(name, key string, meta map[string]string, input io.Reader, size int64, conditions *gofakes3.PutConditions) (gofakes3.PutObjectResult, error) {
	b, err := d.bucket(name)
	if err != nil {
		return gofakes3.PutObjectResult{}, err
	}
	v := d.store.newVersion(key)
	if v.metadata = storedMetadata(meta); userMetadataSize(v.metadata) > maxUserMetadata {
		return gofakes3.PutObjectResult{}, gofakes3.ErrMetadataTooLarge
	}
	if v.body, err = io.ReadAll(input); err != nil {
		return gofakes3.PutObjectResult{}, err
	}
	if int64(len(v.body)) != size {
		return gofakes3.PutObjectResult{}, gofakes3.ErrIncompleteBody
	}
	if conditions == nil {
		conditions = &gofakes3.PutConditions{}
	}
	if err = b.write(v, d.store.now, writeCondition(conditions.IfMatch, conditions.IfNoneMatch)); err != nil || !b.isVersioned() {
		return gofakes3.PutObjectResult{}, inLibraryTerms(err, key)
	}
	return gofakes3.PutObjectResult{VersionID: gofakes3.VersionID(v.ID)}, nil
}

// inLibraryTerms is an error with a code that the library knows the status of.
func inLibraryTerms(err error, key string) error {
	var failure *s3Error
	if !errors.As(err, &failure) {
		return err
	}
	if failure.code == "NoSuchKey" {
		return gofakes3.KeyNotFound(key)
	}
	return gofakes3.ErrorMessage(gofakes3.ErrorCode(failure.code), failure.message)
}

// DeleteObject implements gofakes3.Backend.
func (d backend) DeleteObject(name, key string) (gofakes3.ObjectDeleteResult, error) {
	b, err := d.bucket(name)
	if err != nil {
		return gofakes3.ObjectDeleteResult{}, err
	}
	v := d.store.newVersion(key)
	v.Deleted = true
	err = b.write(v, d.store.now, deleteCondition(""))
	return gofakes3.ObjectDeleteResult{IsDeleteMarker: true, VersionID: gofakes3.VersionID(v.ID)}, err
}

// DeleteMulti implements gofakes3.Backend.
func (d backend) DeleteMulti(name string, keys ...string) (gofakes3.MultiDeleteResult, error) {
	objects := make([]gofakes3.ObjectID, len(keys))
	for i, key := range keys {
		objects[i].Key = key
	}
	return d.DeleteMultiVersions(name, objects...)
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
	if _, err = d.PutObject(toBucket, toKey, meta, bytes.NewReader(body), int64(len(body)), nil); err != nil {
		return gofakes3.CopyObjectResult{}, err
	}
	copied, err := d.GetObject(toBucket, toKey, nil)
	if err != nil {
		return gofakes3.CopyObjectResult{}, err
	}
	return gofakes3.CopyObjectResult{ETag: `"` + hex.EncodeToString(copied.Hash) + `"`, LastModified: gofakes3.NewContentTime(d.store.now())}, nil
}

// VersioningConfiguration implements gofakes3.VersionedBackend.
func (d backend) VersioningConfiguration(name string) (gofakes3.VersioningConfiguration, error) {
	b, err := d.bucket(name)
	if err != nil {
		return gofakes3.VersioningConfiguration{}, err
	}
	configuration := gofakes3.VersioningConfiguration{}
	if b.isVersioned() {
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
	b.setVersioned(v.Enabled())
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
func (d backend) DeleteMultiVersions(name string, objects ...gofakes3.ObjectID) (gofakes3.MultiDeleteResult, error) {
	result := gofakes3.MultiDeleteResult{}
	for _, object := range objects {
		if object.VersionID != "" {
			result.Error = append(result.Error, gofakes3.ErrorResult{Key: object.Key, Code: gofakes3.ErrNotImplemented, Message: "versions are not deleted"})
			continue
		}
		if _, err := d.DeleteObject(name, object.Key); err != nil {
			return result, err
		}
		result.Deleted = append(result.Deleted, object)
	}
	return result, nil
}

// ListBucketVersions implements gofakes3.VersionedBackend.
func (d backend) ListBucketVersions(string, *gofakes3.Prefix, *gofakes3.ListBucketVersionsPage) (*gofakes3.ListBucketVersionsResult, error) {
	return nil, gofakes3.ErrNotImplemented
}
