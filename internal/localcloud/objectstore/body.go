package objectstore

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// maxObjectBytes keeps the buckets, which are in memory, small. S3 takes 5 GB.
const maxObjectBytes = 256 << 20

const (
	contentHashHeader   = "X-Amz-Content-Sha256"
	decodedLengthHeader = "X-Amz-Decoded-Content-Length"
	trailerHeader       = "X-Amz-Trailer"
)

// takeBody replaces the body of a request by its content: without the SDK's
// aws-chunked encoding, complete, and with the checksums that the client sent,
// whether before or after it. Signatures of chunks are not checked.
func takeBody(r *http.Request) error {
	length, chunked, err := declaredLength(r)
	if err != nil {
		return err
	}
	content := r.Body
	var body bytes.Buffer
	if chunked {
		chunks := &chunkReader{source: bufio.NewReader(content), trailer: http.Header{}}
		if _, err = io.Copy(&body, io.LimitReader(chunks, length+1)); err == nil {
			err = takeTrailer(r, chunks.trailer)
		}
	} else {
		_, err = io.Copy(&body, io.LimitReader(content, length+1))
	}
	if err == nil && int64(body.Len()) != length {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return asIncomplete(err)
	}
	r.Body = struct {
		io.Reader
		io.Closer
	}{&body, content}
	r.ContentLength = length
	r.Header.Set("Content-Length", strconv.FormatInt(length, 10))
	return verifyChecksums(r.Header, body.Bytes())
}

func asIncomplete(err error) error {
	var known *s3Error
	if errors.As(err, &known) {
		return err
	}
	return refuse(http.StatusBadRequest, "IncompleteBody", "the body is not as long or not encoded as its headers say: %v", err)
}

func declaredLength(r *http.Request) (length int64, chunked bool, err error) {
	length = r.ContentLength
	chunked = strings.HasPrefix(r.Header.Get(contentHashHeader), "STREAMING-")
	if chunked {
		length, err = strconv.ParseInt(r.Header.Get(decodedLengthHeader), 10, 64)
	}
	switch {
	case err != nil || length < 0:
		return 0, false, refuse(http.StatusLengthRequired, "MissingContentLength", "You must provide the Content-Length HTTP header.")
	case length > maxObjectBytes:
		return 0, false, refuse(http.StatusBadRequest, "EntityTooLarge", "the local cloud stores objects of at most %d bytes, got %d", maxObjectBytes, length)
	}
	return length, chunked, nil
}

// takeTrailer makes headers of what followed the body, as if it had preceded
// it, and removes what described the encoding.
func takeTrailer(r *http.Request, trailer http.Header) error {
	for announced := range strings.SplitSeq(r.Header.Get(trailerHeader), ",") {
		name := http.CanonicalHeaderKey(strings.TrimSpace(announced))
		if name == "" {
			continue
		}
		value := trailer.Get(name)
		if _, known := checksums[name]; !known || value == "" {
			return refuse(http.StatusBadRequest, "MalformedTrailerError", "the request announced %s after its body, which is no checksum or was not sent", name)
		}
		r.Header.Set(name, value)
	}
	r.Header.Set(contentHashHeader, "UNSIGNED-PAYLOAD")
	for _, name := range []string{trailerHeader, decodedLengthHeader, "Content-Encoding"} {
		value := r.Header.Get(name)
		r.Header.Del(name)
		if kept := withoutChunked(value); name == "Content-Encoding" && kept != "" {
			r.Header.Set(name, kept)
		}
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
