package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/regionpair/regionpair/lambda/internal/problem"
)

// maxBodyBytes fits into Lambda's 6 MB once it is base64 in a JSON event. It
// is the same for both directions: what was put can be got the same way.
const maxBodyBytes = 4_500_000

func (a *api) put(w http.ResponseWriter, r *http.Request, key string) {
	input, body, ok := a.readPut(w, r, key)
	if !ok {
		return
	}
	var err error
	if input.IfMatch, err = a.mustBeUnchanged(r.Context(), r.Header, key); err != nil {
		a.fail(w, r, err)
		return
	}
	input.Body, input.Metadata = bytes.NewReader(body), a.stamp(input.Metadata)
	output, err := a.client.PutObject(r.Context(), input, onlyOnce)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	w.Header().Set("ETag", etagOf(input.Metadata, output.ETag))
	w.WriteHeader(statusOfPut(r))
}

// statusOfPut is 204 for a write without a condition: whether there was an object
// before would take another call.
func statusOfPut(r *http.Request) int {
	if r.Header.Get("If-None-Match") != "" {
		return http.StatusCreated
	}
	return http.StatusNoContent
}

// readPut reads a write, or answers what is wrong with it.
func (a *api) readPut(w http.ResponseWriter, r *http.Request, key string) (input *s3.PutObjectInput, body []byte, ok bool) {
	if r.ContentLength > maxBodyBytes {
		problem.Write(w, r, problem.Problem{Status: http.StatusRequestEntityTooLarge, Detail: fmt.Sprintf("the object has more than %d bytes%s", maxBodyBytes, instead(r))})
		return nil, nil, false
	}
	body = make([]byte, r.ContentLength)
	if _, err := io.ReadFull(r.Body, body); err != nil {
		problem.Write(w, r, problem.Problem{Status: http.StatusBadRequest, Detail: "the body cannot be read to its end"})
		return nil, nil, false
	}
	input, err := a.newWrite(r.Header, key)
	if err == nil {
		err = verifyDigests(r.Header, body)
	}
	if err != nil {
		problem.Write(w, r, problem.Problem{Status: http.StatusBadRequest, Detail: err.Error()})
		return nil, nil, false
	}
	return input, body, true
}

// newWrite reads from the headers what is stored beside an object, and whether it
// must be new. An error is the client's.
func (a *api) newWrite(header http.Header, key string) (*s3.PutObjectInput, error) {
	if err := mustBeWriteConditions(header); err != nil {
		return nil, err
	}
	metadata, err := userMetadata(header)
	if err != nil {
		return nil, err
	}
	input := &s3.PutObjectInput{
		Bucket:      &a.bucket,
		Key:         &key,
		ContentType: optional(header.Get("Content-Type")),
		// Without it nobody could tell a compressed object from its content.
		ContentEncoding:    optional(header.Get("Content-Encoding")),
		ContentDisposition: optional(header.Get("Content-Disposition")),
		ContentLanguage:    optional(header.Get("Content-Language")),
		CacheControl:       optional(header.Get("Cache-Control")),
		Expires:            timeOf(header.Get("Expires")),
		Metadata:           metadata,
		IfNoneMatch:        optional(header.Get("If-None-Match")),
	}
	return input, passDigestOn(input, header)
}

// instead is what to do with an object that is too large.
func instead(r *http.Request) string {
	return "; ask for an upload URL with POST /uploads/" + strings.TrimPrefix(r.URL.EscapedPath(), "/objects/")
}

func optional(value string) *string {
	if value == "" {
		return nil
	}
	return &value
}
