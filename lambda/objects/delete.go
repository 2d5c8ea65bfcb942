package main

import (
	"net/http"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/regionpair/regionpair/lambda/internal/problem"
)

// delete hides the object behind a delete marker, which is replicated; its
// versions stay until they expire.
func (a *api) delete(w http.ResponseWriter, r *http.Request, key string) {
	if err := mustBeDeleteConditions(r.Header); err != nil {
		problem.Write(w, r, problem.Problem{Status: http.StatusBadRequest, Detail: err.Error()})
		return
	}
	unchanged, err := a.mustBeUnchanged(r.Context(), r.Header, key)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	_, err = a.client.DeleteObject(r.Context(), &s3.DeleteObjectInput{Bucket: &a.bucket, Key: &key, IfMatch: unchanged}, onlyOnce)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}
