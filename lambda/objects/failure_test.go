package main

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/lambda/internal/logging"
	"github.com/regionpair/regionpair/lambda/internal/problem"
)

// captureLogs returns what is logged until the test ends.
func captureLogs(t *testing.T) *bytes.Buffer {
	t.Helper()
	logs, previous := &bytes.Buffer{}, slog.Default()
	slog.SetDefault(logging.New(logs))
	t.Cleanup(func() { slog.SetDefault(previous) })
	return logs
}

func TestTheLogSaysWhatTheAnswerMustNot(t *testing.T) {
	for code, level := range map[string]string{"AccessDenied": "ERROR", "SlowDown": "WARN"} {
		logs := captureLogs(t)
		status := map[string]int{"AccessDenied": 403, "SlowDown": 503}[code]
		got := sendEvent(t, newAPIInMemory(s3Error(status, code)), events.APIGatewayProxyRequest{
			HTTPMethod: "GET", Path: "/objects/k", RequestContext: events.APIGatewayProxyRequestContext{RequestID: "request-1"},
		})
		assert.NotContains(t, string(got.body), "arn:")
		assert.NotContains(t, string(got.body), testBucket)
		var line struct{ Level, RequestID, Method, Error string }
		require.NoError(t, json.Unmarshal(logs.Bytes(), &line), "one line of JSON: %s", logs)
		assert.Equal(t, level, line.Level)
		assert.Equal(t, "request-1", line.RequestID)
		assert.Equal(t, "GET", line.Method)
		assert.Contains(t, line.Error, "arn:aws:s3:::"+testBucket)
	}
}

// The helper that sends checks the headers that every answer must carry.
func TestAlsoTheAdaptersOwnAnswersNameTheRegion(t *testing.T) {
	logs := captureLogs(t)
	malformed := sendEvent(t, newStore(t), events.APIGatewayProxyRequest{HTTPMethod: "PUT", Path: "/objects/k", Body: "%", IsBase64Encoded: true})
	assert.Equal(t, http.StatusBadRequest, malformed.status)
	assert.Equal(t, problem.ContentType, malformed.header.Get("Content-Type"))

	panicking := sendEvent(t, &api{region: testRegion}, events.APIGatewayProxyRequest{HTTPMethod: "GET", Path: "/objects/k"})
	assert.Equal(t, http.StatusInternalServerError, panicking.status)
	assert.Contains(t, logs.String(), "panic while serving")
}

func TestErrorsOfHeadHaveNoBody(t *testing.T) {
	// S3 gives no code either: there is no body to hold it.
	for status, want := range map[int]int{304: 304, 403: 500, 404: 404, 412: 412, 500: 503, 503: 503} {
		got := send(t, newAPIInMemory(s3Error(status, "")), "HEAD", "/objects/k", nil, nil)
		assert.Equal(t, want, got.status)
		assert.Empty(t, got.body)
		assert.Equal(t, want == http.StatusServiceUnavailable, got.header.Get("Retry-After") != "")
	}
}

func TestErrorsOfTheListAreProblems(t *testing.T) {
	for code, want := range map[string]int{"SlowDown": 503, "NoSuchBucket": 500} {
		status := map[string]int{"SlowDown": 503, "NoSuchBucket": 404}[code]
		got := send(t, newAPIInMemory(s3Error(status, code)), "GET", "/objects", nil, nil)
		assert.Equal(t, want, got.status)
		assert.Equal(t, problem.ContentType, got.header.Get("Content-Type"))
		assert.NotContains(t, string(got.body), testBucket)
	}
}

func TestHalfAnAnswerOfS3Is503(t *testing.T) {
	for path, text := range map[string]string{"/objects": "<ListBucketResult><Contents>", "/objects/k": "12"} {
		a := newAPIFor(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, text)
		}))
		got := send(t, a, "GET", path, nil, nil)
		assert.Equal(t, http.StatusServiceUnavailable, got.status, path)
		assert.Equal(t, "1", got.header.Get("Retry-After"), path)
		assert.Equal(t, problem.ContentType, got.header.Get("Content-Type"), path)
	}
}
