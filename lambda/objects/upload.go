package main

import (
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/regionpair/regionpair/lambda/internal/problem"
)

// presignedFor is how long a presigned URL works. It ends earlier when the
// credentials of the function do.
const presignedFor = 15 * time.Minute

// upload is a request that the client makes itself, to the bucket of the
// Region that answered.
type upload struct {
	Method    string            `json:"method"`
	URL       string            `json:"url"`
	Headers   map[string]string `json:"headers"`
	ExpiresAt time.Time         `json:"expiresAt"`
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
// type, its metadata and the condition.
func (a *api) upload(w http.ResponseWriter, r *http.Request, key string) {
	input, err := a.newWrite(r.Header, key)
	if err != nil {
		problem.Write(w, r, problem.Problem{Status: http.StatusBadRequest, Detail: err.Error()})
		return
	}
	signed, err := a.presign.PresignPutObject(r.Context(), input, s3.WithPresignExpires(presignedFor))
	if err != nil {
		a.fail(w, r, err)
		return
	}
	headers := map[string]string{}
	for name := range signed.SignedHeader {
		if name != "Host" {
			headers[name] = signed.SignedHeader.Get(name)
		}
	}
	writeJSON(w, r, http.StatusCreated, upload{
		Method: signed.Method, URL: signed.URL, Headers: headers, ExpiresAt: a.now().Add(presignedFor).UTC(),
	})
}
