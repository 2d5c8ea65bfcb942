package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/lambda/internal/durable"
	"github.com/regionpair/regionpair/lambda/internal/durableaws"
	"github.com/regionpair/regionpair/lambda/internal/metric"
	"github.com/regionpair/regionpair/lambda/internal/problem"
)

const (
	// patience with one bucket while the other one has a write's content. It is as
	// much slower as a write can become, once in each pause.
	patience = time.Second
	// pause without a bucket that did not answer.
	pause = 5 * time.Second
)

// synchronous keeps each object in both Regions before it answers; package durable
// has the rules.
type synchronous struct {
	*api
	objects *durable.Objects
	index   durableaws.Table
	buckets map[string]durableaws.Bucket
	metrics *metric.Counter
}

// synchronize makes an API keep its objects synchronously.
func (a *api) synchronize(s settings, index durableaws.Table, peer *s3.Client, metrics *metric.Counter) {
	a.store = &synchronous{
		api: a, index: index, metrics: metrics,
		buckets: map[string]durableaws.Bucket{s.region: {Client: a.client, Name: s.bucket}, s.peerRegion: {Client: peer, Name: s.peerBucket}},
		objects: &durable.Objects{
			Index: index, Here: s.region, Peer: s.peerRegion, Alone: s.whenPeerIsDown == contract.PeerDownAccept,
			Patience: patience, Breaker: &durable.Breaker{Pause: pause},
		},
	}
}

func (s *synchronous) put(w http.ResponseWriter, r *http.Request, key string) {
	input, body, ok := s.readPut(w, r, key)
	if !ok {
		return
	}
	entry, err := s.objects.Put(r.Context(), key, int64(len(body)), conditionOf(r.Header), func(ctx context.Context, region, blob string) error {
		copied := *input
		copied.Key, copied.Body, copied.Metadata = aws.String(durableaws.BlobName(key, blob)), bytes.NewReader(body), s.mark(input.Metadata, blob)
		return s.buckets[region].Put(ctx, copied)
	})
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.acknowledge(w, entry)
	w.Header().Set("ETag", quoted(entry.State))
	w.WriteHeader(statusOfPut(r))
}

func (s *synchronous) delete(w http.ResponseWriter, r *http.Request, key string) {
	if err := mustBeDeleteConditions(r.Header); err != nil {
		problem.Write(w, r, problem.Problem{Status: http.StatusBadRequest, Detail: err.Error()})
		return
	}
	entry, err := s.objects.Delete(r.Context(), key, conditionOf(r.Header))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.acknowledge(w, entry)
	w.WriteHeader(http.StatusNoContent)
}

// acknowledge says in how many Regions a write is.
func (s *synchronous) acknowledge(w http.ResponseWriter, entry durable.Entry) {
	writeDurability(w.Header(), entry)
	if entry.Regions() == 1 {
		s.metrics.Count(contract.MetricSingleRegionWrites, s.now())
	}
}

func writeDurability(header http.Header, entry durable.Entry) {
	header.Set(contract.DurabilityHeader, fmt.Sprintf("regions=%d", entry.Regions()))
}

func (s *synchronous) get(w http.ResponseWriter, r *http.Request, key string) {
	reading := &reading{buckets: s.buckets, input: s3.GetObjectInput{Range: optional(r.Header.Get("Range"))}}
	entry, err := s.objects.Read(r.Context(), key, check(r.Header, &reading.input), reading.fetch)
	if err == nil {
		err = reading.refused
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeDurability(w.Header(), entry)
	if reading.url != "" {
		redirectTo(w, r, reading.url)
		return
	}
	writeObjectHeader(w.Header(), ofEntry(objectOf(reading.output, len(reading.body)), entry))
	if reading.output.ContentRange != nil {
		w.Header().Set("Content-Range", *reading.output.ContentRange)
		w.WriteHeader(http.StatusPartialContent)
	}
	_, _ = w.Write(reading.body)
}

// reading is the content of an object while a bucket is asked for it.
type reading struct {
	buckets map[string]durableaws.Bucket
	input   s3.GetObjectInput
	output  *s3.GetObjectOutput
	body    []byte
	// url of a content that is too large for an answer.
	url string
	// refused is an error of the request itself: the other bucket would say the same.
	refused error
}

func (g *reading) fetch(ctx context.Context, region string, entry durable.Entry) (err error) {
	bucket := g.buckets[region]
	g.input.Key = aws.String(durableaws.BlobName(entry.Key, entry.State))
	g.output, err = bucket.Get(ctx, g.input)
	if _, status := codeOf(err); status == http.StatusRequestedRangeNotSatisfiable {
		g.refused = err
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { _ = g.output.Body.Close() }()
	if aws.ToInt64(g.output.ContentLength) > maxBodyBytes {
		g.url, err = urlOf(ctx, bucket, *g.input.Key)
		return err
	}
	if g.body, err = io.ReadAll(io.LimitReader(g.output.Body, maxBodyBytes+1)); err != nil {
		return fmt.Errorf("read a blob: %w", err)
	}
	return nil
}

func urlOf(ctx context.Context, bucket durableaws.Bucket, key string) (string, error) {
	input := &s3.GetObjectInput{Bucket: &bucket.Name, Key: &key}
	signed, err := newPresignClient(bucket.Client).PresignGetObject(ctx, input, s3.WithPresignExpires(presignedFor))
	if err != nil {
		return "", fmt.Errorf("sign a URL: %w", err)
	}
	return signed.URL, nil
}

func (s *synchronous) head(w http.ResponseWriter, r *http.Request, key string) {
	var output *s3.HeadObjectOutput
	entry, err := s.objects.Read(r.Context(), key, check(r.Header, &s3.GetObjectInput{}), func(ctx context.Context, region string, entry durable.Entry) error {
		var err error
		output, err = s.buckets[region].Head(ctx, durableaws.BlobName(key, entry.State))
		return err
	})
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeDurability(w.Header(), entry)
	writeObjectHeader(w.Header(), ofEntry(object{
		contentType: output.ContentType, contentEncoding: output.ContentEncoding, length: aws.ToInt64(output.ContentLength), metadata: output.Metadata,
		cacheControl: output.CacheControl, disposition: output.ContentDisposition, language: output.ContentLanguage, expires: output.ExpiresString,
	}, entry))
	w.WriteHeader(http.StatusOK)
}

// check evaluates the conditions of a read by the index. A range of another state
// is ignored.
func check(header http.Header, input *s3.GetObjectInput) func(durable.Entry) error {
	asked := input.Range
	return func(entry durable.Entry) error {
		current := validators{etag: quoted(entry.State), modified: &entry.Modified}
		input.Range = asked
		if validator := header.Get("If-Range"); validator != "" && !isValidatorOf(validator, current) {
			input.Range = nil
		}
		return mustHold(header, current)
	}
}

// ofEntry is an object with the validators that both Regions agree on: S3's own
// differ between the two copies.
func ofEntry(o object, entry durable.Entry) object {
	o.metadata = maps.Clone(o.metadata)
	delete(o.metadata, contract.ObjectStateMetadata)
	o.etag, o.modified = aws.String(quoted(entry.State)), &entry.Modified
	return o
}

func (s *synchronous) list(w http.ResponseWriter, r *http.Request) {
	query, err := readListQuery(r.URL.Query().Get)
	if err != nil {
		problem.Write(w, r, problem.Problem{Status: http.StatusBadRequest, Detail: err.Error()})
		return
	}
	entries, more, err := s.index.List(r.Context(), query.prefix, query.after, int(query.limit))
	if err != nil {
		s.fail(w, r, fmt.Errorf("%w: %w", durable.ErrUnavailable, err))
		return
	}
	result := page{Objects: []entry{}}
	for _, e := range entries {
		result.Objects = append(result.Objects, entry{Key: e.Key, Size: e.Size, LastModified: e.Modified, ETag: quoted(e.State)})
	}
	if more {
		result.Cursor = encodeCursor(entries[len(entries)-1].Key)
	}
	writeJSON(w, r, http.StatusOK, result)
}

// conditionOf reads the condition of a change. An ETag without quotes is that of
// no state.
func conditionOf(header http.Header) durable.Condition {
	condition := durable.Condition{Absent: header.Get("If-None-Match") != ""}
	if etag := header.Get("If-Match"); etag != "" {
		condition.State = "unquoted " + etag
		if inner, found := strings.CutPrefix(etag, `"`); found && strings.HasSuffix(inner, `"`) {
			condition.State = strings.TrimSuffix(inner, `"`)
		}
	}
	return condition
}

func quoted(state string) string { return `"` + state + `"` }

// problemOfDurable returns what an error of package durable means to a client.
func problemOfDurable(err error) (p problem.Problem, known bool) {
	switch {
	case errors.Is(err, durable.ErrNotFound):
		return problem.Problem{Status: http.StatusNotFound, Detail: "there is no object with this key"}, true
	case errors.Is(err, durable.ErrCondition):
		return preconditionFailed, true
	case errors.Is(err, durable.ErrUnknown):
		return outcomeUnknown, true
	case errors.Is(err, durable.ErrContentAway):
		return problem.Problem{Status: http.StatusServiceUnavailable, Detail: "the Region that has the object's content does not answer at the moment: retry"}, true
	case errors.Is(err, durable.ErrBlobMissing):
		return problem.Problem{Status: http.StatusInternalServerError, Detail: "the object's content is in neither Region: its operator has to look at the log"}, true
	case errors.Is(err, durable.ErrUnavailable):
		return problem.Problem{Status: http.StatusServiceUnavailable, Detail: "too few Regions answer at the moment, and nothing was changed: retry"}, true
	}
	return problem.Problem{}, false
}
