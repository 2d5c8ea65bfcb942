package objectstore_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/internal/localcloud/objectstore"
	"github.com/regionpair/regionpair/internal/localcloud/signature"
)

// object is one that the conformance table reads: versions "old" and "0123456789".
type object struct {
	*regions
	client          *s3.Client
	bucket, key     *string
	oldETag, etag   *string
	oldID, id       *string
	deleted, marker string
}

func newObject(t *testing.T) *object {
	t.Helper()
	o := &object{regions: newRegions(t, 0), bucket: aws.String(westBucket), key: aws.String("k"), deleted: "deleted"}
	o.client = o.clients[west]
	old, err := o.put(t, west, westBucket, "k", "old")
	require.NoError(t, err)
	current, err := o.put(t, west, westBucket, "k", "0123456789", func(i *s3.PutObjectInput) { i.ContentType = aws.String("text/plain") })
	require.NoError(t, err)
	o.oldETag, o.oldID, o.etag, o.id = old.ETag, old.VersionId, current.ETag, current.VersionId
	_, err = o.put(t, west, westBucket, o.deleted, "x")
	require.NoError(t, err)
	marker, err := o.client.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: o.bucket, Key: &o.deleted})
	require.NoError(t, err)
	o.marker = *marker.VersionId
	return o
}

func statusOf(err error) int {
	var response *awshttp.ResponseError
	if errors.As(err, &response) {
		return response.HTTPStatusCode()
	}
	return 0
}

func TestReadsAnswerAsS3Does(t *testing.T) {
	o := newObject(t)
	before, after := time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	for name, test := range map[string]struct {
		change func(*s3.GetObjectInput)
		status int // of an error
		code   string
		body   string
	}{
		"current":                          {func(*s3.GetObjectInput) {}, 0, "", "0123456789"},
		"old version":                      {func(i *s3.GetObjectInput) { i.VersionId = o.oldID }, 0, "", "old"},
		"version by its id":                {func(i *s3.GetObjectInput) { i.VersionId = o.id }, 0, "", "0123456789"},
		"no such version":                  {func(i *s3.GetObjectInput) { i.VersionId = aws.String("none") }, 404, "NoSuchVersion", ""},
		"no such key":                      {func(i *s3.GetObjectInput) { i.Key = aws.String("none") }, 404, "NoSuchKey", ""},
		"deleted":                          {func(i *s3.GetObjectInput) { i.Key = &o.deleted }, 404, "NoSuchKey", ""},
		"delete marker":                    {func(i *s3.GetObjectInput) { i.Key, i.VersionId = &o.deleted, &o.marker }, 405, "MethodNotAllowed", ""},
		"no such bucket":                   {func(i *s3.GetObjectInput) { i.Bucket = aws.String("none") }, 404, "NoSuchBucket", ""},
		"bucket of the other Region":       {func(i *s3.GetObjectInput) { i.Bucket = aws.String(centralBucket) }, 301, "PermanentRedirect", ""},
		"first bytes":                      {func(i *s3.GetObjectInput) { i.Range = aws.String("bytes=0-3") }, 0, "", "0123"},
		"from a byte":                      {func(i *s3.GetObjectInput) { i.Range = aws.String("bytes=7-") }, 0, "", "789"},
		"last bytes":                       {func(i *s3.GetObjectInput) { i.Range = aws.String("bytes=-2") }, 0, "", "89"},
		"more last bytes than there are":   {func(i *s3.GetObjectInput) { i.Range = aws.String("bytes=-99") }, 0, "", "0123456789"},
		"beyond the end":                   {func(i *s3.GetObjectInput) { i.Range = aws.String("bytes=8-99") }, 0, "", "89"},
		"behind the end":                   {func(i *s3.GetObjectInput) { i.Range = aws.String("bytes=10-") }, 416, "InvalidRange", ""},
		"no last bytes":                    {func(i *s3.GetObjectInput) { i.Range = aws.String("bytes=-0") }, 416, "InvalidRange", ""},
		"two ranges":                       {func(i *s3.GetObjectInput) { i.Range = aws.String("bytes=0-1,3-4") }, 0, "", "0123456789"},
		"no range":                         {func(i *s3.GetObjectInput) { i.Range = aws.String("bytes=x") }, 0, "", "0123456789"},
		"backwards":                        {func(i *s3.GetObjectInput) { i.Range = aws.String("bytes=4-2") }, 0, "", "0123456789"},
		"If-Match":                         {func(i *s3.GetObjectInput) { i.IfMatch = o.etag }, 0, "", "0123456789"},
		"If-Match of another version":      {func(i *s3.GetObjectInput) { i.IfMatch = o.oldETag }, 412, "PreconditionFailed", ""},
		"If-Match of the version":          {func(i *s3.GetObjectInput) { i.IfMatch, i.VersionId = o.oldETag, o.oldID }, 0, "", "old"},
		"If-Match of any":                  {func(i *s3.GetObjectInput) { i.IfMatch = aws.String("*") }, 0, "", "0123456789"},
		"If-Match of nothing":              {func(i *s3.GetObjectInput) { i.IfMatch, i.Key = o.etag, aws.String("none") }, 404, "NoSuchKey", ""},
		"If-None-Match":                    {func(i *s3.GetObjectInput) { i.IfNoneMatch = o.etag }, 304, "NotModified", ""},
		"If-None-Match of a list":          {func(i *s3.GetObjectInput) { i.IfNoneMatch = aws.String(`"x", W/` + *o.etag) }, 304, "NotModified", ""},
		"If-None-Match of another":         {func(i *s3.GetObjectInput) { i.IfNoneMatch = o.oldETag }, 0, "", "0123456789"},
		"modified since":                   {func(i *s3.GetObjectInput) { i.IfModifiedSince = &before }, 0, "", "0123456789"},
		"not modified since":               {func(i *s3.GetObjectInput) { i.IfModifiedSince = &after }, 304, "NotModified", ""},
		"unmodified since":                 {func(i *s3.GetObjectInput) { i.IfUnmodifiedSince = &after }, 0, "", "0123456789"},
		"not unmodified since":             {func(i *s3.GetObjectInput) { i.IfUnmodifiedSince = &before }, 412, "PreconditionFailed", ""},
		"If-Match is stronger than time":   {func(i *s3.GetObjectInput) { i.IfMatch, i.IfUnmodifiedSince = o.etag, &before }, 0, "", "0123456789"},
		"none-match is stronger than time": {func(i *s3.GetObjectInput) { i.IfNoneMatch, i.IfModifiedSince = o.oldETag, &after }, 0, "", "0123456789"},
	} {
		t.Run(name, func(t *testing.T) {
			input := &s3.GetObjectInput{Bucket: o.bucket, Key: o.key}
			test.change(input)
			output, err := o.client.GetObject(t.Context(), input)
			head, headErr := o.client.HeadObject(t.Context(), &s3.HeadObjectInput{
				Bucket: input.Bucket, Key: input.Key, VersionId: input.VersionId, Range: input.Range, IfMatch: input.IfMatch,
				IfNoneMatch: input.IfNoneMatch, IfModifiedSince: input.IfModifiedSince, IfUnmodifiedSince: input.IfUnmodifiedSince,
			})
			if test.status != 0 {
				assert.Equal(t, test.status, statusOf(err))
				assert.Equal(t, test.status, statusOf(headErr), "HEAD")
				if test.status != http.StatusNotModified {
					mustFail(t, err, test.code)
				}
				return
			}
			require.NoError(t, err)
			require.NoError(t, headErr)
			body, err := io.ReadAll(output.Body)
			require.NoError(t, err)
			assert.Equal(t, test.body, string(body))
			assert.Equal(t, int64(len(test.body)), *head.ContentLength)
			assert.Equal(t, *output.ETag, *head.ETag)
			assert.Equal(t, *output.VersionId, *head.VersionId)
			assert.Equal(t, output.ContentRange, head.ContentRange)
			assert.WithinDuration(t, time.Now(), *head.LastModified, time.Minute)
		})
	}
}

func TestWritesAnswerAsS3Does(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*object, *s3.PutObjectInput)
		status int
		code   string
	}{
		"If-Match":                     {func(o *object, i *s3.PutObjectInput) { i.IfMatch = o.etag }, 0, ""},
		"If-Match of an older version": {func(o *object, i *s3.PutObjectInput) { i.IfMatch = o.oldETag }, 412, "PreconditionFailed"},
		"If-Match of nothing":          {func(o *object, i *s3.PutObjectInput) { i.IfMatch, i.Key = o.etag, aws.String("none") }, 404, "NoSuchKey"},
		"If-Match of a deleted one":    {func(o *object, i *s3.PutObjectInput) { i.IfMatch, i.Key = o.etag, &o.deleted }, 404, "NoSuchKey"},
		"If-None-Match":                {func(_ *object, i *s3.PutObjectInput) { i.IfNoneMatch = aws.String("*") }, 412, "PreconditionFailed"},
		"If-None-Match of nothing":     {func(_ *object, i *s3.PutObjectInput) { i.IfNoneMatch, i.Key = aws.String("*"), aws.String("none") }, 0, ""},
		"If-None-Match of a deleted":   {func(o *object, i *s3.PutObjectInput) { i.IfNoneMatch, i.Key = aws.String("*"), &o.deleted }, 0, ""},
		"If-None-Match with an ETag":   {func(o *object, i *s3.PutObjectInput) { i.IfNoneMatch = o.etag }, 501, "NotImplemented"},
		"2 KiB of metadata":            {func(_ *object, i *s3.PutObjectInput) { i.Metadata = map[string]string{"k": strings.Repeat("x", 2047)} }, 0, ""},
		"more metadata":                {func(_ *object, i *s3.PutObjectInput) { i.Metadata = map[string]string{"k": strings.Repeat("x", 2048)} }, 400, "MetadataTooLarge"},
		"wrong checksum":               {func(_ *object, i *s3.PutObjectInput) { i.ChecksumSHA256 = aws.String("AAAA") }, 400, "BadDigest"},
		"no such bucket":               {func(_ *object, i *s3.PutObjectInput) { i.Bucket = aws.String("none") }, 404, "NoSuchBucket"},
		"key too long":                 {func(_ *object, i *s3.PutObjectInput) { i.Key = aws.String(strings.Repeat("x", 1025)) }, 400, "KeyTooLongError"},
	} {
		t.Run(name, func(t *testing.T) {
			o := newObject(t)
			input := &s3.PutObjectInput{Bucket: o.bucket, Key: o.key, Body: strings.NewReader("new")}
			test.change(o, input)
			output, err := o.client.PutObject(t.Context(), input)
			if test.status != 0 {
				mustFail(t, err, test.code)
				assert.Equal(t, test.status, statusOf(err))
				got, err := o.get(t, west, westBucket, "k")
				require.NoError(t, err)
				assert.Equal(t, "0123456789", got, "nothing is written")
				return
			}
			require.NoError(t, err)
			assert.NotEqual(t, *o.id, *output.VersionId)
			got, err := o.get(t, west, westBucket, *input.Key)
			require.NoError(t, err)
			assert.Equal(t, "new", got)
		})
	}
}

func TestDeletionsAnswerAsS3Does(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*object, *s3.DeleteObjectInput)
		code   string
	}{
		"current":                      {func(*object, *s3.DeleteObjectInput) {}, ""},
		"never there":                  {func(_ *object, i *s3.DeleteObjectInput) { i.Key = aws.String("none") }, ""},
		"If-Match":                     {func(o *object, i *s3.DeleteObjectInput) { i.IfMatch = o.etag }, ""},
		"If-Match of an older version": {func(o *object, i *s3.DeleteObjectInput) { i.IfMatch = o.oldETag }, "PreconditionFailed"},
		"If-Match of nothing":          {func(_ *object, i *s3.DeleteObjectInput) { i.IfMatch, i.Key = aws.String("*"), aws.String("none") }, "PreconditionFailed"},
		"a version":                    {func(o *object, i *s3.DeleteObjectInput) { i.VersionId = o.oldID }, "NotImplemented"},
	} {
		t.Run(name, func(t *testing.T) {
			o := newObject(t)
			input := &s3.DeleteObjectInput{Bucket: o.bucket, Key: o.key}
			test.change(o, input)
			output, err := o.client.DeleteObject(t.Context(), input)
			if test.code != "" {
				mustFail(t, err, test.code)
				_, err = o.get(t, west, westBucket, "k")
				require.NoError(t, err, "nothing is deleted")
				return
			}
			require.NoError(t, err)
			assert.True(t, *output.DeleteMarker)
			_, err = o.get(t, west, westBucket, *input.Key)
			mustFail(t, err, "NoSuchKey")
			_, err = o.client.GetObject(t.Context(), &s3.GetObjectInput{Bucket: o.bucket, Key: o.key, VersionId: o.id})
			require.NoError(t, err, "the version stays")
		})
	}
}

func TestSeveralObjectsAreDeletedAtOnce(t *testing.T) {
	o := newObject(t)
	output, err := o.client.DeleteObjects(t.Context(), &s3.DeleteObjectsInput{Bucket: o.bucket, Delete: &types.Delete{
		Objects: []types.ObjectIdentifier{{Key: o.key}, {Key: aws.String("none")}, {Key: o.key, VersionId: o.oldID}},
	}})
	require.NoError(t, err)
	assert.Len(t, output.Deleted, 2)
	require.Len(t, output.Errors, 1)
	assert.Equal(t, "NotImplemented", *output.Errors[0].Code)
	assert.Zero(t, o.west.Count(westBucket))
}

func TestHeadersOfAnObject(t *testing.T) {
	o := newObject(t)
	put, err := o.put(t, west, westBucket, "h", "x", func(i *s3.PutObjectInput) {
		i.ServerSideEncryption, i.SSEKMSKeyId = types.ServerSideEncryptionAwsKms, aws.String("arn:aws:kms:eu-west-1:1:key/k")
		i.ContentDisposition, i.ContentEncoding, i.Metadata = aws.String("inline"), aws.String("identity"), map[string]string{"owner": "ops"}
	})
	require.NoError(t, err)
	assert.Equal(t, types.ServerSideEncryptionAwsKms, put.ServerSideEncryption)
	assert.NotEmpty(t, *put.ChecksumCRC32)
	head, err := o.client.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: o.bucket, Key: aws.String("h")})
	require.NoError(t, err)
	assert.Equal(t, types.ServerSideEncryptionAwsKms, head.ServerSideEncryption)
	assert.Equal(t, "arn:aws:kms:eu-west-1:1:key/k", *head.SSEKMSKeyId)
	assert.Equal(t, "inline", *head.ContentDisposition)
	assert.Equal(t, "identity", *head.ContentEncoding, "without aws-chunked")
	assert.Equal(t, map[string]string{"owner": "ops"}, head.Metadata)
	assert.Empty(t, head.ReplicationStatus, "no rule applies")

	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, o.servers[west].URL+"/"+westBucket+"/h?response-content-type=text/x&response-cache-control=no-cache", nil)
	require.NoError(t, err)
	response, err := o.servers[west].Client().Do(sign(t, request, west))
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	assert.Equal(t, "text/x", response.Header.Get("Content-Type"))
	assert.Equal(t, "no-cache", response.Header.Get("Cache-Control"))
	assert.NotEmpty(t, response.Header.Get("X-Amz-Request-Id"))
	for name := range response.Header {
		assert.NotContains(t, []string{"X-Amz-Date", "X-Amz-Security-Token", "X-Amz-Content-Sha256", "X-Amz-Trailer", "X-Amz-Checksum-Crc32"}, name,
			"what belongs to the writer's request is no header of the object")
	}
}

func TestVirtualHostedAddressesAndStrangeKeys(t *testing.T) {
	world := objectstore.NewWorld(objectstore.ByCreation)
	store := world.NewStore(west, time.Now)
	require.NoError(t, store.CreateBucket(westBucket, true))
	server := httptest.NewTLSServer(store.Handler())
	t.Cleanup(server.Close)
	hosts := map[string]bool{}
	transport := &http.Transport{
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true},
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			hosts[address] = true
			return (&net.Dialer{}).DialContext(ctx, network, server.Listener.Addr().String())
		},
	}
	client := s3.New(s3.Options{Region: west, HTTPClient: &http.Client{Transport: transport}, Credentials: credentials.NewStaticCredentialsProvider(signature.AccessKeyID, signature.SecretAccessKey, signature.SessionToken)})
	keys := []string{"a", "a/b", "a//b", "a b+c", "ä/ö?x=1&y#z", "%2F", "..", "a/../b", "日本", "-._~!$'()*,;=:@", strings.Repeat("k", 1024)}
	for _, key := range keys {
		_, err := client.PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String(westBucket), Key: &key, Body: strings.NewReader("body of " + key)})
		require.NoError(t, err, key)
	}
	for _, key := range keys {
		output, err := client.GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String(westBucket), Key: &key})
		require.NoError(t, err, key)
		body, err := io.ReadAll(output.Body)
		require.NoError(t, err)
		assert.Equal(t, "body of "+key, string(body))
	}
	page, err := client.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: aws.String(westBucket)})
	require.NoError(t, err)
	listed := []string{}
	for _, o := range page.Contents {
		listed = append(listed, *o.Key)
	}
	assert.ElementsMatch(t, keys, listed)
	assert.Equal(t, map[string]bool{westBucket + ".s3.eu-west-1.amazonaws.com:443": true}, hosts)
}

func TestListsByPrefixAndDelimiter(t *testing.T) {
	r := newRegions(t, 0)
	for _, key := range []string{"a/1", "a/2", "a/3", "b", "c/1", "c/2", "d"} {
		_, err := r.put(t, west, westBucket, key, "x")
		require.NoError(t, err)
	}
	for name, test := range map[string]struct {
		input s3.ListObjectsV2Input
		want  string
	}{
		"everything":            {s3.ListObjectsV2Input{}, "a/1 a/2 a/3 b c/1 c/2 d"},
		"pages":                 {s3.ListObjectsV2Input{MaxKeys: aws.Int32(3)}, "a/1 a/2 a/3 b c/1 c/2 d"},
		"prefix":                {s3.ListObjectsV2Input{Prefix: aws.String("c/")}, "c/1 c/2"},
		"after":                 {s3.ListObjectsV2Input{StartAfter: aws.String("b")}, "c/1 c/2 d"},
		"after what is not":     {s3.ListObjectsV2Input{StartAfter: aws.String("bb")}, "c/1 c/2 d"},
		"delimiter":             {s3.ListObjectsV2Input{Delimiter: aws.String("/")}, "a/ b c/ d"},
		"delimiter, one a page": {s3.ListObjectsV2Input{Delimiter: aws.String("/"), MaxKeys: aws.Int32(1)}, "a/ b c/ d"},
		"no match":              {s3.ListObjectsV2Input{Prefix: aws.String("z")}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			test.input.Bucket = aws.String(westBucket)
			got := []string{}
			pages := s3.NewListObjectsV2Paginator(r.clients[west], &test.input)
			for pages.HasMorePages() {
				page, err := pages.NextPage(t.Context())
				require.NoError(t, err)
				assert.Equal(t, len(page.Contents)+len(page.CommonPrefixes), int(aws.ToInt32(page.KeyCount)))
				names := []string{}
				for _, o := range page.Contents {
					names = append(names, *o.Key)
				}
				for _, p := range page.CommonPrefixes {
					names = append(names, *p.Prefix)
				}
				got = append(got, names...)
			}
			assert.ElementsMatch(t, strings.Fields(test.want), got)
		})
	}
	none, err := r.clients[west].ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: aws.String(westBucket), MaxKeys: aws.Int32(0)})
	require.NoError(t, err)
	assert.Empty(t, none.Contents)
	assert.False(t, aws.ToBool(none.IsTruncated))
}

func TestBuckets(t *testing.T) {
	r := newRegions(t, 0)
	client := r.clients[west]
	head, err := client.HeadBucket(t.Context(), &s3.HeadBucketInput{Bucket: aws.String(westBucket)})
	require.NoError(t, err)
	assert.Equal(t, west, *head.BucketRegion)
	versioning := func(bucket string) types.BucketVersioningStatus {
		output, err := client.GetBucketVersioning(t.Context(), &s3.GetBucketVersioningInput{Bucket: &bucket})
		require.NoError(t, err)
		return output.Status
	}
	assert.Equal(t, types.BucketVersioningStatusEnabled, versioning(westBucket))
	_, err = client.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String("another")})
	require.NoError(t, err)
	assert.Empty(t, versioning("another"))
	plain, err := r.put(t, west, "another", "k", "x")
	require.NoError(t, err)
	assert.Nil(t, plain.VersionId)
	_, err = client.PutBucketVersioning(t.Context(), &s3.PutBucketVersioningInput{Bucket: aws.String("another"),
		VersioningConfiguration: &types.VersioningConfiguration{Status: types.BucketVersioningStatusEnabled}})
	require.NoError(t, err)
	assert.Equal(t, types.BucketVersioningStatusEnabled, versioning("another"))
	_, err = client.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String("another")})
	mustFail(t, err, "BucketAlreadyExists")
	_, err = r.clients[central].CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String("another")})
	mustFail(t, err, "BucketAlreadyExists")
	list, err := client.ListBuckets(t.Context(), &s3.ListBucketsInput{})
	require.NoError(t, err)
	assert.Len(t, list.Buckets, 2)
	_, err = client.DeleteBucket(t.Context(), &s3.DeleteBucketInput{Bucket: aws.String("another")})
	mustFail(t, err, "BucketNotEmpty")
}

func TestObjectsAreCopied(t *testing.T) {
	o := newObject(t)
	copied, err := o.client.CopyObject(t.Context(), &s3.CopyObjectInput{Bucket: o.bucket, Key: aws.String("copy"), CopySource: aws.String(westBucket + "/k")})
	require.NoError(t, err)
	head, err := o.client.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: o.bucket, Key: aws.String("copy")})
	require.NoError(t, err)
	assert.Equal(t, "text/plain", *head.ContentType)
	current, exists := o.west.Current(westBucket, "copy")
	assert.True(t, exists)
	assert.Equal(t, `"`+current.ETag()+`"`, *head.ETag)
	assert.Equal(t, *copied.CopyObjectResult.ETag, *head.ETag)
}

func TestWhatIsNotEmulatedIsRefusedAndNotTakenForAnother(t *testing.T) {
	o := newObject(t)
	_, err := o.client.PutObjectTagging(t.Context(), &s3.PutObjectTaggingInput{Bucket: o.bucket, Key: o.key, Tagging: &types.Tagging{TagSet: []types.Tag{}}})
	mustFail(t, err, "NotImplemented")
	require.ErrorContains(t, err, "tagging")
	_, err = o.client.GetBucketEncryption(t.Context(), &s3.GetBucketEncryptionInput{Bucket: o.bucket})
	mustFail(t, err, "NotImplemented")
	got, err := o.get(t, west, westBucket, "k")
	require.NoError(t, err)
	assert.Equal(t, "0123456789", got)
}

func TestVersionsAreListedByKeyAndAgeInPages(t *testing.T) {
	o := newObject(t)
	for _, key := range []string{"v/a", "v/b", "v/a"} {
		_, err := o.client.PutObject(t.Context(), &s3.PutObjectInput{Bucket: o.bucket, Key: &key, Body: strings.NewReader("x")})
		require.NoError(t, err)
	}
	_, err := o.client.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: o.bucket, Key: aws.String("v/b")})
	require.NoError(t, err)
	for _, size := range []int32{1, 2, 1000} {
		listed := []string{}
		pages := s3.NewListObjectVersionsPaginator(o.client, &s3.ListObjectVersionsInput{Bucket: o.bucket, MaxKeys: &size, Prefix: aws.String("v/")})
		for pages.HasMorePages() {
			page, err := pages.NextPage(t.Context())
			require.NoError(t, err)
			for _, v := range page.Versions {
				listed = append(listed, fmt.Sprintf("%s %t", *v.Key, *v.IsLatest))
			}
			for _, v := range page.DeleteMarkers {
				listed = append(listed, fmt.Sprintf("%s deleted %t", *v.Key, *v.IsLatest))
			}
		}
		assert.ElementsMatch(t, []string{"v/a true", "v/a false", "v/b deleted true", "v/b false"}, listed, "pages of %d", size)
	}
}

func TestWhatIsNotSignedIsRefusedInTheWordsOfS3(t *testing.T) {
	o := newObject(t)
	for name, test := range map[string]struct {
		query  string
		change func(*http.Request)
		status int
		code   string
	}{
		"nothing":        {"", func(*http.Request) {}, http.StatusForbidden, "AccessDenied"},
		"no time":        {"?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Expires=60", func(*http.Request) {}, http.StatusBadRequest, "AuthorizationQueryParametersError"},
		"two mechanisms": {"?X-Amz-Signature=00", func(r *http.Request) { r.Header.Set("Authorization", "Bearer x") }, http.StatusBadRequest, "InvalidArgument"},
		"another Region": {"", func(r *http.Request) { sign(t, r, central) }, http.StatusBadRequest, "AuthorizationHeaderMalformed"},
		"changed":        {"", func(r *http.Request) { sign(t, r, west).URL.RawQuery = "partNumber=1" }, http.StatusForbidden, "SignatureDoesNotMatch"},
	} {
		t.Run(name, func(t *testing.T) {
			request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, o.servers[west].URL+"/"+westBucket+"/k"+test.query, nil)
			require.NoError(t, err)
			test.change(request)
			response, err := o.servers[west].Client().Do(request)
			require.NoError(t, err)
			defer func() { _ = response.Body.Close() }()
			assert.Equal(t, test.status, response.StatusCode)
			body, err := io.ReadAll(response.Body)
			require.NoError(t, err)
			assert.Contains(t, string(body), "<Code>"+test.code+"</Code>")
		})
	}
}
