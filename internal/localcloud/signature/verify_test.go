package signature_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/regionpair/regionpair/internal/localcloud/signature"
)

var (
	now         = time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	credentials = aws.Credentials{AccessKeyID: signature.AccessKeyID, SecretAccessKey: signature.SecretAccessKey, SessionToken: signature.SessionToken}
	objects     = signature.Scope{Region: "eu-west-1", Service: "s3"}
	s3Rules     = func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true }
)

const host = "https://bucket.s3.eu-west-1.amazonaws.com"

// arrive is the request as a server sees it.
func arrive(method, target string, header http.Header, body string) *http.Request {
	r := httptest.NewRequestWithContext(context.Background(), method, target, strings.NewReader(body))
	for name, values := range header {
		r.Header[name] = values
	}
	return r
}

func signed(t require.TestingT, method, target, body string, extra http.Header) *http.Request {
	r, err := http.NewRequestWithContext(context.Background(), method, target, strings.NewReader(body))
	require.NoError(t, err)
	for name, values := range extra {
		r.Header[name] = values
	}
	sum := sha256.Sum256([]byte(body))
	hash := hex.EncodeToString(sum[:])
	r.Header.Set("X-Amz-Content-Sha256", hash)
	require.NoError(t, v4.NewSigner(s3Rules).SignHTTP(context.Background(), credentials, r, hash, "s3", "eu-west-1", now))
	return arrive(method, target, r.Header, body)
}

func presigned(t require.TestingT, method, target string, extra http.Header) (string, http.Header) {
	r, err := http.NewRequestWithContext(context.Background(), method, target+"?X-Amz-Expires=60", http.NoBody)
	require.NoError(t, err)
	for name, values := range extra {
		r.Header[name] = values
	}
	to, header, err := v4.NewSigner(s3Rules).PresignHTTP(context.Background(), credentials, r, "UNSIGNED-PAYLOAD", "s3", "eu-west-1", now)
	require.NoError(t, err)
	header.Del("Host")
	return to, header
}

func TestWhatTheSDKSignsIsAccepted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		key := rapid.StringMatching(`/([a-zA-Z0-9._~ %+/-]|é){0,20}`).Draw(t, "key")
		value := rapid.StringMatching(`[a-z +&=/]{0,10}`).Draw(t, "value")
		target, err := http.NewRequestWithContext(context.Background(), http.MethodGet, host, http.NoBody)
		require.NoError(t, err)
		target.URL.Path = key
		query := target.URL.Query()
		query.Set("prefix", value)
		target.URL.RawQuery = strings.ReplaceAll(query.Encode(), "+", "%20")
		method := rapid.SampledFrom([]string{"GET", "PUT", "DELETE"}).Draw(t, "method")
		body := rapid.StringMatching(`[a-z]{0,10}`).Draw(t, "body")
		r := signed(t, method, target.URL.String(), body, http.Header{"X-Amz-Meta-Colour": {"  dark   blue "}})
		require.NoError(t, signature.Verify(r, objects, now.Add(time.Minute)))
		left, err := io.ReadAll(r.Body)
		require.NoError(t, err)
		require.Equal(t, body, string(left))
	})
}

func TestOtherServicesSignTheBodyWithoutItsHash(t *testing.T) {
	const target, body = "https://ssm.eu-west-1.amazonaws.com/", `{"Name":"/a"}`
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, target, strings.NewReader(body))
	require.NoError(t, err)
	sum := sha256.Sum256([]byte(body))
	require.NoError(t, v4.NewSigner().SignHTTP(t.Context(), credentials, r, hex.EncodeToString(sum[:]), "ssm", "eu-west-1", now))
	parameters := signature.Scope{Region: "eu-west-1", Service: "ssm"}
	got := arrive(http.MethodPost, target, r.Header, body)
	require.NoError(t, signature.Verify(got, parameters, now))
	left, err := io.ReadAll(got.Body)
	require.NoError(t, err)
	assert.JSONEq(t, body, string(left), "the service can still read it")
	requireReason(t, signature.Mismatch, signature.Verify(arrive(http.MethodPost, target, r.Header, `{"Name":"/b"}`), parameters, now))
}

func TestChangesAreNoticed(t *testing.T) {
	good := func() *http.Request {
		return signed(t, http.MethodPut, host+"/a%20b?x=1", "body", http.Header{"X-Amz-Meta-Colour": {"blue"}})
	}
	require.NoError(t, signature.Verify(good(), objects, now))
	for name, test := range map[string]struct {
		change func(*http.Request)
		want   signature.Reason
	}{
		"method":       {func(r *http.Request) { r.Method = http.MethodDelete }, signature.Mismatch},
		"path":         {func(r *http.Request) { r.URL.Path, r.URL.RawPath = "/other", "" }, signature.Mismatch},
		"query":        {func(r *http.Request) { r.URL.RawQuery = "x=2" }, signature.Mismatch},
		"host":         {func(r *http.Request) { r.Host = "other.s3.eu-west-1.amazonaws.com" }, signature.Mismatch},
		"header":       {func(r *http.Request) { r.Header.Set("X-Amz-Meta-Colour", "red") }, signature.Mismatch},
		"body's hash":  {func(r *http.Request) { r.Header.Set("X-Amz-Content-Sha256", "00") }, signature.Mismatch},
		"new header":   {func(r *http.Request) { r.Header.Set("X-Amz-Copy-Source", "/secret/key") }, signature.UnsignedHeaders},
		"nothing":      {func(r *http.Request) { r.Header.Del("Authorization") }, signature.Missing},
		"basic":        {func(r *http.Request) { r.SetBasicAuth("a", "b") }, signature.Malformed},
		"both":         {func(r *http.Request) { r.URL.RawQuery = "X-Amz-Signature=00" }, signature.TwoMechanisms},
		"someone else": {func(r *http.Request) { replaceCredential(r, signature.AccessKeyID, "AKIDOTHER") }, signature.UnknownKey},
		"other Region": {func(r *http.Request) { replaceCredential(r, "eu-west-1", "us-east-1") }, signature.WrongScope},
	} {
		t.Run(name, func(t *testing.T) {
			r := good()
			test.change(r)
			requireReason(t, test.want, signature.Verify(r, objects, now))
		})
	}
	requireReason(t, signature.Skewed, signature.Verify(good(), objects, now.Add(16*time.Minute)))
	requireReason(t, signature.Skewed, signature.Verify(good(), objects, now.Add(-16*time.Minute)))
}

func replaceCredential(r *http.Request, before, after string) {
	r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), before, after, 1))
}

func TestPresignedURLsHoldForWhatWasSignedUntilTheyExpire(t *testing.T) {
	target, header := presigned(t, http.MethodPut, host+"/a/b", http.Header{"X-Amz-Meta-Writer": {"me"}, "Content-Type": {"text/plain"}})
	put := func(target string, change func(http.Header)) *http.Request {
		clone := header.Clone()
		change(clone)
		return arrive(http.MethodPut, target, clone, "any body")
	}
	same := func(http.Header) {}
	require.NoError(t, signature.Verify(put(target, same), objects, now.Add(59*time.Second)))
	requireReason(t, signature.Expired, signature.Verify(put(target, same), objects, now.Add(61*time.Second)))
	longer := strings.Replace(target, "X-Amz-Expires=60", "X-Amz-Expires=600", 1)
	requireReason(t, signature.Mismatch, signature.Verify(put(longer, same), objects, now))
	forever := strings.Replace(target, "X-Amz-Expires=60", "X-Amz-Expires=604801", 1)
	requireReason(t, signature.Malformed, signature.Verify(put(forever, same), objects, now))
	requireReason(t, signature.Mismatch, signature.Verify(put(target, func(h http.Header) { h.Set("Content-Type", "text/html") }), objects, now))
	requireReason(t, signature.UnsignedHeaders, signature.Verify(put(target, func(h http.Header) { h.Set("X-Amz-Acl", "public-read") }), objects, now))
	requireReason(t, signature.TwoMechanisms, signature.Verify(put(target, func(h http.Header) { h.Set("Authorization", "Bearer token") }), objects, now))
}

func requireReason(t *testing.T, want signature.Reason, err error) {
	t.Helper()
	var failure *signature.Error
	require.ErrorAs(t, err, &failure)
	require.Equal(t, want, failure.Reason, failure.Detail)
}

func TestOperationsOfServicesAreSignedAndIssuersKeysArePublic(t *testing.T) {
	handler := signature.Handler(signature.Scope{Region: "eu-west-1", Service: "ssm"}, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNoContent)
	}))
	answer := func(r *http.Request) *httptest.ResponseRecorder {
		recorder := httptest.NewRecorder()
		handler.ServeHTTP(recorder, r)
		return recorder
	}
	const target, body = "https://ssm.eu-west-1.amazonaws.com/", `{}`
	operation := http.Header{"X-Amz-Target": {"AmazonSSM.GetParameter"}}
	refused := answer(arrive(http.MethodPost, target, operation, body))
	assert.Equal(t, http.StatusForbidden, refused.Code)
	assert.Equal(t, "MissingAuthenticationTokenException", refused.Header().Get("X-Amzn-Errortype"))
	assert.Equal(t, http.StatusNoContent, answer(arrive(http.MethodGet, target, nil, "")).Code)

	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, target, strings.NewReader(body))
	require.NoError(t, err)
	r.Header = operation.Clone()
	sum := sha256.Sum256([]byte(body))
	require.NoError(t, v4.NewSigner().SignHTTP(t.Context(), credentials, r, hex.EncodeToString(sum[:]), "ssm", "eu-west-1", time.Now()))
	assert.Equal(t, http.StatusNoContent, answer(arrive(http.MethodPost, target, r.Header, body)).Code)
}

// All services but S3 sign the path once more escaped than it is sent.
func TestThePathOfOtherServicesIsSignedEscapedTwice(t *testing.T) {
	target := "https://lambda.eu-west-1.amazonaws.com/2015-03-31/functions/arn%3Aaws%3Alambda%3Aeu-west-1%3A111122223333%3Afunction%3Aorders/invocations"
	r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, target, strings.NewReader("{}"))
	require.NoError(t, err)
	sum := sha256.Sum256([]byte("{}"))
	require.NoError(t, v4.NewSigner().SignHTTP(context.Background(), credentials, r, hex.EncodeToString(sum[:]), "lambda", "eu-west-1", now))
	arrived := arrive(http.MethodPost, target, r.Header, "{}")
	require.NoError(t, signature.Verify(arrived, signature.Scope{Region: "eu-west-1", Service: "lambda"}, now))
}
