package objectstore_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/internal/localcloud/objectstore"
	"github.com/regionpair/regionpair/internal/localcloud/signature"
)

const (
	west, central = "eu-west-1", "eu-central-1"
	westBucket    = "orders-objects-111122223333-eu-west-1"
	centralBucket = "orders-objects-111122223333-eu-central-1"
)

// regions is two Regions with a versioned bucket each and unmodified clients.
type regions struct {
	world         *objectstore.World
	west, central *objectstore.Store
	copier        *objectstore.Copier
	clients       map[string]*s3.Client
	servers       map[string]*httptest.Server
}

func newRegions(t testing.TB, lag time.Duration) *regions {
	t.Helper()
	world := objectstore.NewWorld(objectstore.ByCreation)
	copier := objectstore.NewCopier(world, func() time.Duration { return lag })
	t.Cleanup(copier.Close)
	return regionsOf(t, world, copier, time.Now)
}

func regionsOf(t testing.TB, world *objectstore.World, copier *objectstore.Copier, now func() time.Time) *regions {
	t.Helper()
	r := &regions{world: world, copier: copier, clients: map[string]*s3.Client{}, servers: map[string]*httptest.Server{}}
	r.west, r.central = r.world.NewStore(west, now), r.world.NewStore(central, now)
	require.NoError(t, r.west.CreateBucket(westBucket, true))
	require.NoError(t, r.central.CreateBucket(centralBucket, true))
	for _, store := range []*objectstore.Store{r.west, r.central} {
		server := httptest.NewTLSServer(store.Handler())
		t.Cleanup(server.Close)
		r.servers[store.Region()] = server
		r.clients[store.Region()] = s3.New(s3.Options{
			Region: store.Region(), BaseEndpoint: &server.URL, HTTPClient: server.Client(), UsePathStyle: true, RetryMaxAttempts: 1,
			Credentials: credentials.NewStaticCredentialsProvider(signature.AccessKeyID, signature.SecretAccessKey, signature.SessionToken),
			// What config.LoadDefaultConfig sets: bodies in chunks with a trailing checksum.
			RequestChecksumCalculation: aws.RequestChecksumCalculationWhenSupported,
			ResponseChecksumValidation: aws.ResponseChecksumValidationWhenSupported,
		})
	}
	return r
}

// sign signs a request for S3 as it is; what follows of its body does not count.
func sign(t require.TestingT, r *http.Request, region string) *http.Request {
	if r.Header.Get("X-Amz-Content-Sha256") == "" {
		r.Header.Set("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD")
	}
	identity := aws.Credentials{AccessKeyID: signature.AccessKeyID, SecretAccessKey: signature.SecretAccessKey, SessionToken: signature.SessionToken}
	signer := v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true })
	require.NoError(t, signer.SignHTTP(context.Background(), identity, r, r.Header.Get("X-Amz-Content-Sha256"), "s3", region, time.Now()))
	return r
}

func (r *regions) put(t testing.TB, region, bucket, key, body string, change ...func(*s3.PutObjectInput)) (*s3.PutObjectOutput, error) {
	t.Helper()
	input := &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: strings.NewReader(body)}
	for _, f := range change {
		f(input)
	}
	return r.clients[region].PutObject(t.Context(), input)
}

func (r *regions) get(t testing.TB, region, bucket, key string) (string, error) {
	t.Helper()
	output, err := r.clients[region].GetObject(t.Context(), &s3.GetObjectInput{Bucket: &bucket, Key: &key})
	if err != nil {
		return "", err
	}
	body, err := io.ReadAll(output.Body)
	return string(body), err
}

// drain waits until everything is copied.
func (r *regions) drain(t testing.TB) {
	t.Helper()
	require.Eventually(t, func() bool { return r.copier.Pending(west).Count+r.copier.Pending(central).Count == 0 }, 10*time.Second, time.Millisecond)
}

// pair puts the rules that the pairing function puts, in both directions.
func (r *regions) pair(t testing.TB) {
	t.Helper()
	require.NoError(t, r.replicate(t, west, westBucket, centralBucket))
	require.NoError(t, r.replicate(t, central, centralBucket, westBucket))
}

func (r *regions) replicate(t testing.TB, region, from, to string, change ...func(*types.ReplicationRule)) error {
	t.Helper()
	rule := types.ReplicationRule{
		ID: aws.String("regionpair"), Status: types.ReplicationRuleStatusEnabled, Priority: aws.Int32(1),
		Filter:                  &types.ReplicationRuleFilter{Prefix: aws.String("")},
		DeleteMarkerReplication: &types.DeleteMarkerReplication{Status: types.DeleteMarkerReplicationStatusEnabled},
		SourceSelectionCriteria: &types.SourceSelectionCriteria{
			SseKmsEncryptedObjects: &types.SseKmsEncryptedObjects{Status: types.SseKmsEncryptedObjectsStatusEnabled},
			ReplicaModifications:   &types.ReplicaModifications{Status: types.ReplicaModificationsStatusEnabled},
		},
		Destination: &types.Destination{
			Bucket: aws.String("arn:aws:s3:::" + to), EncryptionConfiguration: &types.EncryptionConfiguration{ReplicaKmsKeyID: aws.String("arn:aws:kms:x")},
			Metrics:         &types.Metrics{Status: types.MetricsStatusEnabled, EventThreshold: &types.ReplicationTimeValue{Minutes: aws.Int32(15)}},
			ReplicationTime: &types.ReplicationTime{Status: types.ReplicationTimeStatusEnabled, Time: &types.ReplicationTimeValue{Minutes: aws.Int32(15)}},
		},
	}
	for _, f := range change {
		f(&rule)
	}
	_, err := r.clients[region].PutBucketReplication(t.Context(), &s3.PutBucketReplicationInput{Bucket: &from,
		ReplicationConfiguration: &types.ReplicationConfiguration{Role: aws.String("arn:aws:iam::111122223333:role/r"), Rules: []types.ReplicationRule{rule}}})
	return err
}

func mustFail(t *testing.T, err error, code string) {
	t.Helper()
	var failure smithy.APIError
	require.ErrorAs(t, err, &failure)
	assert.Equal(t, code, failure.ErrorCode())
}

func TestTheSDKsBodiesAreStoredAsTheyAre(t *testing.T) {
	r := newRegions(t, 0)
	for _, size := range []int{0, 1, 1024, 3 << 20} {
		body := strings.Repeat("x", size)
		_, err := r.put(t, west, westBucket, "a/b", body, func(i *s3.PutObjectInput) {
			i.ContentType = aws.String("text/x")
			i.Metadata = map[string]string{"owner": "ops"}
		})
		require.NoError(t, err)
		output, err := r.clients[west].GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String(westBucket), Key: aws.String("a/b")})
		require.NoError(t, err)
		got, err := io.ReadAll(output.Body)
		require.NoError(t, err)
		assert.Equal(t, size, len(got))
		assert.Equal(t, "text/x", *output.ContentType)
		assert.Equal(t, map[string]string{"owner": "ops"}, output.Metadata)
	}
}

func TestMetadataIsReplacedWithTheObject(t *testing.T) {
	r := newRegions(t, 0)
	_, err := r.put(t, west, westBucket, "k", "1", func(i *s3.PutObjectInput) { i.Metadata = map[string]string{"owner": "ops"} })
	require.NoError(t, err)
	_, err = r.put(t, west, westBucket, "k", "2")
	require.NoError(t, err)
	head, err := r.clients[west].HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: aws.String(westBucket), Key: aws.String("k")})
	require.NoError(t, err)
	assert.Empty(t, head.Metadata)
}

func TestConditions(t *testing.T) {
	r := newRegions(t, 0)
	first, err := r.put(t, west, westBucket, "k", "1", func(i *s3.PutObjectInput) { i.IfNoneMatch = aws.String("*") })
	require.NoError(t, err)
	_, err = r.put(t, west, westBucket, "k", "2", func(i *s3.PutObjectInput) { i.IfNoneMatch = aws.String("*") })
	mustFail(t, err, "PreconditionFailed")
	second, err := r.put(t, west, westBucket, "k", "2", func(i *s3.PutObjectInput) { i.IfMatch = first.ETag })
	require.NoError(t, err)
	_, err = r.put(t, west, westBucket, "k", "3", func(i *s3.PutObjectInput) { i.IfMatch = first.ETag })
	mustFail(t, err, "PreconditionFailed")

	client, bucket, key := r.clients[west], aws.String(westBucket), aws.String("k")
	_, err = client.GetObject(t.Context(), &s3.GetObjectInput{Bucket: bucket, Key: key, IfMatch: first.ETag})
	mustFail(t, err, "PreconditionFailed")
	_, err = client.GetObject(t.Context(), &s3.GetObjectInput{Bucket: bucket, Key: key, IfNoneMatch: second.ETag})
	require.ErrorContains(t, err, "304")
	_, err = client.GetObject(t.Context(), &s3.GetObjectInput{Bucket: bucket, Key: key, IfMatch: second.ETag, IfNoneMatch: first.ETag})
	require.NoError(t, err)
	_, err = client.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: bucket, Key: key, IfMatch: first.ETag})
	mustFail(t, err, "PreconditionFailed")
	_, err = client.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: bucket, Key: key, IfMatch: second.ETag})
	require.NoError(t, err)
	_, err = r.put(t, west, westBucket, "k", "again", func(i *s3.PutObjectInput) { i.IfNoneMatch = aws.String("*") })
	require.NoError(t, err, "a deleted object does not exist")
}

func TestConditionalWritesAreAtomic(t *testing.T) {
	r := newRegions(t, 0)
	var won atomic.Int64
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			if _, err := r.put(t, west, westBucket, "k", "x", func(i *s3.PutObjectInput) { i.IfNoneMatch = aws.String("*") }); err == nil {
				won.Add(1)
			}
		})
	}
	group.Wait()
	assert.EqualValues(t, 1, won.Load())
}

func TestVersionsDeleteMarkersAndRanges(t *testing.T) {
	r := newRegions(t, 0)
	client, bucket, key := r.clients[west], aws.String(westBucket), aws.String("k")
	first, err := r.put(t, west, westBucket, "k", "0123456789")
	require.NoError(t, err)
	_, err = r.put(t, west, westBucket, "k", "new")
	require.NoError(t, err)
	old, err := client.GetObject(t.Context(), &s3.GetObjectInput{Bucket: bucket, Key: key, VersionId: first.VersionId, Range: aws.String("bytes=2-4")})
	require.NoError(t, err)
	body, err := io.ReadAll(old.Body)
	require.NoError(t, err)
	assert.Equal(t, "234", string(body))
	deleted, err := client.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: bucket, Key: key})
	require.NoError(t, err)
	assert.True(t, *deleted.DeleteMarker)
	_, err = r.get(t, west, westBucket, "k")
	mustFail(t, err, "NoSuchKey")
	_, err = client.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: bucket, Key: key})
	require.ErrorContains(t, err, "404")
	_, err = r.get(t, west, "no-such-bucket", "k")
	mustFail(t, err, "NoSuchBucket")
}

func TestListsGoPageByPage(t *testing.T) {
	r := newRegions(t, 0)
	for i := range 7 {
		_, err := r.put(t, west, westBucket, fmt.Sprintf("a/%d", i), "x")
		require.NoError(t, err)
	}
	_, err := r.put(t, west, westBucket, "b", "x")
	require.NoError(t, err)
	_, err = r.clients[west].DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: aws.String(westBucket), Key: aws.String("a/3")})
	require.NoError(t, err)
	keys := []string{}
	pages := s3.NewListObjectsV2Paginator(r.clients[west], &s3.ListObjectsV2Input{Bucket: aws.String(westBucket), Prefix: aws.String("a/"), StartAfter: aws.String("a/0"), MaxKeys: aws.Int32(2)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		require.NoError(t, err)
		for _, object := range page.Contents {
			keys = append(keys, *object.Key)
		}
	}
	assert.Equal(t, []string{"a/1", "a/2", "a/4", "a/5", "a/6"}, keys)
}

func TestPresignedURLsWorkUntilTheyExpire(t *testing.T) {
	world := objectstore.NewWorld(objectstore.ByCreation)
	now := time.Now()
	store := world.NewStore(west, func() time.Time { return now })
	require.NoError(t, store.CreateBucket(westBucket, true))
	server := httptest.NewTLSServer(store.Handler())
	t.Cleanup(server.Close)
	client := s3.New(s3.Options{Region: west, BaseEndpoint: &server.URL, UsePathStyle: true, Credentials: credentials.NewStaticCredentialsProvider(signature.AccessKeyID, signature.SecretAccessKey, signature.SessionToken)})
	signed, err := s3.NewPresignClient(client).PresignPutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String(westBucket), Key: aws.String("k")}, s3.WithPresignExpires(time.Minute))
	require.NoError(t, err)
	upload := func() int {
		request, err := http.NewRequestWithContext(t.Context(), signed.Method, signed.URL, bytes.NewReader([]byte("x")))
		require.NoError(t, err)
		response, err := server.Client().Do(request)
		require.NoError(t, err)
		defer func() { _ = response.Body.Close() }()
		return response.StatusCode
	}
	assert.Equal(t, http.StatusOK, upload())
	now = now.Add(2 * time.Minute)
	assert.Equal(t, http.StatusForbidden, upload())
}

func TestETagsAreOpaqueAndNotThoseOfReplicas(t *testing.T) {
	r := newRegions(t, 0)
	r.pair(t)
	first, err := r.put(t, west, westBucket, "k", "same")
	require.NoError(t, err)
	second, err := r.put(t, west, westBucket, "k", "same")
	require.NoError(t, err)
	assert.NotEqual(t, *first.ETag, *second.ETag, "it is no digest of the content")
	here, _ := r.west.Current(westBucket, "k")
	assert.Equal(t, *second.ETag, `"`+here.ETag()+`"`)
	var there objectstore.Version
	require.Eventually(t, func() bool {
		there, _ = r.central.Current(centralBucket, "k")
		return there.ID == *second.VersionId
	}, time.Second, time.Millisecond)
	assert.NotEqual(t, here.ETag(), there.ETag())
}

func TestBucketNamesAreUniqueAmongRegions(t *testing.T) {
	require.ErrorContains(t, newRegions(t, 0).central.CreateBucket(westBucket, true), "exists in eu-west-1")
}

func TestCountIgnoresDeletedObjectsAndThatOfTheGuard(t *testing.T) {
	r := newRegions(t, 0)
	for _, key := range []string{"a", "b", contract.MarkerKey} {
		_, err := r.put(t, west, westBucket, key, "x")
		require.NoError(t, err)
	}
	_, err := r.clients[west].DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: aws.String(westBucket), Key: aws.String("a")})
	require.NoError(t, err)
	assert.Equal(t, 1, r.west.Count(westBucket))
}

func BenchmarkPutAndGet1KiB(b *testing.B) {
	r, body := newRegions(b, 0), strings.Repeat("x", 1024)
	for b.Loop() {
		if _, err := r.put(b, west, westBucket, "k", body); err != nil {
			b.Fatal(err)
		}
		if _, err := r.get(b, west, westBucket, "k"); err != nil {
			b.Fatal(err)
		}
	}
}
