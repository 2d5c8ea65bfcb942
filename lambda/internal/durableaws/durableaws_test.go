package durableaws_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/internal/localcloud/objectstore"
	"github.com/regionpair/regionpair/internal/localcloud/signature"
	"github.com/regionpair/regionpair/internal/localcloud/tablestore"
	"github.com/regionpair/regionpair/lambda/internal/durable"
	"github.com/regionpair/regionpair/lambda/internal/durableaws"
)

const (
	west    = "eu-west-1"
	central = "eu-central-1"
)

// newTable returns the index over an engine that speaks DynamoDB's protocol. A
// middleware may come in between.
func newTable(t *testing.T, middleware func(http.Handler) http.Handler) durableaws.Table {
	t.Helper()
	world := tablestore.New(tablestore.Options{Dirs: []string{"../../.."}})
	t.Cleanup(world.Close)
	attribute := func(name string) any { return map[string]any{"AttributeName": name, "AttributeType": "S"} }
	key := func(name, kind string) any { return map[string]any{"AttributeName": name, "KeyType": kind} }
	require.NoError(t, world.Create(t.Context(), tablestore.Table{
		Name: "index", Strong: true, Regions: []string{west, central},
		KeySchema:            []any{key(contract.IndexPartition, "HASH"), key(contract.IndexKey, "RANGE")},
		AttributeDefinitions: []any{attribute(contract.IndexPartition), attribute(contract.IndexKey), attribute(contract.IndexMissing)},
		GlobalSecondaryIndexes: []any{map[string]any{
			"IndexName": contract.IndexMissing, "KeySchema": []any{key(contract.IndexMissing, "HASH")}, "Projection": map[string]any{"ProjectionType": "KEYS_ONLY"},
		}},
	}))
	server := httptest.NewServer(middleware(world.Region(west).Handler()))
	t.Cleanup(server.Close)
	return durableaws.Table{Name: "index", Client: dynamodb.New(dynamodb.Options{
		Region: west, BaseEndpoint: &server.URL, Credentials: credentials.NewStaticCredentialsProvider("id", "secret", ""),
	})}
}

func direct(h http.Handler) http.Handler { return h }

func newBucket(t *testing.T) durableaws.Bucket {
	t.Helper()
	store := objectstore.NewWorld().NewStore(west, time.Now)
	require.NoError(t, store.CreateBucket("objects", true))
	server := httptest.NewServer(store.Handler())
	t.Cleanup(server.Close)
	return durableaws.Bucket{Name: "objects", Client: s3.New(s3.Options{
		Region: west, BaseEndpoint: &server.URL, UsePathStyle: true, RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider(signature.AccessKeyID, signature.SecretAccessKey, signature.SessionToken),
	})}
}

func TestAnEntryComesBackAsItWasStored(t *testing.T) {
	table := newTable(t, direct)
	entry := durable.Entry{
		Key: "a/ü", State: "s2", Missing: central, Recent: []string{"s1", "s0"}, Size: 7, Writer: west,
		Modified: time.Date(2026, 11, 29, 1, 2, 3, 4_000_000, time.UTC),
	}
	require.NoError(t, table.Put(t.Context(), entry, ""))
	got, err := table.Get(t.Context(), entry.Key)
	require.NoError(t, err)
	assert.Equal(t, &entry, got)
	none, err := table.Get(t.Context(), "other")
	require.NoError(t, err)
	assert.Nil(t, none)

	require.ErrorIs(t, table.Put(t.Context(), entry, ""), durable.ErrChanged)
	require.ErrorIs(t, table.Put(t.Context(), entry, "s1"), durable.ErrChanged)
	deleted := durable.Entry{Key: entry.Key, State: "s3", Deleted: true, Modified: entry.Modified, Writer: west}
	require.NoError(t, table.Put(t.Context(), deleted, "s2"))
	got, err = table.Get(t.Context(), entry.Key)
	require.NoError(t, err)
	assert.Equal(t, &deleted, got)

	require.ErrorIs(t, table.Remove(t.Context(), entry.Key, "s2"), durable.ErrChanged)
	require.NoError(t, table.Remove(t.Context(), entry.Key, "s3"))
	got, err = table.Get(t.Context(), entry.Key)
	require.NoError(t, err)
	assert.Nil(t, got)
}

func TestWhatIsMissingIsFound(t *testing.T) {
	table := newTable(t, direct)
	for i := range 5 {
		e := durable.Entry{Key: fmt.Sprint("k", i), State: "s", Modified: time.Unix(0, 0), Writer: west}
		if i > 1 {
			e.Missing = central
		}
		require.NoError(t, table.Put(t.Context(), e, ""))
	}
	keys, err := table.Missing(t.Context(), central, 100)
	require.NoError(t, err)
	assert.ElementsMatch(t, []string{"k2", "k3", "k4"}, keys)
	few, err := table.Missing(t.Context(), central, 2)
	require.NoError(t, err)
	assert.Len(t, few, 2)
	none, err := table.Missing(t.Context(), west, 2)
	require.NoError(t, err)
	assert.Empty(t, none)
	total := 0
	for partition := range durable.Partitions {
		entries, err := table.All(t.Context(), partition)
		require.NoError(t, err)
		for _, e := range entries {
			assert.Equal(t, partition, durable.PartitionOf(e.Key))
		}
		total += len(entries)
	}
	assert.Equal(t, 5, total)
}

// A write is sent once, and what may have been written is told from what was not.
func TestAWriteIsNeverRepeatedByItself(t *testing.T) {
	var writes atomic.Int32
	answer := func(status int, body string) durableaws.Table {
		writes.Store(0)
		return newTable(t, func(h http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("X-Amz-Target") != "DynamoDB_20120810.PutItem" {
					h.ServeHTTP(w, r)
					return
				}
				writes.Add(1)
				w.WriteHeader(status)
				_, _ = io.WriteString(w, body)
			})
		})
	}
	for _, test := range []struct {
		status  int
		code    string
		refused bool
	}{
		{500, "InternalServerError", false},
		{503, "ServiceUnavailable", false},
		{400, "ReplicatedWriteConflictException", true},
		{400, "ThrottlingException", true},
	} {
		table := answer(test.status, `{"__type":"com.amazonaws.dynamodb.v20120810#`+test.code+`","message":"m"}`)
		err := table.Put(t.Context(), durable.Entry{Key: "k", State: "s"}, "")
		require.Error(t, err, test.code)
		assert.Equal(t, test.refused, errors.Is(err, durable.ErrRefused), test.code)
		assert.EqualValues(t, 1, writes.Load(), test.code)
	}
}

func TestABlobIsStoredOnce(t *testing.T) {
	bucket := newBucket(t)
	name := durableaws.BlobName("k", "s")
	put := func(text string) error {
		return bucket.Put(t.Context(), s3.PutObjectInput{Key: &name, Body: bytes.NewReader([]byte(text)), IfMatch: aws.String(`"client's"`)})
	}
	require.NoError(t, put("first"))
	require.NoError(t, put("second"), "a bucket that has it is as good")
	output, err := bucket.Get(t.Context(), s3.GetObjectInput{Key: &name})
	require.NoError(t, err)
	text, err := io.ReadAll(output.Body)
	require.NoError(t, err)
	assert.Equal(t, "first", string(text))

	blobs, err := bucket.Blobs(t.Context(), durable.PartitionOf("k"))
	require.NoError(t, err)
	require.Contains(t, blobs, "s")
	assert.WithinDuration(t, time.Now(), blobs["s"], 5*time.Second)
	require.NoError(t, bucket.Delete(t.Context(), durable.PartitionOf("k"), "s"))
	_, err = bucket.Get(t.Context(), s3.GetObjectInput{Key: &name})
	require.ErrorIs(t, err, durable.ErrBlobMissing)
	_, err = bucket.Head(t.Context(), name)
	require.ErrorIs(t, err, durable.ErrBlobMissing)

	nowhere := durableaws.Bucket{Client: bucket.Client, Name: "other"}
	_, err = nowhere.Get(context.Background(), s3.GetObjectInput{Key: &name})
	require.NotErrorIs(t, err, durable.ErrBlobMissing)
}
