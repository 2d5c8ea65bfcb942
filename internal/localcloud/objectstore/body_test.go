package objectstore_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/internal/localcloud/objectstore"
)

func TestEveryChecksumIsVerifiedKeptAndReturned(t *testing.T) {
	r := newRegions(t, 0)
	client, bucket := r.clients[west], aws.String(westBucket)
	for _, algorithm := range []types.ChecksumAlgorithm{
		types.ChecksumAlgorithmCrc32, types.ChecksumAlgorithmCrc32c, types.ChecksumAlgorithmCrc64nvme, types.ChecksumAlgorithmSha1, types.ChecksumAlgorithmSha256,
	} {
		t.Run(string(algorithm), func(t *testing.T) {
			put, err := r.put(t, west, westBucket, "k", "123456789", func(i *s3.PutObjectInput) { i.ChecksumAlgorithm = algorithm })
			require.NoError(t, err)
			output, err := client.GetObject(t.Context(), &s3.GetObjectInput{Bucket: bucket, Key: aws.String("k"), ChecksumMode: types.ChecksumModeEnabled})
			require.NoError(t, err)
			body, err := io.ReadAll(output.Body)
			require.NoError(t, err, "the SDK compares the checksum with the body")
			assert.Equal(t, "123456789", string(body))
			sums := func(values ...*string) (got []string) {
				for _, value := range values {
					got = append(got, aws.ToString(value))
				}
				return got
			}
			want := sums(put.ChecksumCRC32, put.ChecksumCRC32C, put.ChecksumCRC64NVME, put.ChecksumSHA1, put.ChecksumSHA256)
			assert.NotEmpty(t, strings.Join(want, ""))
			assert.Equal(t, want, sums(output.ChecksumCRC32, output.ChecksumCRC32C, output.ChecksumCRC64NVME, output.ChecksumSHA1, output.ChecksumSHA256))
			assert.Equal(t, types.ChecksumTypeFullObject, output.ChecksumType)
			part, err := client.GetObject(t.Context(), &s3.GetObjectInput{Bucket: bucket, Key: aws.String("k"), ChecksumMode: types.ChecksumModeEnabled, Range: aws.String("bytes=0-3")})
			require.NoError(t, err)
			body, err = io.ReadAll(part.Body)
			require.NoError(t, err)
			assert.Equal(t, "1234", string(body), "a part has no checksum")
		})
	}
	v, err := client.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: bucket, Key: aws.String("k")})
	require.NoError(t, err)
	assert.Nil(t, v.ChecksumSHA256, "not asked for")
}

func TestBodiesInChunks(t *testing.T) {
	const (
		unsigned = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
		signed   = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
		trailing = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
		crc      = "x-amz-checksum-crc32"
	)
	world := objectstore.NewWorld(objectstore.ByCreation)
	store := world.NewStore(west, time.Now)
	require.NoError(t, store.CreateBucket(westBucket, true))
	handler := store.Handler()
	for name, test := range map[string]struct {
		kind, length, trailer, body string
		status                      int
		stored                      string
	}{
		"one chunk":               {unsigned, "5", "", "5\r\nhello\r\n0\r\n\r\n", 200, "hello"},
		"two chunks":              {unsigned, "5", "", "2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n", 200, "hello"},
		"hexadecimal size":        {unsigned, "11", "", "B\r\nhello world\r\n0\r\n\r\n", 200, "hello world"},
		"signed":                  {signed, "5", "", "5;chunk-signature=ab\r\nhello\r\n0;chunk-signature=cd\r\n\r\n", 200, "hello"},
		"signed with a trailer":   {trailing, "5", crc, "5;chunk-signature=ab\r\nhello\r\n0;chunk-signature=cd\r\nx-amz-checksum-crc32:NhCmhg==\r\nx-amz-trailer-signature:ef\r\n\r\n", 200, "hello"},
		"unsigned with a trailer": {unsigned, "5", crc, "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n", 200, "hello"},
		"trailer without an end":  {unsigned, "5", crc, "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==", 200, "hello"},
		"empty":                   {unsigned, "0", "", "0\r\n\r\n", 200, ""},
		"content like a chunk":    {unsigned, "5", "", "5\r\n0\r\n\r\n\r\n0\r\n\r\n", 200, "0\r\n\r\n"},
		"wrong trailer":           {unsigned, "5", crc, "5\r\nhellO\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n", 400, ""},
		"no trailer":              {unsigned, "5", crc, "5\r\nhello\r\n0\r\n\r\n", 400, ""},
		"unknown trailer":         {unsigned, "5", "if-match", "5\r\nhello\r\n0\r\nif-match:x\r\n\r\n", 400, ""},
		"no header in a trailer":  {unsigned, "5", crc, "5\r\nhello\r\n0\r\nx\r\n\r\n", 400, ""},
		"endless trailer":         {unsigned, "5", crc, "5\r\nhello\r\n0\r\n" + strings.Repeat("x", 8<<10), 400, ""},
		"shorter than it says":    {unsigned, "6", "", "5\r\nhello\r\n0\r\n\r\n", 400, ""},
		"longer than it says":     {unsigned, "4", "", "5\r\nhello\r\n0\r\n\r\n", 400, ""},
		"longer chunk":            {unsigned, "5", "", "5\r\nhello!\r\n0\r\n\r\n", 400, ""},
		"cut off in a chunk":      {unsigned, "5", "", "5\r\nhel", 400, ""},
		"cut off after a chunk":   {unsigned, "5", "", "5\r\nhello\r\n", 400, ""},
		"no size":                 {unsigned, "5", "", "x\r\nhello\r\n0\r\n\r\n", 400, ""},
		"negative size":           {unsigned, "5", "", "-5\r\nhello\r\n0\r\n\r\n", 400, ""},
		"nothing":                 {unsigned, "5", "", "", 400, ""},
		"no length":               {unsigned, "", "", "5\r\nhello\r\n0\r\n\r\n", 411, ""},
		"negative length":         {unsigned, "-1", "", "0\r\n\r\n", 411, ""},
		"too large":               {unsigned, "999999999999999", "", "0\r\n\r\n", 400, ""},
		"not in chunks":           {"UNSIGNED-PAYLOAD", "", "", "hello", 200, "hello"},
	} {
		t.Run(name, func(t *testing.T) {
			request := httptest.NewRequestWithContext(t.Context(), http.MethodPut, "https://s3.eu-west-1.amazonaws.com/"+westBucket+"/"+strings.ReplaceAll(name, " ", "-"), strings.NewReader(test.body))
			request.Header.Set("X-Amz-Content-Sha256", test.kind)
			request.Header.Set("X-Amz-Decoded-Content-Length", test.length)
			request.Header.Set("X-Amz-Trailer", test.trailer)
			request.Header.Set("Content-Encoding", "aws-chunked")
			recorder := httptest.NewRecorder()
			handler.ServeHTTP(recorder, sign(t, request, west))
			assert.Equal(t, test.status, recorder.Code, recorder.Body)
			v, exists := store.Current(westBucket, strings.ReplaceAll(name, " ", "-"))
			assert.Equal(t, test.status == http.StatusOK, exists, "what is refused is not stored")
			assert.Equal(t, len(test.stored), v.Size())
			if exists {
				read := httptest.NewRecorder()
				handler.ServeHTTP(read, sign(t, httptest.NewRequestWithContext(t.Context(), http.MethodGet, request.URL.String(), nil), west))
				assert.Equal(t, test.stored, read.Body.String())
			}
		})
	}
}

func FuzzChunks(f *testing.F) {
	f.Add([]byte("5\r\nhello\r\n0\r\nx-amz-checksum-crc32:x\r\n\r\n"), "5")
	f.Add([]byte("5\r\nhello\r\n0\r\n\r\n"), "5")
	store := objectstore.NewWorld(objectstore.ByCreation).NewStore(west, time.Now)
	require.NoError(f, store.CreateBucket(westBucket, true))
	handler := store.Handler()
	n := 0
	f.Fuzz(func(t *testing.T, body []byte, length string) {
		n++
		key := fmt.Sprint(n)
		request := httptest.NewRequestWithContext(t.Context(), http.MethodPut, "https://s3.eu-west-1.amazonaws.com/"+westBucket+"/"+key, bytes.NewReader(body))
		request.Header.Set("X-Amz-Content-Sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER")
		request.Header.Set("X-Amz-Decoded-Content-Length", length)
		recorder := httptest.NewRecorder()
		handler.ServeHTTP(recorder, sign(t, request, west))
		v, stored := store.Current(westBucket, key)
		if stored != (recorder.Code == http.StatusOK) {
			t.Fatalf("answered %d and stored: %v", recorder.Code, stored)
		}
		if stored && fmt.Sprint(v.Size()) != strings.TrimLeft(strings.TrimPrefix(length, "+"), "0") && v.Size() != 0 {
			t.Fatalf("stored %d bytes of %q", v.Size(), length)
		}
	})
}
