package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestACompressedObjectSaysSo(t *testing.T) {
	var compressed bytes.Buffer
	writer := gzip.NewWriter(&compressed)
	_, err := writer.Write([]byte("hello"))
	require.NoError(t, err)
	require.NoError(t, writer.Close())
	a, header := newStore(t), map[string]string{"Content-Type": "text/plain", "Content-Encoding": "gzip"}
	send(t, a, "PUT", "/objects/k", header, compressed.Bytes())
	for _, method := range []string{"GET", "HEAD"} {
		got := send(t, a, method, "/objects/k", nil, nil)
		assert.Equal(t, "gzip", got.header.Get("Content-Encoding"))
		assert.Equal(t, "text/plain", got.header.Get("Content-Type"))
	}
	assert.Equal(t, compressed.Bytes(), send(t, a, "GET", "/objects/k", nil, nil).body)
}

func TestStoredPagesCannotRunScripts(t *testing.T) {
	a := newStore(t)
	page := []byte("<script>alert(1)</script>")
	for _, contentType := range []string{"text/html", "image/svg+xml"} {
		send(t, a, "PUT", "/objects/k", map[string]string{"Content-Type": contentType}, page)
		got := send(t, a, "GET", "/objects/k", nil, nil)
		assert.Equal(t, contentType, got.header.Get("Content-Type"))
		assert.Equal(t, []string{"sandbox"}, got.header.Values("Content-Security-Policy"))
		assert.Equal(t, page, got.body)
	}
}

func TestTheLargestObjectFitsALambdaAnswer(t *testing.T) {
	a := newStore(t)
	for _, contentType := range []string{"image/png", "text/plain"} {
		// A control character takes six bytes in JSON.
		body := bytes.Repeat([]byte{1}, maxBodyBytes)
		require.Equal(t, http.StatusNoContent, send(t, a, "PUT", "/objects/k", map[string]string{"Content-Type": contentType}, body).status)
		response, err := a.proxy()(t.Context(), events.APIGatewayProxyRequest{HTTPMethod: "GET", Path: "/objects/k"})
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, response.StatusCode)
		payload, err := json.Marshal(response)
		require.NoError(t, err)
		assert.Less(t, len(payload), 6<<20, contentType)
	}
}

func TestARangeThatIsTooLargeGoesAroundLambdaToo(t *testing.T) {
	a := newAPIInMemory(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", fmt.Sprint(maxBodyBytes+1))
		w.Header().Set("Content-Range", "bytes 0-4500000/9000000")
		w.WriteHeader(http.StatusPartialContent)
	}))
	got := send(t, a, "GET", "/objects/k", map[string]string{"Range": "bytes=0-4500000"}, nil)
	assert.Equal(t, http.StatusSeeOther, got.status)
	assert.Equal(t, "no-store", got.header.Get("Cache-Control"), "the URL holds a permission")
	assert.NotContains(t, string(got.body), testBucket)
}

func TestTheWayToUploadIsWrittenAsAPath(t *testing.T) {
	got := send(t, newStore(t), "PUT", "/objects/a b/ü", nil, make([]byte, maxBodyBytes+1))
	require.Equal(t, http.StatusRequestEntityTooLarge, got.status)
	assert.Contains(t, string(got.body), "POST /uploads/a%20b/%C3%BC")
}

func TestThePresignedUploadSignsItsSize(t *testing.T) {
	got := send(t, newStore(t), "POST", "/uploads/a b", map[string]string{"Content-Type": "image/png", "Content-Encoding": "gzip", sizeHeader: "42"}, nil)
	var target upload
	require.NoError(t, json.Unmarshal(got.body, &target))
	assert.Contains(t, target.URL, "/a%20b?")
	assert.Contains(t, target.URL, "X-Amz-Expires=300&")
	assert.Equal(t, "image/png", target.Headers["Content-Type"])
	assert.Equal(t, "42", target.Headers["Content-Length"])
	signed, err := url.Parse(target.URL)
	require.NoError(t, err)
	assert.Equal(t, "content-encoding;content-length;content-type;host", signed.Query().Get("X-Amz-SignedHeaders"))
	assert.NotContains(t, string(got.body), `\u0026`)
}

func TestMetadataUpToTheLimit(t *testing.T) {
	// S3 counts names without their prefix; the S3 server library counts it.
	rec := &recorder{}
	a := newAPIInMemory(rec)
	full := strings.Repeat("x", maxMetadataBytes-1)
	require.Equal(t, http.StatusNoContent, send(t, a, "PUT", "/objects/k", map[string]string{"X-Amz-Meta-A": full}, nil).status)
	assert.Equal(t, full, rec.last.Header.Get("X-Amz-Meta-A"))
	over := map[string]string{"X-Amz-Meta-A": full, "X-Amz-Meta-B": ""}
	assert.Equal(t, http.StatusBadRequest, send(t, a, "PUT", "/objects/k", over, nil).status)
}

func TestAListSurvivesKeysThatXMLCannotHold(t *testing.T) {
	a := newAPIInMemory(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, "url", r.URL.Query().Get("encoding-type"))
		_, _ = io.WriteString(w, "<ListBucketResult><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>"+
			"<Contents><Key>a%EF%BF%BEb+c%2Bd/%25</Key></Contents></ListBucketResult>")
	}))
	var listed page
	require.NoError(t, json.Unmarshal(send(t, a, "GET", "/objects", nil, nil).body, &listed))
	require.Len(t, listed.Objects, 1)
	assert.Equal(t, "a\uFFFEb c+d/%", listed.Objects[0].Key)
	key, err := decodeCursor(listed.Cursor)
	require.NoError(t, err)
	assert.Equal(t, listed.Objects[0].Key, key)
}

func TestAKeyThatCannotBeDecodedIsNotGuessed(t *testing.T) {
	a := newAPIInMemory(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "<ListBucketResult><EncodingType>url</EncodingType><Contents><Key>%zz</Key></Contents></ListBucketResult>")
	}))
	assert.Equal(t, http.StatusServiceUnavailable, send(t, a, "GET", "/objects", nil, nil).status)
}
