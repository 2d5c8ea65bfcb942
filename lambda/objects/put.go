package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/regionpair/regionpair/lambda/internal/problem"
)

// maxBodyBytes fits into Lambda's 6 MB once it is base64 in a JSON event.
const maxBodyBytes = 4_500_000

func (a *api) put(w http.ResponseWriter, r *http.Request, key string) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBodyBytes+1))
	if err != nil {
		problem.Write(w, r, problem.Problem{Status: http.StatusBadRequest, Detail: "the body cannot be read to its end"})
		return
	}
	if len(body) > maxBodyBytes {
		problem.Write(w, r, problem.Problem{
			Status: http.StatusRequestEntityTooLarge,
			Detail: fmt.Sprintf("the object has more than %d bytes; ask for an upload URL with POST /uploads/%s", maxBodyBytes, key),
		})
		return
	}
	metadata, err := userMetadata(r.Header)
	if err == nil {
		err = mustBeWritePreconditions(r.Header)
	}
	if err != nil {
		problem.Write(w, r, problem.Problem{Status: http.StatusBadRequest, Detail: err.Error()})
		return
	}
	output, err := a.client.PutObject(r.Context(), &s3.PutObjectInput{
		Bucket:      &a.bucket,
		Key:         &key,
		Body:        bytes.NewReader(body),
		ContentType: optional(r.Header.Get("Content-Type")),
		Metadata:    metadata,
		IfMatch:     optional(r.Header.Get("If-Match")),
		IfNoneMatch: optional(r.Header.Get("If-None-Match")),
	})
	if err != nil {
		a.fail(w, r, err)
		return
	}
	w.Header().Set("ETag", aws.ToString(output.ETag))
	if r.Header.Get("If-None-Match") != "" {
		w.WriteHeader(http.StatusCreated)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// mustBeWritePreconditions refuses what S3 cannot evaluate for a write, rather
// than writing unconditionally.
func mustBeWritePreconditions(header http.Header) error {
	ifMatch, ifNoneMatch := header.Get("If-Match"), header.Get("If-None-Match")
	switch {
	case ifMatch != "" && ifNoneMatch != "":
		return errors.New("give If-Match or If-None-Match, not both")
	case ifNoneMatch != "" && ifNoneMatch != "*":
		return errors.New("If-None-Match must be * for a write: the object must not exist yet")
	case ifMatch == "*":
		return errors.New("If-Match must be the ETag of the object to replace, as GET and PUT return it")
	}
	return nil
}

func optional(value string) *string {
	if value == "" {
		return nil
	}
	return &value
}
