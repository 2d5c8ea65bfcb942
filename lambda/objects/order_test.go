package main

import (
	"context"
	"io"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/internal/contract"
)

// firstHangs is S3 whose first answer to a change never comes: the change is
// lost, and the connection with it once it is given up.
type firstHangs struct {
	s3   http.Handler
	mu   sync.Mutex
	hung bool
	// begun is closed when the first change hangs.
	begun chan struct{}
}

func (f *firstHangs) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	first := !f.hung && (r.Method == http.MethodPut || r.Method == http.MethodDelete)
	f.hung = f.hung || first
	f.mu.Unlock()
	if !first {
		f.s3.ServeHTTP(w, r)
		return
	}
	_, _ = io.Copy(io.Discard, r.Body)
	close(f.begun)
	<-r.Context().Done()
}

// A caller whose change hangs gives up, repeats it and goes on. Nothing of the
// first change may come back afterwards.
func TestAnAcknowledgedChangeIsNeverReplacedByAnOlderOne(t *testing.T) {
	for _, method := range []string{"PUT", "DELETE"} {
		for range 20 {
			bucket := s3mem.New()
			require.NoError(t, bucket.CreateBucket(testBucket))
			store := gofakes3.New(bucket).Server()
			slow := &firstHangs{s3: store, begun: make(chan struct{})}
			first, second := retryingAPI(t, slow), newAPIFor(t, store)
			require.Equal(t, http.StatusNoContent, send(t, second, "PUT", "/objects/k", nil, []byte("v0")).status)

			answered := make(chan answer)
			go func() {
				answered <- sendIn(context.Background(), t, first, events.APIGatewayProxyRequest{HTTPMethod: method, Path: "/objects/k", Body: "v1"})
			}()
			<-slow.begun
			require.Equal(t, http.StatusNoContent, send(t, second, "PUT", "/objects/k", nil, []byte("v1")).status)
			require.Equal(t, http.StatusNoContent, send(t, second, "PUT", "/objects/k", nil, []byte("v2")).status)

			late := <-answered
			assert.Equal(t, http.StatusServiceUnavailable, late.status)
			assert.Contains(t, string(late.body), contract.OutcomeUnknown)
			assert.Empty(t, late.header.Get("Retry-After"))
			assert.Equal(t, "v2", string(send(t, second, "GET", "/objects/k", nil, nil).body))
		}
	}
}

// retryingAPI has the SDK's standard retries and little patience for one
// attempt, as the function has.
func retryingAPI(t *testing.T, s3Server http.Handler) *api {
	t.Helper()
	o := newAPIFor(t, s3Server).client.Options()
	client, given := o.HTTPClient.(*http.Client)
	require.True(t, given)
	transport, given := client.Transport.(*http.Transport)
	require.True(t, given)
	transport.ResponseHeaderTimeout = 40 * time.Millisecond
	o.RetryMaxAttempts = 0
	o.Retryer = retry.NewStandard(func(o *retry.StandardOptions) { o.MaxBackoff = time.Millisecond })
	return newAPI(s3.New(o), testBucket, testRegion)
}

func TestAChangeThatNeverLeftIsNotUnknown(t *testing.T) {
	o := options("https://127.0.0.1:1", http.DefaultClient)
	got := send(t, newAPI(s3.New(o), testBucket, testRegion), "PUT", "/objects/k", nil, nil)
	assert.Equal(t, http.StatusServiceUnavailable, got.status)
	assert.NotContains(t, string(got.body), contract.OutcomeUnknown)
	assert.Equal(t, retryAfter, got.header.Get("Retry-After"))
}
