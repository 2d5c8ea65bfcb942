package objectstore

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"io"
	"maps"
	"net/http"
	"strings"
	"time"

	"github.com/johannesboyne/gofakes3"
)

// Version is one version of an object. It is never changed.
type Version struct {
	// Key of the object.
	Key string
	// ID of the version; a replica keeps its source's.
	ID string
	// Created is when the source wrote it.
	Created time.Time
	// Origin is the Region that a client wrote it in.
	Origin string
	// Replica is true where it was copied to.
	Replica bool
	// Deleted is true for a delete marker.
	Deleted bool

	progress *progress
	arrived  time.Time
	body     []byte
	etag     etag
	metadata map[string]string
}

const (
	encryptionHeader        = "X-Amz-Server-Side-Encryption"
	encryptionKeyHeader     = "X-Amz-Server-Side-Encryption-Aws-Kms-Key-Id"
	bucketKeyHeader         = "X-Amz-Server-Side-Encryption-Bucket-Key-Enabled"
	replicationStatusHeader = "X-Amz-Replication-Status"
	lastModifiedHeader      = "Last-Modified"
	userMetadataPrefix      = "X-Amz-Meta-"
)

// etag is opaque: that of an object encrypted with SSE-KMS is not the MD5 of its
// content, and a replica, encrypted with another key, has another one. See
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html.
type etag [16]byte

func newETag() (e etag) {
	_, _ = rand.Read(e[:])
	return e
}

func (e etag) String() string { return hex.EncodeToString(e[:]) }

// ETag of the version in its bucket, without quotes.
func (v *Version) ETag() string { return v.etag.String() }

// UserMetadata is the value that the writer gave a name, without x-amz-meta-;
// empty where there is none.
func (v *Version) UserMetadata(name string) string {
	return v.metadata[http.CanonicalHeaderKey(userMetadataPrefix+name)]
}

// Size of the body in bytes.
func (v *Version) Size() int { return len(v.body) }

// exists is false for no version and for a delete marker.
func (v *Version) exists() bool { return v != nil && !v.Deleted }

// modified is the time of creation as HTTP knows it, in whole seconds.
func (v *Version) modified() time.Time { return v.Created.UTC().Truncate(time.Second) }

// before is the order of versions. Where two Regions wrote at the same instant,
// both have to come to the same end.
func (v *Version) before(other *Version) bool {
	if !v.Created.Equal(other.Created) {
		return v.Created.Before(other.Created)
	}
	return v.Origin < other.Origin
}

// replica is the version as it appears in the destination, encrypted with the
// destination's key.
func (v *Version) replica(keyARN string) *Version {
	copied := *v
	copied.Replica, copied.etag = true, newETag()
	copied.metadata = maps.Clone(v.metadata)
	if copied.metadata != nil && keyARN != "" {
		copied.metadata[encryptionHeader] = "aws:kms"
		copied.metadata[encryptionKeyHeader] = keyARN
	}
	return &copied
}

// object is what the protocol library copies.
func (v *Version) object(request *gofakes3.ObjectRangeRequest) (*gofakes3.Object, error) {
	size := int64(len(v.body))
	part, err := request.Range(size)
	if err != nil {
		return nil, err
	}
	body := v.body
	if part != nil {
		body = body[part.Start : part.Start+part.Length]
	}
	return &gofakes3.Object{
		Name: v.Key, Metadata: v.metadata, Size: size, Hash: v.etag[:], Range: part,
		Contents: io.NopCloser(bytes.NewReader(body)), VersionID: gofakes3.VersionID(v.ID), IsDeleteMarker: v.Deleted,
	}, nil
}

// storedMetadata is the part of a request's headers that belongs to the object.
// The library hands over all that S3 knows, credentials included.
func storedMetadata(headers map[string]string) map[string]string {
	stored := map[string]string{}
	for name, value := range headers {
		if strings.HasPrefix(name, userMetadataPrefix) || isObjectHeader(name) {
			stored[name] = value
		}
	}
	return stored
}

func isObjectHeader(name string) bool {
	switch name {
	case "Content-Type", "Content-Disposition", "Content-Encoding", encryptionHeader, encryptionKeyHeader, bucketKeyHeader, checksumTypeHeader:
		return true
	}
	_, known := checksums[name]
	return known
}

// userMetadataSize is what S3 limits: names without their prefix, and values.
func userMetadataSize(metadata map[string]string) int {
	size := 0
	for name, value := range metadata {
		if short, user := strings.CutPrefix(name, userMetadataPrefix); user {
			size += len(short) + len(value)
		}
	}
	return size
}
