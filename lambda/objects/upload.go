package main

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/lambda/internal/problem"
)

// presignedFor is how long a presigned URL works. It ends earlier when the
// credentials of the function do.
//
// Short, because whoever has it needs no token.
const presignedFor = contract.UploadLifetime

const (
	// sizeHeader declares how many bytes a presigned upload has. The signature
	// covers it: the URL takes an object of this size and no other.
	sizeHeader = "X-Upload-Content-Length"
	// maxUploadBytes is what S3 takes in one PUT.
	maxUploadBytes = 5 << 30
)

// upload is a request that the client makes itself, to the bucket of the
// Region that answered.
type upload struct {
	Method    string            `json:"method"`
	URL       string            `json:"url"`
	Headers   map[string]string `json:"headers"`
	ExpiresAt time.Time         `json:"expiresAt"`
	// Complete is the request to send afterwards, where objects are synchronous.
	Complete *completion `json:"complete,omitempty"`
}

func newPresignClient(client *s3.Client) *s3.PresignClient {
	return s3.NewPresignClient(client, func(o *s3.PresignOptions) {
		o.ClientOptions = append(o.ClientOptions, func(o *s3.Options) {
			// The body is not known when the URL is signed.
			o.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenRequired
		})
	})
}

// upload signs what the client says about the object, as PUT would store it: its
// size, its type, its metadata, its digest and the condition. A POST policy
// could bound the size as well, but takes forms only and no conditions. The id of
// a state is not signed: a URL can be used twice, for two states.
func (a *api) upload(w http.ResponseWriter, r *http.Request, key string) {
	input, err := a.newWrite(r.Header, key)
	if err != nil {
		problem.Write(w, r, problem.Problem{Status: http.StatusBadRequest, Detail: err.Error()})
		return
	}
	size, err := declaredSize(r.Header)
	if err != nil {
		problem.Write(w, r, problem.Problem{Status: http.StatusBadRequest, Detail: err.Error()})
		return
	}
	input.ContentLength = &size
	if input.IfMatch, err = a.mustBeUnchanged(r.Context(), r.Header, key); err != nil {
		a.fail(w, r, err)
		return
	}
	result, err := a.sign(r.Context(), input)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	writeJSON(w, r, http.StatusCreated, result)
}

func (a *api) sign(ctx context.Context, input *s3.PutObjectInput) (upload, error) {
	signed, err := a.presign.PresignPutObject(ctx, input, s3.WithPresignExpires(presignedFor))
	if err != nil {
		return upload{}, fmt.Errorf("sign a URL: %w", err)
	}
	headers := map[string]string{}
	for name := range signed.SignedHeader {
		if name != "Host" {
			headers[name] = signed.SignedHeader.Get(name)
		}
	}
	return upload{Method: signed.Method, URL: signed.URL, Headers: headers, ExpiresAt: a.now().Add(presignedFor).UTC()}, nil
}

func declaredSize(header http.Header) (int64, error) {
	text := header.Get(sizeHeader)
	size, err := strconv.ParseInt(text, 10, 64)
	if err != nil || size < 1 || size > maxUploadBytes {
		return 0, fmt.Errorf("the header %s must hold the size of the object, from 1 to %d bytes; got %q", sizeHeader, int64(maxUploadBytes), text)
	}
	return size, nil
}
