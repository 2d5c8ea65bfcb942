package objectstore

import (
	"net/http"
	"strconv"
)

const (
	versionIDHeader    = "X-Amz-Version-Id"
	deleteMarkerHeader = "X-Amz-Delete-Marker"
	defaultContentType = "binary/octet-stream"
)

// responseOverrides are what a presigned URL may say about its answer.
var responseOverrides = map[string]string{
	"response-content-type":        "Content-Type",
	"response-content-language":    "Content-Language",
	"response-expires":             "Expires",
	"response-cache-control":       "Cache-Control",
	"response-content-disposition": "Content-Disposition",
	"response-content-encoding":    "Content-Encoding",
}

// read answers GET and HEAD of an object. The library looks at fewer
// conditions, does not know HEAD of a version, and returns checksums where they
// do not belong to what is sent.
func (f *front) read(w http.ResponseWriter, r *http.Request, b *bucket, key string) error {
	v, err := selected(w, b, key, r.URL.Query().Get("versionId"))
	if err != nil {
		return err
	}
	header := w.Header()
	header.Set("ETag", `"`+v.ETag()+`"`)
	header.Set(lastModifiedHeader, v.modified().Format(http.TimeFormat))
	switch readPrecondition(r.Header, v) {
	case http.StatusPreconditionFailed:
		return preconditionFailed()
	case http.StatusNotModified:
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	size := int64(v.Size())
	part, err := rangeOf(r.Header.Get("Range"), size)
	if err != nil {
		return err
	}
	describe(header, r, v, part == nil)
	body, status := v.body, http.StatusOK
	if part != nil {
		body, status = body[part.start:part.start+part.length], http.StatusPartialContent
		header.Set("Content-Range", part.contentRange(size))
	}
	header.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	if r.Method == http.MethodGet {
		_, _ = w.Write(body)
	}
	return nil
}

// selected returns the version that is asked for, or the current one.
func selected(w http.ResponseWriter, b *bucket, key, id string) (*Version, error) {
	v := b.current(key)
	if id != "" {
		v = b.version(key, id)
	}
	if v == nil && id != "" {
		return nil, refuse(http.StatusNotFound, "NoSuchVersion", "The specified version does not exist.")
	}
	if v == nil {
		return nil, noSuchKey()
	}
	if b.isVersioned() {
		w.Header().Set(versionIDHeader, v.ID)
	}
	if !v.Deleted {
		return v, nil
	}
	w.Header().Set(deleteMarkerHeader, "true")
	if id != "" {
		w.Header().Set("Allow", http.MethodDelete)
		return nil, refuse(http.StatusMethodNotAllowed, "MethodNotAllowed", "The specified method is not allowed against this resource.")
	}
	return nil, noSuchKey()
}

// describe says what the object is.
func describe(header http.Header, r *http.Request, v *Version, whole bool) {
	header.Set("Content-Type", defaultContentType)
	header.Set("Accept-Ranges", "bytes")
	withChecksum := whole && r.Header.Get(checksumModeHeader) == "ENABLED"
	for name, value := range v.metadata {
		if _, checksum := checksums[name]; withChecksum || !checksum {
			header.Set(name, value)
		}
	}
	if withChecksum && hasChecksum(header) {
		header.Set(checksumTypeHeader, wholeObject)
	}
	if status := v.replicationStatus(); status != "" {
		header.Set(replicationStatusHeader, status)
	}
	query := r.URL.Query()
	for parameter, name := range responseOverrides {
		if value := query.Get(parameter); value != "" {
			header.Set(name, value)
		}
	}
}
