package main

import (
	"bytes"
	"context"
	"fmt"
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

// newFunction repairs the central Region.
func newFunction(world *durabletest.World, out *bytes.Buffer) *function {
	return &function{
		table:  durableaws.Table{Client: world.DynamoDB[durabletest.Central], Name: durabletest.Index},
		own:    durableaws.Bucket{Client: world.S3[durabletest.Central], Name: durabletest.BucketOf(durabletest.Central)},
		other:  durableaws.Bucket{Client: world.S3[durabletest.West], Name: durabletest.BucketOf(durabletest.West)},
		region: durabletest.Central, peer: durabletest.West, metrics: metric.NewCounter(out, "repair"), now: time.Now,
	}
}

// single stores an object that only the western Region has.
func single(t *testing.T, f *function, key string) {
	t.Helper()
	name := durableaws.BlobName(key, "s-"+key)
	require.NoError(t, f.other.Put(t.Context(), s3.PutObjectInput{Key: &name, Body: bytes.NewReader([]byte(key))}))
	require.NoError(t, f.table.Put(t.Context(), durable.Entry{Key: key, State: "s-" + key, Missing: f.region, Modified: time.Now()}, ""))
}

func TestWhatIsMissingIsFetched(t *testing.T) {
	var out bytes.Buffer
	world := durabletest.New(t, "../..")
	f := newFunction(world, &out)
	for i := range 30 {
		single(t, f, fmt.Sprint("k", i))
	}
	require.NoError(t, f.table.Put(t.Context(), durable.Entry{Key: "theirs", State: "x", Missing: f.peer, Modified: time.Now()}, ""))
	require.NoError(t, f.handle(t.Context()))
	for i := range 30 {
		key := fmt.Sprint("k", i)
		_, err := f.own.Head(t.Context(), durableaws.BlobName(key, "s-"+key))
		require.NoError(t, err, key)
		entry, err := f.table.Get(t.Context(), key)
		require.NoError(t, err)
		assert.Empty(t, entry.Missing)
	}
	assert.Contains(t, out.String(), `"SingleRegionObjects":1`, "what the peer lacks counts as well")
}

// A peer that is away, or a content that nobody has, keeps nothing else from being
// fetched, and the next run tries again.
func TestWhatCannotBeFetchedWaits(t *testing.T) {
	var out bytes.Buffer
	world := durabletest.New(t, "../..")
	f := newFunction(world, &out)
	single(t, f, "k")
	require.NoError(t, f.table.Put(t.Context(), durable.Entry{Key: "lost", State: "x", Missing: f.region, Modified: time.Now()}, ""))
	world.Buckets[durabletest.West].Answer(503)
	require.NoError(t, f.handle(t.Context()))
	assert.Contains(t, out.String(), `"SingleRegionObjects":2`)
	world.Buckets[durabletest.West].Answer(0)
	out.Reset()
	require.NoError(t, f.handle(t.Context()))
	assert.Contains(t, out.String(), `"SingleRegionObjects":1`)
}

// More contents than are looked up together are in no Region.
func TestWhatIsLostKeepsNothingElseFromBeingFetched(t *testing.T) {
	var out bytes.Buffer
	f := newFunction(durabletest.New(t, "../.."), &out)
	for i := range atOnce + 50 {
		key := fmt.Sprint("k", i)
		require.NoError(t, f.table.Put(t.Context(), durable.Entry{Key: key, State: "s-" + key, Missing: f.region, Modified: time.Now()}, ""))
	}
	_, last, err := f.table.Missing(t.Context(), f.region, "", atOnce)
	require.NoError(t, err)
	behind, _, err := f.table.Missing(t.Context(), f.region, last, atOnce)
	require.NoError(t, err)
	require.Len(t, behind, 50)
	for _, key := range behind {
		name := durableaws.BlobName(key, "s-"+key)
		require.NoError(t, f.other.Put(t.Context(), s3.PutObjectInput{Key: &name, Body: bytes.NewReader([]byte(key))}))
	}
	require.NoError(t, f.handle(t.Context()))
	assert.Contains(t, out.String(), fmt.Sprintf(`"SingleRegionObjects":%d`, atOnce))
}

func TestARunWithoutTheIndexFails(t *testing.T) {
	var out bytes.Buffer
	world := durabletest.New(t, "../..")
	world.Tables[durabletest.Central].Answer(500)
	require.Error(t, newFunction(world, &out).handle(t.Context()))
	assert.Empty(t, out.String(), "silence is alarmed on, a wrong number is not")
}

func TestARunLeavesTimeToEnd(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), reserve/2)
	defer cancel()
	assert.False(t, (&function{}).hasTime(ctx))
	assert.True(t, (&function{}).hasTime(t.Context()))

	hanging, end := context.WithTimeout(t.Context(), countTime/2)
	defer end()
	repairing, end := leaveTimeToCount(hanging)
	defer end()
	require.ErrorIs(t, repairing.Err(), context.DeadlineExceeded)
	assert.NoError(t, hanging.Err(), "the count has time")
}
