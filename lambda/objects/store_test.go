package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
	"github.com/stretchr/testify/require"
)

const (
	testBucket = "orders-objects-111122223333-eu-west-1"
	testRegion = "eu-west-1"
)

// newStore returns the API in front of an existing S3 server library.
func newStore(t testing.TB) *api {
	t.Helper()
	backend := s3mem.New()
	require.NoError(t, backend.CreateBucket(testBucket))
	return newAPIFor(t, gofakes3.New(backend).Server())
}

// newAPIFor returns the API in front of a handler that speaks S3's protocol.
func newAPIFor(t testing.TB, s3Server http.Handler) *api {
	t.Helper()
	server := httptest.NewTLSServer(s3Server)
	t.Cleanup(server.Close)
	return newAPI(s3.New(options(server.URL, server.Client())), testBucket, testRegion)
}

func options(endpoint string, client aws.HTTPClient) s3.Options {
	return s3.Options{
		Region:           testRegion,
		BaseEndpoint:     &endpoint,
		HTTPClient:       client,
		UsePathStyle:     true,
		Credentials:      credentials.NewStaticCredentialsProvider("AKIDTEST", "secret", ""),
		RetryMaxAttempts: 1,
		// The library stores the trailer of a chunked body as content.
		RequestChecksumCalculation: aws.RequestChecksumCalculationWhenRequired,
	}
}

// inMemory answers the SDK's requests without a connection.
type inMemory struct{ http.Handler }

func (m inMemory) Do(r *http.Request) (*http.Response, error) {
	if r.Body == nil {
		r.Body = http.NoBody
	}
	recorder := httptest.NewRecorder()
	m.ServeHTTP(recorder, r)
	return recorder.Result(), nil
}

func newAPIInMemory(s3Server http.Handler) *api {
	return newAPI(s3.New(options("https://s3.test", inMemory{s3Server})), testBucket, testRegion)
}

// answer is a proxy response with its body decoded.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// send passes an event through the very adapter that runs in Lambda. The path
// is decoded; a client encodes it.
func send(t testing.TB, a *api, method, path string, header map[string]string, body []byte) answer {
	t.Helper()
	return sendEvent(t, a, events.APIGatewayProxyRequest{
		HTTPMethod: method, Path: encode(path), Headers: header,
		Body: base64.StdEncoding.EncodeToString(body), IsBase64Encoded: true,
	})
}

func encode(path string) string {
	segments := strings.Split(path, "/")
	for i, segment := range segments {
		segments[i] = url.PathEscape(segment)
	}
	return strings.Join(segments, "/")
}

func sendEvent(t testing.TB, a *api, event events.APIGatewayProxyRequest) answer {
	t.Helper()
	return sendIn(context.Background(), t, a, event)
}

func sendIn(ctx context.Context, t testing.TB, a *api, event events.APIGatewayProxyRequest) answer {
	t.Helper()
	response, err := a.proxy()(ctx, event)
	require.NoError(t, err)
	result := answer{status: response.StatusCode, header: http.Header(response.MultiValueHeaders), body: decoded(t, response)}
	require.Equal(t, testRegion, result.header.Get("X-Served-By-Region"), "on every answer")
	require.Equal(t, "nosniff", result.header.Get("X-Content-Type-Options"))
	require.Equal(t, "sandbox", result.header.Get("Content-Security-Policy"))
	return result
}

func decoded(t testing.TB, response events.APIGatewayProxyResponse) []byte {
	t.Helper()
	if !response.IsBase64Encoded {
		return []byte(response.Body)
	}
	body, err := base64.StdEncoding.DecodeString(response.Body)
	require.NoError(t, err)
	return body
}

// s3Error answers every request with one error of S3.
func s3Error(status int, code string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.WriteHeader(status)
		if r.Method != http.MethodHead && status != http.StatusNotModified {
			_, _ = io.WriteString(w, "<Error><Code>"+code+"</Code><Message>secret of arn:aws:s3:::"+testBucket+"</Message></Error>")
		}
	})
}

// recorder keeps the last request and answers with an ETag.
type recorder struct{ last *http.Request }

func (rec *recorder) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	rec.last = r
	w.Header().Set("ETag", `"abc"`)
}

// states is S3 with one object, whose ETag is opaque as with SSE-KMS.
type states struct {
	etag   string
	header http.Header
	body   []byte
}

func newStates() *states { return &states{} }

// replicate copies content and metadata; the copy has an ETag of its own.
func (s *states) replicate(from *states) {
	s.etag, s.header, s.body = rand.Text(), from.header.Clone(), from.body
}

func (s *states) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	want := r.Header.Get("If-Match")
	switch {
	case want != "" && want != `"`+s.etag+`"`:
		s3Error(http.StatusPreconditionFailed, "PreconditionFailed").ServeHTTP(w, r)
	case r.Method == http.MethodPut:
		s.etag, s.header = rand.Text(), r.Header.Clone()
		s.body, _ = io.ReadAll(r.Body)
		w.Header().Set("ETag", `"`+s.etag+`"`)
	case s.etag == "":
		s3Error(http.StatusNotFound, "NoSuchKey").ServeHTTP(w, r)
	case r.Method == http.MethodDelete:
		s.etag = ""
		w.WriteHeader(http.StatusNoContent)
	default:
		w.Header().Set("ETag", `"`+s.etag+`"`)
		for name, values := range s.header {
			if strings.HasPrefix(name, metadataPrefix) {
				w.Header()[name] = values
			}
		}
		_, _ = w.Write(s.body)
	}
}
