package main

import (
	"context"
	"errors"
	"net"
	"net/http"
	"slices"
	"strings"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/lambda/internal/logging"
	"github.com/regionpair/regionpair/lambda/internal/problem"
)

// retryAfter is what a client should wait before it tries again, in seconds.
const retryAfter = "1"

// credentialCodes are about the function's credentials, though S3 answers them
// like mistakes of the client.
var credentialCodes = []string{"ExpiredToken", "InvalidToken", "TokenRefreshRequired", "AuthorizationHeaderMalformed"}

var preconditionFailed = problem.Problem{
	Status: http.StatusPreconditionFailed, Detail: "the object is not in the state that the request's conditions ask for",
}

var outcomeUnknown = problem.Problem{
	Status: http.StatusServiceUnavailable, Type: contract.OutcomeUnknown, Title: "Outcome Unknown",
	Detail: "the bucket did not say whether the change was made, and it is not repeated: read the object, then decide whether to repeat it",
}

// fail answers with what S3's error means to a client. S3's own text is for
// the log only: it names the bucket and the role.
func (a *api) fail(w http.ResponseWriter, r *http.Request, err error) {
	p, known := problemOfDurable(err)
	if !known {
		p = problemOf(err)
	}
	var condition *unmet
	if !known && isChange(r) && isOutcomeUnknown(err) {
		p = outcomeUnknown
	}
	switch {
	case errors.As(err, &condition) && condition.status == http.StatusNotModified:
		copyValidators(w.Header(), condition)
		w.WriteHeader(p.Status)
		return
	case p.Status == http.StatusNotFound && isConditionalChange(r):
		// S3 says that there is nothing to compare with, RFC 9110 that the
		// condition is false.
		p = preconditionFailed
	case p.Type == contract.OutcomeUnknown:
		// No Retry-After: it would invite a client library to repeat the change
		// without a look at what is stored.
		logging.From(r.Context()).Warn("the outcome of a change is unknown", "method", r.Method, "error", err)
	case p.Status == http.StatusServiceUnavailable, p.Status == http.StatusConflict:
		w.Header().Set("Retry-After", retryAfter)
		logging.From(r.Context()).Warn("the bucket cannot answer", "method", r.Method, "status", p.Status, "error", err)
	case p.Status >= http.StatusInternalServerError:
		logging.From(r.Context()).Error("the bucket refuses", "method", r.Method, "error", err)
	}
	problem.Write(w, r, p)
}

func problemOf(err error) problem.Problem {
	code, status := codeOf(err)
	switch {
	case code == "NoSuchBucket", code == "AccessDenied", slices.Contains(credentialCodes, code), status == http.StatusForbidden:
		return problem.Problem{Status: http.StatusInternalServerError, Detail: "the API may not use its bucket: its operator has to look at the log"}
	case strings.HasPrefix(code, "KMS."):
		return problem.Problem{Status: http.StatusServiceUnavailable, Detail: "the key that encrypts the objects cannot be used at the moment: retry"}
	case code == "NoSuchKey", status == http.StatusNotFound:
		return problem.Problem{Status: http.StatusNotFound, Detail: "there is no object with this key"}
	case status == http.StatusNotModified:
		return problem.Problem{Status: http.StatusNotModified}
	case status == http.StatusPreconditionFailed:
		return preconditionFailed
	case status == http.StatusRequestedRangeNotSatisfiable:
		return problem.Problem{Status: http.StatusRequestedRangeNotSatisfiable, Detail: "the range lies outside the object"}
	case status == http.StatusConflict:
		return problem.Problem{Status: http.StatusConflict, Detail: "another request was writing this object at the same time: read it again and retry"}
	case isTransient(err, code, status):
		return problem.Problem{Status: http.StatusServiceUnavailable, Detail: "the bucket is unavailable or slow at the moment: retry"}
	case status == http.StatusBadRequest, status == http.StatusNotImplemented:
		return problem.Problem{Status: http.StatusBadRequest, Detail: "the bucket refuses the request's headers as malformed or not implemented"}
	}
	return problem.Problem{Status: http.StatusInternalServerError}
}

// isTransient says whether the same request may succeed later. S3 without an
// answer, or with half of one, counts as well.
func isTransient(err error, code string, status int) bool {
	return status == 0 || status == http.StatusOK || status == http.StatusPartialContent ||
		status == http.StatusTooManyRequests || status == http.StatusInternalServerError || status >= http.StatusBadGateway ||
		code == "RequestTimeout" || errors.Is(err, context.DeadlineExceeded)
}

// isOutcomeUnknown says whether S3 may have made the change, or may still make
// it, although it did not say so. A refusal (such as SlowDown or a key that
// cannot be used) and a connection that was never made are certain.
func isOutcomeUnknown(err error) bool {
	code, status := codeOf(err)
	var before *unsent
	if errors.As(err, &before) {
		return false
	}
	var network *net.OpError
	if errors.As(err, &network) && network.Op == "dial" {
		return false
	}
	if code == "SlowDown" || code == "ServiceUnavailable" || strings.HasPrefix(code, "KMS.") {
		return false
	}
	return status == 0 || status == http.StatusOK || status == http.StatusNoContent || status == http.StatusInternalServerError || status >= http.StatusBadGateway
}

func isChange(r *http.Request) bool {
	return r.Method == http.MethodPut || r.Method == http.MethodDelete
}

func isConditionalChange(r *http.Request) bool {
	return r.Header.Get("If-Match") != "" && isChange(r)
}

// copyValidators tells the client which state of the object it has.
func copyValidators(header http.Header, u *unmet) {
	header.Set("ETag", u.etag)
	if u.modified != nil {
		header.Set("Last-Modified", u.modified.UTC().Format(http.TimeFormat))
	}
}

// codeOf returns S3's error code and its HTTP status, zero when there was no
// answer at all.
func codeOf(err error) (code string, status int) {
	var condition *unmet
	if errors.As(err, &condition) {
		return "", condition.status
	}
	var api smithy.APIError
	if errors.As(err, &api) {
		code = api.ErrorCode()
	}
	var response *awshttp.ResponseError
	if errors.As(err, &response) {
		status = response.HTTPStatusCode()
	}
	return code, status
}
