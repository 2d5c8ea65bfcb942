package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/lambda/internal/durable"
	"github.com/regionpair/regionpair/lambda/internal/durableaws"
	"github.com/regionpair/regionpair/lambda/internal/problem"
)

const (
	// uploadHeader names an upload that is complete: the object is there from then on.
	uploadHeader = "X-Upload-Id"
	// maxSynchronousBytes of an upload: the function, and the one that repairs, copy
	// it to the other Region within one invocation.
	maxSynchronousBytes = 1 << 30
	// copyPatience is how long the copy of an upload may delay the answer.
	copyPatience = 20 * time.Second
	// uploadLife is how long an upload can be completed. It must be far less than
	// what the collector waits for.
	uploadLife = time.Hour
)

// completion is the request that makes an object of an upload.
type completion struct {
	Method  string            `json:"method"`
	Path    string            `json:"path"`
	Headers map[string]string `json:"headers"`
}

var uploadID = regexp.MustCompile(`^[0-9a-f]{32}$`)

// upload gives a URL for a content that nobody can see yet, or makes an object of
// one. What a client stores by itself reaches one Region only, so that the client
// has to say when it is there.
func (s *synchronous) upload(w http.ResponseWriter, r *http.Request, key string) {
	if id := r.Header.Get(uploadHeader); id != "" {
		s.complete(w, r, key, id)
		return
	}
	input, err := s.newWrite(r.Header, key)
	if err != nil {
		problem.Write(w, r, problem.Problem{Status: http.StatusBadRequest, Detail: err.Error()})
		return
	}
	size, err := declaredSize(r.Header)
	if err == nil && size > maxSynchronousBytes {
		err = fmt.Errorf("the header %s must be at most %d: the object is copied to the other Region before the answer", sizeHeader, maxSynchronousBytes)
	}
	if err != nil {
		problem.Write(w, r, problem.Problem{Status: http.StatusBadRequest, Detail: err.Error()})
		return
	}
	id := durable.NewState()
	input.Key, input.IfMatch, input.IfNoneMatch = aws.String(durableaws.BlobName(key, id)), nil, aws.String("*")
	input.Metadata, input.ContentLength = s.mark(input.Metadata, id), &size
	input.Metadata[contract.ObjectKeyMetadata] = digestOf(key)
	result, err := s.sign(r.Context(), input)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	result.Complete = &completion{Method: http.MethodPost, Path: r.URL.EscapedPath(), Headers: map[string]string{uploadHeader: id}}
	writeJSON(w, r, http.StatusCreated, result)
}

// complete makes an object of an upload. It can be repeated, in either Region.
func (s *synchronous) complete(w http.ResponseWriter, r *http.Request, key, id string) {
	if err := errors.Join(mustBeWriteConditions(r.Header), mustBeUploadID(id)); err != nil {
		problem.Write(w, r, problem.Problem{Status: http.StatusBadRequest, Detail: err.Error()})
		return
	}
	name := durableaws.BlobName(key, id)
	from, head, err := s.find(r.Context(), name)
	switch {
	case err != nil:
		s.fail(w, r, err)
		return
	case head == nil || head.Metadata[contract.ObjectKeyMetadata] != digestOf(key):
		problem.Write(w, r, problem.Problem{Status: http.StatusConflict, Detail: "there is no such upload for this key: send the object to the URL first"})
		return
	case s.now().Sub(aws.ToTime(head.LastModified)) > uploadLife:
		problem.Write(w, r, problem.Problem{Status: http.StatusGone, Detail: "the upload is older than an hour: ask for another URL"})
		return
	}
	entry, err := s.objects.Adopt(r.Context(), key, id, aws.ToInt64(head.ContentLength), conditionOf(r.Header), func(ctx context.Context, region, _ string) error {
		if region == from {
			return nil
		}
		return s.buckets[region].CopyFrom(ctx, s.buckets[from], name)
	}, copyPatience)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.acknowledge(w, entry)
	w.Header().Set("ETag", quoted(id))
	w.WriteHeader(statusOfPut(r))
}

// find looks for an upload in both Regions: the one that gave the URL may not be the
// one that is asked now.
func (s *synchronous) find(ctx context.Context, name string) (region string, head *s3.HeadObjectOutput, err error) {
	var problems []error
	for _, region := range []string{s.objects.Here, s.objects.Peer} {
		head, err := s.buckets[region].Head(ctx, name)
		if err == nil {
			return region, head, nil
		}
		if !errors.Is(err, durable.ErrBlobMissing) {
			problems = append(problems, err)
		}
	}
	if err := errors.Join(problems...); err != nil {
		return "", nil, fmt.Errorf("%w: %w", durable.ErrUnavailable, err)
	}
	return "", nil, nil
}

func mustBeUploadID(id string) error {
	if !uploadID.MatchString(id) {
		return fmt.Errorf("the header %s must be the one of the upload's answer, got %q", uploadHeader, id)
	}
	return nil
}

// digestOf is short, because metadata has little room.
func digestOf(key string) string {
	digest := sha256.Sum256([]byte(key))
	return hex.EncodeToString(digest[:16])
}
