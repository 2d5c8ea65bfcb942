package objectstore

import (
	"bytes"
	"crypto/md5" //nolint:gosec // S3's ETag is one
	"encoding/hex"
	"io"
	"maps"
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

	arrived  time.Time
	body     []byte
	hash     [md5.Size]byte
	metadata map[string]string
}

// ETag of the version without quotes.
func (v *Version) ETag() string { return hex.EncodeToString(v.hash[:]) }

// Size of the body in bytes.
func (v *Version) Size() int { return len(v.body) }

// replica is the version as it appears in the destination.
func (v *Version) replica() *Version {
	copied := *v
	copied.Replica = true
	copied.metadata = maps.Clone(v.metadata)
	if copied.metadata != nil {
		copied.metadata["X-Amz-Replication-Status"] = "REPLICA"
	}
	return &copied
}

// object is what the protocol library serves.
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
		Name: v.Key, Metadata: v.metadata, Size: size, Hash: v.hash[:], Range: part,
		Contents: io.NopCloser(bytes.NewReader(body)), VersionID: gofakes3.VersionID(v.ID), IsDeleteMarker: v.Deleted,
	}, nil
}
