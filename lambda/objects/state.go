package main

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/lambda/internal/durable"
)

// stamp adds to the metadata of a write the id of the state that it makes, and
// who makes it when. Metadata is replicated, so that the id, other than S3's
// ETag, is the same in both Regions: the API's ETag is made of it.
func (a *api) stamp(metadata map[string]string) map[string]string {
	return a.mark(metadata, durable.NewState())
}

// mark is stamp with an id that is known.
func (a *api) mark(metadata map[string]string, id string) map[string]string {
	stamped := maps.Clone(metadata)
	stamped[contract.ObjectStateMetadata] = id
	stamped[contract.ObjectWriterMetadata] = a.region + " " + a.now().UTC().Format(time.RFC3339Nano)
	return stamped
}

// etagOf is the ETag of a state. What was not stored by PUT, such as an upload
// by URL, has S3's.
func etagOf(metadata map[string]string, ofS3 *string) string {
	if id := metadata[contract.ObjectStateMetadata]; id != "" {
		return `"` + id + `"`
	}
	return aws.ToString(ofS3)
}

// unmet says that the conditions of a request do not hold. The current state is
// empty where it is not the client's business.
type unmet struct {
	status   int
	etag     string
	modified *time.Time
}

// Error implements error.
func (u *unmet) Error() string { return fmt.Sprintf("the conditions do not hold: %d", u.status) }

// unsent is a failure before a change was sent.
type unsent struct{ error }

// Unwrap implements errors.Unwrap's interface.
func (u *unsent) Unwrap() error { return u.error }

// look returns the current state of an object.
func (a *api) look(ctx context.Context, key string) (*s3.HeadObjectOutput, error) {
	return a.client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &a.bucket, Key: &key})
}

// mustBeUnchanged returns S3's ETag of the state that a change is meant to
// replace, nil for a change without If-Match. S3 compares it once more when it
// makes the change, so that nothing can come in between.
func (a *api) mustBeUnchanged(ctx context.Context, header http.Header, key string) (*string, error) {
	want := header.Get("If-Match")
	if want == "" {
		return nil, nil
	}
	current, err := a.look(ctx, key)
	if err != nil {
		return nil, &unsent{err}
	}
	if etagOf(current.Metadata, current.ETag) != want {
		return nil, &unmet{status: http.StatusPreconditionFailed}
	}
	return current.ETag, nil
}

var readConditions = []string{"If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since"}

func isConditional(header http.Header) bool {
	for _, name := range readConditions {
		if header.Get(name) != "" {
			return true
		}
	}
	return false
}

// validators of a state, which conditions compare.
type validators struct {
	etag     string
	modified *time.Time
}

func validatorsOf(current *s3.HeadObjectOutput) validators {
	return validators{etagOf(current.Metadata, current.ETag), current.LastModified}
}

// mustHold evaluates the conditions of a read in the precedence of RFC 9110,
// section 13.2.2.
func mustHold(header http.Header, current validators) error {
	etag, modified := current.etag, aws.ToTime(current.modified).Truncate(time.Second)
	if list := header.Get("If-Match"); list != "" {
		if !listHolds(list, etag, false) {
			return &unmet{status: http.StatusPreconditionFailed}
		}
	} else if since := timeOf(header.Get("If-Unmodified-Since")); since != nil && modified.After(*since) {
		return &unmet{status: http.StatusPreconditionFailed}
	}
	notModified := &unmet{status: http.StatusNotModified, etag: etag, modified: current.modified}
	if list := header.Get("If-None-Match"); list != "" {
		if listHolds(list, etag, true) {
			return notModified
		}
	} else if since := timeOf(header.Get("If-Modified-Since")); since != nil && !modified.After(*since) {
		return notModified
	}
	return nil
}

// listHolds says whether a list of ETags, or *, names a state. Weak ETags count
// for If-None-Match only, which compares weakly.
func listHolds(list, etag string, weakly bool) bool {
	for candidate := range strings.SplitSeq(list, ",") {
		candidate = strings.TrimSpace(candidate)
		if weakly {
			candidate = strings.TrimPrefix(candidate, "W/")
		}
		if candidate == "*" || candidate == etag {
			return true
		}
	}
	return false
}
