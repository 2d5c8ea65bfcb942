package main

import (
	"bytes"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/internal/localcloud/durabletest"
	"github.com/regionpair/regionpair/lambda/internal/durable"
	"github.com/regionpair/regionpair/lambda/internal/durableaws"
	"github.com/regionpair/regionpair/lambda/internal/metric"
)

func TestACollectionOfAllPartitions(t *testing.T) {
	world := durabletest.New(t, "../..")
	table := durableaws.Table{Client: world.DynamoDB[durabletest.West], Name: durabletest.Index}
	bucket := durableaws.Bucket{Client: world.S3[durabletest.West], Name: durabletest.BucketOf(durabletest.West)}
	store := func(key, state string) {
		name := durableaws.BlobName(key, state)
		require.NoError(t, bucket.Put(t.Context(), s3.PutObjectInput{Key: &name, Body: bytes.NewReader([]byte(key))}))
	}
	enter := func(entry durable.Entry) {
		require.NoError(t, table.Put(t.Context(), entry, ""))
	}
	old := time.Now().Add(-time.Hour)
	store("kept", "1")
	enter(durable.Entry{Key: "kept", State: "1", Modified: old, Recent: []string{"0"}})
	store("kept", "0")
	store("never", "n")
	enter(durable.Entry{Key: "gone", State: "2", Deleted: true, Modified: old})
	enter(durable.Entry{Key: "lacking", State: "1", Modified: old, Recent: []string{"0"}})
	enter(durable.Entry{Key: "lost", State: "1", Missing: durabletest.Central, Modified: old})
	enter(durable.Entry{Key: "expected", State: "1", Missing: durabletest.West, Modified: old})

	var out bytes.Buffer
	f := &function{metrics: metric.NewCounter(&out, "collector"), keeper: &durable.Keeper{Shelf: table, Bucket: bucket, Here: durabletest.West, Grace: time.Hour - time.Minute}}
	require.NoError(t, f.handle(t.Context(), event{All: true}))
	blobs := func(key string) []string {
		found, err := bucket.Blobs(t.Context(), durable.PartitionOf(key))
		require.NoError(t, err)
		names := []string{}
		for name := range found {
			names = append(names, name)
		}
		return names
	}
	assert.Subset(t, blobs("kept"), []string{"0", "1"}, "what is young stays")
	gone, err := table.Get(t.Context(), "gone")
	require.NoError(t, err)
	assert.Nil(t, gone)
	lacking, err := table.Get(t.Context(), "lacking")
	require.NoError(t, err)
	assert.Equal(t, durabletest.West, lacking.Missing)
	assert.Equal(t, []string{"0"}, lacking.Recent)
	assert.Contains(t, out.String(), `"LostObjects":1`)

	// The listing has whole seconds.
	f.keeper.Grace = -time.Minute
	require.NoError(t, f.handle(t.Context(), event{All: true}))
	assert.Contains(t, blobs("kept"), "1")
	assert.NotContains(t, blobs("kept"), "0")
	assert.NotContains(t, blobs("never"), "n")
}

// Each hour has its partition, so that every one has its turn within a day.
func TestEachHourHasItsPartition(t *testing.T) {
	world := durabletest.New(t, "../..")
	table := durableaws.Table{Client: world.DynamoDB[durabletest.West], Name: durabletest.Index}
	bucket := durableaws.Bucket{Client: world.S3[durabletest.West], Name: durabletest.BucketOf(durabletest.West)}
	require.NoError(t, table.Put(t.Context(), durable.Entry{Key: "k", State: "1", Missing: durabletest.Central, Modified: time.Now()}, ""))
	lost := 0
	for hour := range 8 {
		var out bytes.Buffer
		f := &function{metrics: metric.NewCounter(&out, "collector"), keeper: &durable.Keeper{Shelf: table, Bucket: bucket, Here: durabletest.West, Grace: time.Hour}}
		require.NoError(t, f.handle(t.Context(), event{Time: time.Date(2026, 11, 29, hour, 0, 0, 0, time.UTC)}))
		if bytes.Contains(out.Bytes(), []byte(`"LostObjects":1`)) {
			lost++
		}
	}
	assert.Equal(t, 1, lost)
	world.Buckets[durabletest.West].Answer(503)
	var out bytes.Buffer
	f := &function{metrics: metric.NewCounter(&out, "collector"), keeper: &durable.Keeper{Shelf: table, Bucket: bucket, Here: durabletest.West, Grace: time.Hour}}
	require.ErrorContains(t, f.handle(t.Context(), event{All: true}), "partition 7")
}
