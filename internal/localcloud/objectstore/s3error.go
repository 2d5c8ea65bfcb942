package objectstore

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// s3Error is an error as S3 answers it.
type s3Error struct {
	status        int
	code, message string
}

// Error implements error.
func (e *s3Error) Error() string { return e.code + ": " + e.message }

func refuse(status int, code, format string, args ...any) error {
	return &s3Error{status, code, fmt.Sprintf(format, args...)}
}

func noSuchBucket() error {
	return refuse(http.StatusNotFound, "NoSuchBucket", "The specified bucket does not exist")
}

func noSuchKey() error {
	return refuse(http.StatusNotFound, "NoSuchKey", "The specified key does not exist.")
}

func preconditionFailed() error {
	return refuse(http.StatusPreconditionFailed, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold")
}

func notImplemented(what string) error {
	return refuse(http.StatusNotImplemented, "NotImplemented", "the local cloud does not emulate %s", what)
}

func writeError(w http.ResponseWriter, err error) {
	var failure *s3Error
	if !errors.As(err, &failure) {
		failure = &s3Error{http.StatusInternalServerError, "InternalError", err.Error()}
	}
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(failure.status)
	_, _ = io.WriteString(w, xml.Header)
	_ = xml.NewEncoder(w).Encode(struct {
		XMLName   xml.Name `xml:"Error"`
		Code      string
		Message   string
		RequestID string `xml:"RequestId"`
	}{Code: failure.code, Message: failure.message, RequestID: w.Header().Get(requestIDHeader)})
}
