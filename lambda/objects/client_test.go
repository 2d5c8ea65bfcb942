package main

import (
	"context"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTheClientGivesAStuckConnectionUp(t *testing.T) {
	t.Setenv("AWS_REGION", testRegion)
	clients, err := newClients(t.Context(), settings{})
	require.NoError(t, err)
	assert.Equal(t, testRegion, clients.bucket.Options().Region)
	assert.True(t, clients.bucket.Options().DisableLogOutputChecksumValidationSkipped)
	transport := newHTTPClient(answerTimeout).GetTransport()
	assert.Equal(t, answerTimeout, transport.ResponseHeaderTimeout)
	assert.Equal(t, connectTimeout, transport.TLSHandshakeTimeout)
	assert.Equal(t, connectTimeout, newHTTPClient(answerTimeout).GetDialer().Timeout)
	assert.NotNil(t, transport.Proxy, "the environment's proxy is kept")
}

func TestAnUnreadableConfigurationIsAnError(t *testing.T) {
	t.Setenv("AWS_MAX_ATTEMPTS", "many")
	_, err := newClients(t.Context(), settings{})
	require.ErrorContains(t, err, "many")
}

func TestThereIsTimeToAnswer(t *testing.T) {
	for name, test := range map[string]struct{ given, want time.Duration }{
		"function's limit":          {10 * time.Second, 10*time.Second - reserve},
		"API Gateway's limit":       {15 * time.Minute, longest},
		"between the two":           {longest + reserve/2, longest - reserve/2},
		"no limit: not in Lambda":   {0, longest},
		"already too late to begin": {reserve / 2, -reserve / 2},
	} {
		t.Run(name, func(t *testing.T) {
			ctx := t.Context()
			if test.given != 0 {
				limited, cancel := context.WithTimeout(ctx, test.given)
				defer cancel()
				ctx = limited
			}
			ctx, cancel := leaveTimeToAnswer(ctx)
			defer cancel()
			deadline, _ := ctx.Deadline()
			assert.WithinDuration(t, time.Now().Add(test.want), deadline, 200*time.Millisecond)
		})
	}
	assert.Less(t, longest+reserve, 29*time.Second, "API Gateway's limit")
}

func TestASlowBucketIs503BeforeLambdaEndsTheRequest(t *testing.T) {
	released := make(chan struct{})
	a := newAPIFor(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		<-released
	}))
	// Registered last, so that it runs before the server waits for its requests.
	t.Cleanup(func() { close(released) })
	for _, method := range []string{"GET", "HEAD", "PUT", "DELETE"} {
		ctx, cancel := context.WithTimeout(t.Context(), reserve+50*time.Millisecond)
		got := sendIn(ctx, t, a, events.APIGatewayProxyRequest{HTTPMethod: method, Path: "/objects/k"})
		assert.NoError(t, ctx.Err(), "answered in time")
		cancel()
		assert.Equal(t, http.StatusServiceUnavailable, got.status, method)
		assert.Equal(t, method == "GET" || method == "HEAD", got.header.Get("Retry-After") != "", method)
	}
}

func TestAChangeIsTriedOnce(t *testing.T) {
	for _, test := range []struct {
		method string
		header map[string]string
		want   int
	}{
		{"PUT", nil, 1},
		{"DELETE", nil, 1},
		{"GET", map[string]string{"If-None-Match": `"old"`}, 3},
		{"PUT", map[string]string{"If-None-Match": "*"}, 1},
		{"PUT", map[string]string{"If-Match": `"abc"`}, 1},
		{"DELETE", map[string]string{"If-Match": `"abc"`}, 1},
	} {
		attempts := 0
		o := options("https://s3.test", inMemory{http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodHead {
				w.Header().Set("ETag", `"abc"`)
				return
			}
			attempts++
			s3Error(http.StatusInternalServerError, "InternalError").ServeHTTP(w, r)
		})})
		o.RetryMaxAttempts = 0
		o.Retryer = retry.NewStandard(func(o *retry.StandardOptions) { o.MaxBackoff = time.Millisecond })
		got := send(t, newAPI(s3.New(o), testBucket, testRegion), test.method, "/objects/k", test.header, nil)
		assert.Equal(t, http.StatusServiceUnavailable, got.status)
		assert.Equal(t, test.want, attempts, test)
	}
}
