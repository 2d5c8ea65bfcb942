package objectstore

import (
	"net/http"
	"strings"

	"github.com/johannesboyne/gofakes3"
)

const (
	requestIDHeader    = "X-Amz-Request-Id"
	bucketRegionHeader = "X-Amz-Bucket-Region"
)

// front adds to the protocol library what a pair needs and it lacks: bodies in
// the SDK's chunks, checksums, conditions of reads and deletions, replication
// configuration, signatures, and a refusal of what is not
// emulated.
type front struct {
	store    *Store
	host     string
	protocol http.Handler
}

// ServeHTTP implements http.Handler.
func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Server", "AmazonS3")
	w.Header().Set(requestIDHeader, newID())
	w.Header().Set(bucketRegionHeader, f.store.region)
	if err := f.serve(w, r); err != nil {
		writeError(w, err)
	}
}

func (f *front) serve(w http.ResponseWriter, r *http.Request) error {
	query := r.URL.Query()
	if err := authenticate(r, f.store.region, f.store.now()); err != nil {
		return err
	}
	for name := range query {
		if notEmulated[name] {
			return notImplemented("?" + name)
		}
	}
	bucketName, key := Target(r, f.host)
	b := f.store.bucket(bucketName)
	if b == nil {
		return f.withoutBucket(w, r, bucketName, key)
	}
	if r.Method == http.MethodPut || r.Method == http.MethodPost {
		if err := takeBody(r); err != nil {
			return err
		}
	}
	switch {
	case key == "" && query.Has("replication"):
		return f.serveReplication(w, r, b)
	case key == "" && query.Has("versions") && r.Method == http.MethodGet:
		return f.listVersions(w, r, b)
	case key == "" || query.Has("uploadId") || query.Has("uploads"):
		f.protocol.ServeHTTP(w, r)
	case r.Method == http.MethodGet || r.Method == http.MethodHead:
		return f.read(w, r, b, key)
	case r.Method == http.MethodDelete:
		return f.remove(w, r, b, key)
	default:
		echo(w.Header(), r.Header)
		f.protocol.ServeHTTP(w, r)
		// The library, which has written no body, calls the MD5 of the content
		// its ETag.
		if v := b.version(key, w.Header().Get(versionIDHeader)); v != nil {
			w.Header().Set("ETag", `"`+v.ETag()+`"`)
		}
	}
	return nil
}

// notEmulated are subresources that the library does not know and would take
// for the object or the bucket itself.
var notEmulated = map[string]bool{
	"accelerate": true, "acl": true, "analytics": true, "attributes": true, "cors": true, "encryption": true,
	"intelligent-tiering": true, "inventory": true, "legal-hold": true, "lifecycle": true, "logging": true, "metrics": true,
	"notification": true, "object-lock": true, "ownershipControls": true, "policy": true, "policyStatus": true,
	"publicAccessBlock": true, "requestPayment": true, "restore": true, "retention": true, "select": true, "tagging": true,
	"torrent": true, "website": true,
}

// Target returns the bucket and key of both styles of address, for S3 at a host.
func Target(r *http.Request, s3Host string) (bucketName, key string) {
	path := strings.TrimPrefix(r.URL.Path, "/")
	host, _, _ := strings.Cut(r.Host, ":")
	if name, virtual := strings.CutSuffix(host, "."+s3Host); virtual {
		return name, path
	}
	bucketName, key, _ = strings.Cut(path, "/")
	return bucketName, key
}

// withoutBucket answers what needs none, and sends those away who ask the
// wrong Region.
func (f *front) withoutBucket(w http.ResponseWriter, r *http.Request, bucketName, key string) error {
	if bucketName == "" || (key == "" && r.Method == http.MethodPut && r.URL.RawQuery == "") {
		f.protocol.ServeHTTP(w, r)
		return nil
	}
	owner, _ := f.store.world.find(bucketName)
	if owner == nil {
		return noSuchBucket()
	}
	w.Header().Set(bucketRegionHeader, owner.region)
	return refuse(http.StatusMovedPermanently, "PermanentRedirect",
		"The bucket you are attempting to access must be addressed using the specified endpoint: it is in %s, and this is %s.", owner.region, f.store.region)
}

// remove puts a delete marker over the current object.
func (f *front) remove(w http.ResponseWriter, r *http.Request, b *bucket, key string) error {
	if r.URL.Query().Has("versionId") {
		return notImplemented("the deletion of versions, which no function of a pair may do")
	}
	v := f.store.newVersion(key)
	v.Deleted = true
	if err := b.write(v, f.store.now, deleteCondition(r.Header.Get("If-Match"))); err != nil {
		return err
	}
	if b.isVersioned() {
		w.Header().Set(deleteMarkerHeader, "true")
		w.Header().Set(versionIDHeader, v.ID)
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// echo answers a write with what it said about encryption and checksums.
func echo(answer, request http.Header) {
	for _, name := range []string{encryptionHeader, encryptionKeyHeader, bucketKeyHeader} {
		if value := request.Get(name); value != "" {
			answer.Set(name, value)
		}
	}
	for name := range checksums {
		if value := request.Get(name); value != "" {
			answer.Set(name, value)
			answer.Set(checksumTypeHeader, wholeObject)
		}
	}
}

// newProtocol is the library, which leaves to the store what it limits wrongly:
// it counts every header of a request as metadata of the object.
func newProtocol(s *Store, host string) http.Handler {
	return gofakes3.New(backend{s}, gofakes3.WithHostBucketBase(host), gofakes3.WithTimeSkewLimit(0), gofakes3.WithMetadataSizeLimit(0)).Server()
}
