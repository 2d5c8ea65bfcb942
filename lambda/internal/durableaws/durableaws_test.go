package durableaws_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/internal/localcloud/durabletest"
	"github.com/regionpair/regionpair/lambda/internal/durable"
	"github.com/regionpair/regionpair/lambda/internal/durableaws"
)

const (
	west    = durabletest.West
	central = durabletest.Central
)

func newWorld(t *testing.T) *durabletest.World {
	t.Helper()
	return durabletest.New(t, "../../..")
}

func newTable(t *testing.T) durableaws.Table {
	t.Helper()
	return durableaws.Table{Client: newWorld(t).DynamoDB[west], Name: durabletest.Index}
}

func TestAnEntryComesBackAsItWasStored(t *testing.T) {
	table := newTable(t)
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
	table := newTable(t)
	for i := range 5 {
		e := durable.Entry{Key: fmt.Sprint("k", i), State: "s", Modified: time.Unix(0, 0), Writer: west}
		if i > 1 {
			e.Missing = central
		}
		require.NoError(t, table.Put(t.Context(), e, ""))
	}
	keys, next, err := table.Missing(t.Context(), central, "", 100)
	require.NoError(t, err)
	assert.ElementsMatch(t, []string{"k2", "k3", "k4"}, keys)
	assert.Empty(t, next)
	count, err := table.Count(t.Context(), central)
	require.NoError(t, err)
	assert.Equal(t, 3, count)
	few, next, err := table.Missing(t.Context(), central, "", 2)
	require.NoError(t, err)
	assert.Len(t, few, 2)
	// What was found there need not be there any more.
	require.NoError(t, table.Remove(t.Context(), next, "s"))
	others, next, err := table.Missing(t.Context(), central, next, 2)
	require.NoError(t, err)
	assert.ElementsMatch(t, keys, append(few, others...))
	assert.Empty(t, next)
	require.NoError(t, table.Put(t.Context(), durable.Entry{Key: few[1], State: "s", Modified: time.Unix(0, 0), Writer: west, Missing: central}, ""))
	none, _, err := table.Missing(t.Context(), west, "", 2)
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
		writes := 0
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			writes++
			w.WriteHeader(test.status)
			_, _ = io.WriteString(w, `{"__type":"com.amazonaws.dynamodb.v20120810#`+test.code+`","message":"m"}`)
		}))
		table := durableaws.Table{Name: "index", Client: dynamodb.New(dynamodb.Options{
			Region: west, BaseEndpoint: &server.URL, Credentials: credentials.NewStaticCredentialsProvider("id", "secret", ""),
		})}
		err := table.Put(t.Context(), durable.Entry{Key: "k", State: "s"}, "")
		server.Close()
		require.Error(t, err, test.code)
		assert.Equal(t, test.refused, errors.Is(err, durable.ErrRefused), test.code)
		assert.Equal(t, 1, writes, test.code)
	}
}

func TestABlobIsStoredOnce(t *testing.T) {
	bucket := durableaws.Bucket{Client: newWorld(t).S3[west], Name: durabletest.BucketOf(west)}
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

func TestACopyHasEverything(t *testing.T) {
	world := newWorld(t)
	from := durableaws.Bucket{Client: world.S3[west], Name: durabletest.BucketOf(west)}
	to := durableaws.Bucket{Client: world.S3[central], Name: durabletest.BucketOf(central)}
	name := durableaws.BlobName("k", "s")
	require.ErrorIs(t, to.CopyFrom(t.Context(), from, name), durable.ErrBlobMissing)
	require.NoError(t, from.Put(t.Context(), s3.PutObjectInput{
		Key: &name, Body: bytes.NewReader(bytes.Repeat([]byte("x"), 1<<20)), ContentType: aws.String("text/x"), Metadata: map[string]string{"owner": "ops"},
	}))
	require.NoError(t, to.CopyFrom(t.Context(), from, name))
	require.NoError(t, to.CopyFrom(t.Context(), from, name), "again")
	copied, err := to.Head(t.Context(), name)
	require.NoError(t, err)
	assert.EqualValues(t, 1<<20, *copied.ContentLength)
	assert.Equal(t, "text/x", *copied.ContentType)
	assert.Equal(t, "ops", copied.Metadata["owner"])
}
