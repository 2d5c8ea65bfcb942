package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/lambda/internal/problem"
)

func TestAnObjectComesBackAsItWasStored(t *testing.T) {
	a := newStore(t)
	binary := []byte{0, 0xff, 0xfe, '\n', 0x80}
	put := send(t, a, "PUT", "/objects/a/b.bin", map[string]string{"content-type": "image/x-test", "X-Amz-Meta-Owner": "ops"}, binary)
	require.Equal(t, http.StatusNoContent, put.status, string(put.body))
	require.NotEmpty(t, put.header.Get("ETag"))

	got := send(t, a, "GET", "/objects/a/b.bin", nil, nil)
	require.Equal(t, http.StatusOK, got.status)
	assert.Equal(t, binary, got.body)
	assert.Equal(t, "image/x-test", got.header.Get("Content-Type"))
	assert.Equal(t, "ops", got.header.Get("X-Amz-Meta-Owner"))
	assert.Equal(t, put.header.Get("ETag"), got.header.Get("ETag"))
	_, err := http.ParseTime(got.header.Get("Last-Modified"))
	require.NoError(t, err)

	head := send(t, a, "HEAD", "/objects/a/b.bin", nil, nil)
	assert.Equal(t, http.StatusOK, head.status)
	assert.Empty(t, head.body)
	assert.Equal(t, "5", head.header.Get("X-Object-Size"))
	assert.Empty(t, head.header.Get("Content-Length"), "API Gateway would rename it")

	require.Equal(t, http.StatusNoContent, send(t, a, "DELETE", "/objects/a/b.bin", nil, nil).status)
	assert.Equal(t, http.StatusNotFound, send(t, a, "GET", "/objects/a/b.bin", nil, nil).status)
	assert.Equal(t, http.StatusNotFound, send(t, a, "HEAD", "/objects/a/b.bin", nil, nil).status)
	assert.Equal(t, http.StatusNoContent, send(t, a, "DELETE", "/objects/a/b.bin", nil, nil).status, "deleting twice is fine")
}

func TestKeysAreTakenLiterally(t *testing.T) {
	a := newStore(t)
	for _, key := range []string{"a b", "ü/ß", "a+b", "100%", "a%2Fb", "a%25b", "?x=y", "#", "日本", "a/b", "~", strings.Repeat("k", maxKeyBytes)} {
		t.Run(key, func(t *testing.T) {
			require.Equal(t, http.StatusNoContent, send(t, a, "PUT", "/objects/"+key, nil, []byte(key)).status)
			assert.Equal(t, key, string(send(t, a, "GET", "/objects/"+key, nil, nil).body))
		})
	}
	var listed page
	require.NoError(t, json.Unmarshal(send(t, a, "GET", "/objects", nil, nil).body, &listed))
	assert.Len(t, listed.Objects, 12)
}

func TestBadKeysAreRefused(t *testing.T) {
	a := newAPIFor(t, s3Error(500, "must not be asked"))
	for key, want := range map[string]string{
		"":                              "empty",
		"a//b":                          `segment ""`,
		"/a":                            `segment ""`,
		"a/":                            `segment ""`,
		"../a":                          `segment ".."`,
		"a/./b":                         `segment "."`,
		"a\x00b":                        "control",
		"a\u0085b":                      "control",
		"\xff":                          "UTF-8",
		strings.Repeat("ü", 513):        "1026 bytes",
		strings.Repeat("a/", 512) + "a": "1025 bytes",
	} {
		got := send(t, a, "PUT", "/objects/"+key, nil, nil)
		assert.Equal(t, http.StatusBadRequest, got.status, "%q", key)
		assert.Contains(t, string(got.body), strings.ReplaceAll(want, `"`, `\"`), "%q", key)
		assert.Equal(t, problem.ContentType, got.header.Get("Content-Type"))
	}
}

func TestErrorsOfS3BecomeProblems(t *testing.T) {
	for _, test := range []struct {
		status     int
		code       string
		want       int
		retryAfter bool
		certain    bool // that a change was not made
	}{
		{404, "NoSuchKey", 404, false, false},
		{412, "PreconditionFailed", 412, false, false},
		{409, "ConditionalRequestConflict", 409, true, false},
		{416, "InvalidRange", 416, false, false},
		{503, "SlowDown", 503, true, true},
		{500, "InternalError", 503, true, false},
		{400, "RequestTimeout", 503, true, true},
		{400, "KMS.DisabledException", 503, true, true},
		{400, "InvalidArgument", 400, false, false},
		{400, "ExpiredToken", 500, false, false},
		{403, "AccessDenied", 500, false, false},
		{301, "PermanentRedirect", 500, false, false},
		{429, "TooManyRequests", 503, true, true},
		{500, "KMS.ThrottlingException", 503, true, true},
		{501, "NotImplemented", 400, false, false},
		{504, "", 503, true, false},
		{404, "NoSuchBucket", 500, false, false},
	} {
		a := newAPIFor(t, s3Error(test.status, test.code))
		for _, method := range []string{"GET", "PUT", "DELETE"} {
			t.Run(fmt.Sprint(method, test.status, test.code), func(t *testing.T) {
				got := send(t, a, method, "/objects/k", nil, []byte("x"))
				assert.Equal(t, test.want, got.status)
				unknown := method != "GET" && test.want == 503 && !test.certain
				assert.Equal(t, unknown, strings.Contains(string(got.body), contract.OutcomeUnknown))
				assert.Equal(t, test.retryAfter && !unknown, got.header.Get("Retry-After") != "")
				assert.NotContains(t, string(got.body), testBucket)
				assert.NotContains(t, string(got.body), "secret")
				var p struct{ Status int }
				require.NoError(t, json.Unmarshal(got.body, &p))
				assert.Equal(t, test.want, p.Status)
			})
		}
	}
}

func TestAnUnreachableBucketIs503(t *testing.T) {
	a := newAPIFor(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		connection, _, err := w.(http.Hijacker).Hijack()
		if err == nil {
			_ = connection.Close()
		}
	}))
	got := send(t, a, "GET", "/objects/k", nil, nil)
	assert.Equal(t, http.StatusServiceUnavailable, got.status)
	assert.Equal(t, "1", got.header.Get("Retry-After"))
}

func TestS3ComparesAgainWhenAChangeIsMade(t *testing.T) {
	for _, test := range []struct {
		method, header, value string
		want                  int
	}{
		{"PUT", "If-None-Match", "*", http.StatusCreated},
		{"PUT", "If-Match", `"abc"`, http.StatusNoContent},
		{"DELETE", "If-Match", `"abc"`, http.StatusNoContent},
	} {
		rec := &recorder{}
		got := send(t, newAPIFor(t, rec), test.method, "/objects/k", map[string]string{test.header: test.value}, []byte("x"))
		assert.Equal(t, test.want, got.status)
		assert.Equal(t, test.method, rec.last.Method)
		assert.Equal(t, test.value, rec.last.Header.Get(test.header))
	}
}

func TestDatesAreConditionsOfReads(t *testing.T) {
	a := newStore(t)
	send(t, a, "PUT", "/objects/k", nil, []byte("x"))
	at := func(d time.Duration) string { return time.Now().Add(d).UTC().Format(http.TimeFormat) }
	for _, test := range []struct {
		header map[string]string
		want   int
	}{
		{map[string]string{"If-Modified-Since": at(time.Hour)}, http.StatusNotModified},
		{map[string]string{"If-Modified-Since": at(-time.Hour)}, http.StatusOK},
		{map[string]string{"If-Unmodified-Since": at(-time.Hour)}, http.StatusPreconditionFailed},
		{map[string]string{"If-Unmodified-Since": at(time.Hour)}, http.StatusOK},
		{map[string]string{"If-Unmodified-Since": "nonsense"}, http.StatusOK},
		{map[string]string{"If-None-Match": `"other"`, "If-Modified-Since": at(time.Hour)}, http.StatusOK},
	} {
		for _, method := range []string{"GET", "HEAD"} {
			assert.Equal(t, test.want, send(t, a, method, "/objects/k", test.header, nil).status, "%s %v", method, test.header)
		}
	}
}

func TestConditionsThatCannotBeEvaluatedAreRefused(t *testing.T) {
	a := newAPIFor(t, s3Error(500, "must not be asked"))
	for _, header := range []map[string]string{
		{"If-None-Match": `"abc"`},
		{"If-Match": "*"},
		{"If-Match": `"abc"`, "If-None-Match": "*"},
	} {
		assert.Equal(t, http.StatusBadRequest, send(t, a, "PUT", "/objects/k", header, nil).status, header)
	}
}

func TestARangeIsAPartOfTheObject(t *testing.T) {
	a := newStore(t)
	send(t, a, "PUT", "/objects/k", nil, []byte("0123456789"))
	got := send(t, a, "GET", "/objects/k", map[string]string{"Range": "bytes=2-4"}, nil)
	assert.Equal(t, http.StatusPartialContent, got.status)
	assert.Equal(t, "234", string(got.body))
	assert.Equal(t, "bytes 2-4/10", got.header.Get("Content-Range"))
	assert.Equal(t, http.StatusRequestedRangeNotSatisfiable, send(t, a, "GET", "/objects/k", map[string]string{"Range": "bytes=20-"}, nil).status)
}

func TestLargeObjectsGoAroundLambda(t *testing.T) {
	a := newStore(t)
	large := bytes.Repeat([]byte("x"), maxBodyBytes+1)
	put := send(t, a, "PUT", "/objects/big", nil, large)
	assert.Equal(t, http.StatusRequestEntityTooLarge, put.status)
	assert.Contains(t, string(put.body), "POST /uploads/big")

	created := send(t, a, "POST", "/uploads/big", map[string]string{"Content-Type": "text/x-big", "X-Amz-Meta-Owner": "ops", sizeHeader: strconv.Itoa(len(large))}, nil)
	require.Equal(t, http.StatusCreated, created.status)
	var target upload
	require.NoError(t, json.Unmarshal(created.body, &target))
	assert.WithinDuration(t, time.Now().Add(presignedFor), target.ExpiresAt, time.Minute)
	require.Equal(t, http.StatusOK, do(t, a, target.Method, target.URL, target.Headers, large))

	got := send(t, a, "GET", "/objects/big", nil, nil)
	require.Equal(t, http.StatusSeeOther, got.status)
	assert.Contains(t, got.header.Get("Location"), "X-Amz-Signature=")
	require.Equal(t, http.StatusOK, do(t, a, "GET", got.header.Get("Location"), nil, nil))
	part := send(t, a, "GET", "/objects/big", map[string]string{"Range": "bytes=0-9"}, nil)
	assert.Equal(t, http.StatusPartialContent, part.status)
	assert.Equal(t, "text/x-big", part.header.Get("Content-Type"))
	assert.Equal(t, "ops", part.header.Get("X-Amz-Meta-Owner"))
}

// do sends a request as a client would: without the SDK.
func do(t *testing.T, a *api, method, url string, header map[string]string, body []byte) int {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, bytes.NewReader(body))
	require.NoError(t, err)
	for name, value := range header {
		if name != "Content-Length" {
			request.Header.Set(name, value)
		}
	}
	response, err := a.client.Options().HTTPClient.(*http.Client).Do(request)
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	_, _ = io.Copy(io.Discard, response.Body)
	return response.StatusCode
}

func TestThePresignedUploadCarriesTheCondition(t *testing.T) {
	created := send(t, newStore(t), "POST", "/uploads/k", map[string]string{"If-None-Match": "*", sizeHeader: "1"}, nil)
	var target upload
	require.NoError(t, json.Unmarshal(created.body, &target))
	assert.Equal(t, "*", target.Headers["If-None-Match"])
}

func TestListGoesPageByPage(t *testing.T) {
	a := newStore(t)
	for i := range 5 {
		send(t, a, "PUT", fmt.Sprintf("/objects/a/%d", i), nil, []byte("12"))
	}
	send(t, a, "PUT", "/objects/b", nil, nil)
	keys, cursor := []string{}, ""
	for pages := 1; ; pages++ {
		got := sendEvent(t, a, events.APIGatewayProxyRequest{HTTPMethod: "GET", Path: "/objects",
			QueryStringParameters: map[string]string{"prefix": "a/", "limit": "2", "cursor": cursor}})
		require.Equal(t, http.StatusOK, got.status, string(got.body))
		var p page
		require.NoError(t, json.Unmarshal(got.body, &p))
		for _, object := range p.Objects {
			assert.EqualValues(t, 2, object.Size)
			keys = append(keys, object.Key)
		}
		if cursor = p.Cursor; cursor == "" {
			assert.Equal(t, 3, pages)
			break
		}
	}
	assert.Equal(t, []string{"a/0", "a/1", "a/2", "a/3", "a/4"}, keys)
}

func TestTheCursorWorksInTheOtherRegion(t *testing.T) {
	first, second := newStore(t), newStore(t)
	for _, a := range []*api{first, second} {
		for _, key := range []string{"a", "b", "c"} {
			send(t, a, "PUT", "/objects/"+key, nil, nil)
		}
	}
	list := func(a *api, cursor string) page {
		var p page
		got := sendEvent(t, a, events.APIGatewayProxyRequest{HTTPMethod: "GET", Path: "/objects",
			QueryStringParameters: map[string]string{"limit": "2", "cursor": cursor}})
		require.NoError(t, json.Unmarshal(got.body, &p))
		return p
	}
	rest := list(second, list(first, "").Cursor)
	require.Len(t, rest.Objects, 1)
	assert.Equal(t, "c", rest.Objects[0].Key)
}

func TestAnEmptyListIsAList(t *testing.T) {
	assert.JSONEq(t, `{"objects":[]}`, string(send(t, newStore(t), "GET", "/objects", nil, nil).body))
}

func TestBadListQueriesAreRefused(t *testing.T) {
	for name, value := range map[string]string{"limit": "0", "cursor": "%%%", "prefix": strings.Repeat("p", 1025)} {
		got := sendEvent(t, newStore(t), events.APIGatewayProxyRequest{HTTPMethod: "GET", Path: "/objects",
			QueryStringParameters: map[string]string{name: value}})
		assert.Equal(t, http.StatusBadRequest, got.status)
		assert.Contains(t, string(got.body), name)
	}
}

func TestBadMetadataIsRefused(t *testing.T) {
	a := newAPIFor(t, s3Error(500, "must not be asked"))
	for _, header := range []map[string]string{
		{"X-Amz-Meta-": "x"},
		{"X-Amz-Meta-A": "é"},
		{"X-Amz-Meta-A": strings.Repeat("x", maxMetadataBytes)},
		{"X-Amz-Meta-Regionpair-State": "mine"},
	} {
		assert.Equal(t, http.StatusBadRequest, send(t, a, "PUT", "/objects/k", header, nil).status)
	}
}

func TestUnknownRoutesAndMethods(t *testing.T) {
	a := newStore(t)
	assert.Equal(t, http.StatusNotFound, send(t, a, "GET", "/", nil, nil).status)
	assert.Equal(t, http.StatusNotFound, send(t, a, "GET", "/objectsx", nil, nil).status)
	got := send(t, a, "PATCH", "/objects/k", nil, nil)
	assert.Equal(t, http.StatusMethodNotAllowed, got.status)
	assert.Equal(t, "DELETE, GET, HEAD, PUT", got.header.Get("Allow"))
}
