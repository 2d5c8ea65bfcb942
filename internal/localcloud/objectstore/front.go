package objectstore

import (
	"bufio"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// front adds to the protocol library what a pair needs and it lacks: bodies in
// the SDK's chunks, preconditions of reads and deletions, replication
// configuration, and the end of presigned URLs.
type front struct {
	store    *Store
	host     string
	protocol http.Handler
}

// ServeHTTP implements http.Handler.
func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Amz-Bucket-Region", f.store.region)
	if err := f.mustNotBeExpired(r); err != nil {
		writeError(w, http.StatusForbidden, "AccessDenied", err.Error())
		return
	}
	bucketName, key := f.target(r)
	if r.URL.Query().Has("replication") {
		f.serveReplication(w, r, bucketName)
		return
	}
	if err := decodeChunks(r); err != nil {
		writeError(w, http.StatusBadRequest, "IncompleteBody", err.Error())
		return
	}
	if b := f.store.bucket(bucketName); b != nil && key != "" {
		if status := failedPrecondition(r, b.current(key)); status != 0 {
			if status == http.StatusNotModified {
				w.Header().Set("ETag", r.Header.Get("If-None-Match"))
				w.WriteHeader(status)
				return
			}
			writeError(w, status, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold")
			return
		}
	}
	f.protocol.ServeHTTP(w, listAfter(r))
}

// target returns the bucket and key of both styles of address.
func (f *front) target(r *http.Request) (bucketName, key string) {
	path := strings.TrimPrefix(r.URL.Path, "/")
	host, _, _ := strings.Cut(r.Host, ":")
	if name, virtual := strings.CutSuffix(host, "."+f.host); virtual {
		return name, path
	}
	bucketName, key, _ = strings.Cut(path, "/")
	return bucketName, key
}

// mustNotBeExpired refuses presigned URLs after their time. Signatures are not
// checked: nobody can reach the store but its own functions and clients.
func (f *front) mustNotBeExpired(r *http.Request) error {
	query := r.URL.Query()
	if !query.Has("X-Amz-Expires") {
		return nil
	}
	signed, dateErr := time.Parse("20060102T150405Z", query.Get("X-Amz-Date"))
	seconds, lifeErr := strconv.Atoi(query.Get("X-Amz-Expires"))
	if dateErr != nil || lifeErr != nil {
		return errors.New("the presigned URL has no valid date")
	}
	if f.store.now().After(signed.Add(time.Duration(seconds) * time.Second)) {
		return refusal("Request has expired")
	}
	return nil
}

// failedPrecondition returns 412 or 304 for conditions of reads and of
// deletions; those of writes are checked together with the write.
func failedPrecondition(r *http.Request, current *Version) int {
	if current != nil && current.Deleted {
		current = nil
	}
	etag := ""
	if current != nil {
		etag = `"` + current.ETag() + `"`
	}
	isRead := r.Method == http.MethodGet || r.Method == http.MethodHead
	if match := r.Header.Get("If-Match"); match != "" && (isRead || r.Method == http.MethodDelete) {
		if current == nil && isRead {
			return 0
		}
		if match != "*" && quoted(match) != etag {
			return http.StatusPreconditionFailed
		}
	}
	if none := r.Header.Get("If-None-Match"); none != "" && isRead && current != nil && (none == "*" || quoted(none) == etag) {
		return http.StatusNotModified
	}
	return 0
}

func quoted(etag string) string { return `"` + strings.Trim(etag, `"`) + `"` }

// listAfter turns start-after into the marker the library knows.
func listAfter(r *http.Request) *http.Request {
	query := r.URL.Query()
	after := query.Get("start-after")
	if r.Method != http.MethodGet || after == "" || query.Has("continuation-token") {
		return r
	}
	query.Set("marker", after)
	clone := r.Clone(r.Context())
	clone.URL.RawQuery = query.Encode()
	return clone
}

// decodeChunks unpacks a body in aws-chunked encoding. Signatures of chunks
// and trailing checksums are dropped.
func decodeChunks(r *http.Request) error {
	if !strings.HasPrefix(r.Header.Get("X-Amz-Content-Sha256"), "STREAMING-") {
		return nil
	}
	length, err := strconv.ParseInt(r.Header.Get("X-Amz-Decoded-Content-Length"), 10, 64)
	if err != nil || length < 0 {
		return errors.New("X-Amz-Decoded-Content-Length must be a number")
	}
	r.Body = struct {
		io.Reader
		io.Closer
	}{&chunkReader{source: bufio.NewReader(r.Body)}, r.Body}
	r.ContentLength = length
	r.Header.Set("Content-Length", strconv.FormatInt(length, 10))
	r.Header.Set("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD")
	if encoding := withoutChunked(r.Header.Get("Content-Encoding")); encoding == "" {
		r.Header.Del("Content-Encoding")
	} else {
		r.Header.Set("Content-Encoding", encoding)
	}
	return nil
}

func withoutChunked(encoding string) string {
	kept := []string{}
	for part := range strings.SplitSeq(encoding, ",") {
		if part = strings.TrimSpace(part); part != "" && part != "aws-chunked" {
			kept = append(kept, part)
		}
	}
	return strings.Join(kept, ",")
}

// chunkReader reads <hex size>[;signature]\r\n<data>\r\n … 0\r\n<trailer>.
type chunkReader struct {
	source *bufio.Reader
	left   int64
	done   bool
}

// Read implements io.Reader.
func (c *chunkReader) Read(p []byte) (int, error) {
	if c.done {
		return 0, io.EOF
	}
	if c.left == 0 {
		if err := c.nextChunk(); err != nil {
			return 0, err
		}
		if c.done {
			return 0, io.EOF
		}
	}
	if int64(len(p)) > c.left {
		p = p[:c.left]
	}
	n, err := c.source.Read(p)
	c.left -= int64(n)
	if err == nil && c.left == 0 {
		_, err = c.source.Discard(len("\r\n"))
	}
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

func (c *chunkReader) nextChunk() error {
	line, err := c.source.ReadString('\n')
	if err != nil {
		return io.ErrUnexpectedEOF
	}
	text, _, _ := strings.Cut(strings.TrimSpace(line), ";")
	size, err := strconv.ParseInt(text, 16, 64)
	if err != nil || size < 0 {
		return fmt.Errorf("%q is not the size of a chunk", text)
	}
	c.left, c.done = size, size == 0
	return nil
}

func writeError(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	_ = xml.NewEncoder(w).Encode(struct {
		XMLName xml.Name `xml:"Error"`
		Code    string
		Message string
	}{Code: code, Message: message})
}
