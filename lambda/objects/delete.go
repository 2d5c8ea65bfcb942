package main

import (
	"net/http"

	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// delete hides the object behind a delete marker, which is replicated; its
// versions stay until they expire.
func (a *api) delete(w http.ResponseWriter, r *http.Request, key string) {
	_, err := a.client.DeleteObject(r.Context(), &s3.DeleteObjectInput{
		Bucket:  &a.bucket,
		Key:     &key,
		IfMatch: optional(r.Header.Get("If-Match")),
	})
	if err != nil {
		a.fail(w, r, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}
