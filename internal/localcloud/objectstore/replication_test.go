package objectstore_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/internal/localcloud/objectstore"
)

func TestReplicationConfigurationIsJudgedAsS3Does(t *testing.T) {
	r := newRegions(t, 0)
	require.NoError(t, r.west.CreateBucket("plain", false))
	for name, test := range map[string]struct {
		from, to string
		change   func(*types.ReplicationRule)
		want     string
	}{
		"destination missing":      {westBucket, "nowhere", nil, "Destination bucket must exist."},
		"destination unversioned":  {westBucket, "plain", nil, "Destination bucket must have versioning enabled."},
		"source unversioned":       {"plain", centralBucket, nil, "Versioning must be 'Enabled'"},
		"no delete marker setting": {westBucket, centralBucket, func(r *types.ReplicationRule) { r.DeleteMarkerReplication = nil }, "needs Priority and DeleteMarkerReplication"},
		"time without metrics":     {westBucket, centralBucket, func(r *types.ReplicationRule) { r.Destination.Metrics = nil }, "needs Metrics"},
		"time of 30 minutes":       {westBucket, centralBucket, func(r *types.ReplicationRule) { r.Destination.ReplicationTime.Time.Minutes = aws.Int32(30) }, "15 minutes"},
		"no key":                   {westBucket, centralBucket, func(r *types.ReplicationRule) { r.Destination.EncryptionConfiguration = nil }, "EncryptionConfiguration"},
	} {
		t.Run(name, func(t *testing.T) {
			changes := []func(*types.ReplicationRule){}
			if test.change != nil {
				changes = append(changes, test.change)
			}
			err := r.replicate(t, west, test.from, test.to, changes...)
			mustFail(t, err, "InvalidRequest")
			require.ErrorContains(t, err, test.want)
		})
	}
	client := r.clients[west]
	_, err := client.GetBucketReplication(t.Context(), &s3.GetBucketReplicationInput{Bucket: aws.String(westBucket)})
	mustFail(t, err, "ReplicationConfigurationNotFoundError")
	require.NoError(t, r.replicate(t, west, westBucket, centralBucket))
	got, err := client.GetBucketReplication(t.Context(), &s3.GetBucketReplicationInput{Bucket: aws.String(westBucket)})
	require.NoError(t, err)
	assert.Equal(t, "regionpair", *got.ReplicationConfiguration.Rules[0].ID)
	_, err = client.DeleteBucketReplication(t.Context(), &s3.DeleteBucketReplicationInput{Bucket: aws.String(westBucket)})
	require.NoError(t, err)
	_, err = client.GetBucketReplication(t.Context(), &s3.GetBucketReplicationInput{Bucket: aws.String(westBucket)})
	mustFail(t, err, "ReplicationConfigurationNotFoundError")
}

func eventually(t *testing.T, r *regions, region, bucket, key, want string) {
	t.Helper()
	require.Eventually(t, func() bool {
		got, err := r.get(t, region, bucket, key)
		if want == "" {
			return err != nil
		}
		return err == nil && got == want
	}, 5*time.Second, 5*time.Millisecond)
}

func TestWritesAndDeletionsReachTheOtherRegionOnce(t *testing.T) {
	r := newRegions(t, 20*time.Millisecond)
	_, err := r.put(t, west, westBucket, "before", "x")
	require.NoError(t, err)
	r.pair(t)
	_, err = r.put(t, west, westBucket, "k", "1", func(i *s3.PutObjectInput) { i.Metadata = map[string]string{"owner": "ops"} })
	require.NoError(t, err)
	eventually(t, r, central, centralBucket, "k", "1")
	head, err := r.clients[central].HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: aws.String(centralBucket), Key: aws.String("k")})
	require.NoError(t, err)
	assert.Equal(t, types.ReplicationStatusReplica, head.ReplicationStatus)
	assert.Equal(t, "ops", head.Metadata["owner"])
	_, err = r.clients[central].DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: aws.String(centralBucket), Key: aws.String("k")})
	require.NoError(t, err)
	eventually(t, r, west, westBucket, "k", "")
	time.Sleep(60 * time.Millisecond)
	assert.Equal(t, 2, r.copier.Copied(), "replicas are not copied back")
	_, err = r.get(t, central, centralBucket, "before")
	mustFail(t, err, "NoSuchKey")
}

func TestALostRegionsWritesWaitAndArriveInOrder(t *testing.T) {
	r := newRegions(t, 0)
	r.pair(t)
	r.copier.Pause(west)
	for i := range 10 {
		_, err := r.put(t, west, westBucket, "k", fmt.Sprint(i))
		require.NoError(t, err)
	}
	_, err := r.put(t, central, centralBucket, "c", "from central")
	require.NoError(t, err)
	time.Sleep(30 * time.Millisecond)
	assert.Equal(t, 10, r.copier.Pending(west).Count)
	assert.Equal(t, 1, r.copier.Pending(central).Count, "nothing is copied to a lost Region")
	assert.Positive(t, r.copier.Pending(west).Oldest)
	_, exists := r.central.Current(centralBucket, "k")
	assert.False(t, exists)
	r.copier.Resume(west)
	eventually(t, r, central, centralBucket, "k", "9")
	eventually(t, r, west, westBucket, "c", "from central")
	assert.Zero(t, r.copier.Pending(west).Count)
}

func TestTheLaterWriteWinsOnBothSides(t *testing.T) {
	r := newRegions(t, 0)
	r.pair(t)
	r.copier.Pause(west)
	_, err := r.put(t, west, westBucket, "k", "earlier, in the lost Region")
	require.NoError(t, err)
	time.Sleep(2 * time.Millisecond)
	_, err = r.put(t, central, centralBucket, "k", "later")
	require.NoError(t, err)
	r.copier.Resume(west)
	eventually(t, r, west, westBucket, "k", "later")
	eventually(t, r, central, centralBucket, "k", "later")
	v, _ := r.west.Current(westBucket, "k")
	assert.Equal(t, central, v.Origin)
	assert.True(t, v.Replica)
}

func TestARuleWithoutKMSReplicatesNothing(t *testing.T) {
	r := newRegions(t, 0)
	require.NoError(t, r.replicate(t, west, westBucket, centralBucket, func(rule *types.ReplicationRule) { rule.SourceSelectionCriteria = nil }))
	_, err := r.put(t, west, westBucket, "k", "1")
	require.NoError(t, err)
	time.Sleep(20 * time.Millisecond)
	_, exists := r.central.Current(centralBucket, "k")
	assert.False(t, exists)
	assert.Equal(t, 1, r.copier.Failed())
	assert.Equal(t, types.ReplicationStatusFailed, status(t, r, west, westBucket, "k"))
}

func status(t *testing.T, r *regions, region, bucket, key string) types.ReplicationStatus {
	t.Helper()
	head, err := r.clients[region].HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: &bucket, Key: &key})
	require.NoError(t, err)
	return head.ReplicationStatus
}

func TestTheReplicationStatusOfBothSides(t *testing.T) {
	r := newRegions(t, 0)
	r.pair(t)
	r.copier.Pause(central)
	_, err := r.put(t, west, westBucket, "k", "1")
	require.NoError(t, err)
	assert.Equal(t, types.ReplicationStatusPending, status(t, r, west, westBucket, "k"))
	r.copier.Resume(central)
	eventually(t, r, central, centralBucket, "k", "1")
	require.Eventually(t, func() bool { return status(t, r, west, westBucket, "k") == "COMPLETED" }, 5*time.Second, time.Millisecond)
	assert.Equal(t, types.ReplicationStatusReplica, status(t, r, central, centralBucket, "k"))
	head, err := r.clients[central].HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: aws.String(centralBucket), Key: aws.String("k")})
	require.NoError(t, err)
	assert.Equal(t, "arn:aws:kms:x", *head.SSEKMSKeyId, "a replica is encrypted with the key of the rule")
	head, err = r.clients[west].HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: aws.String(westBucket), Key: aws.String("k")})
	require.NoError(t, err)
	assert.Empty(t, head.ServerSideEncryption, "and its source is left as it was")
	written, _ := r.west.ArrivedAt(westBucket, "k")
	copied, arrived := r.central.ArrivedAt(centralBucket, "k")
	assert.True(t, arrived)
	assert.True(t, copied.After(written))
	_, arrived = r.central.ArrivedAt(centralBucket, "none")
	assert.False(t, arrived)
	_, arrived = r.central.ArrivedAt("none", "k")
	assert.False(t, arrived)
}

func TestRulesWithoutAFilterCoverTheBucketAndNoDeleteMarkers(t *testing.T) {
	r := newRegions(t, 0)
	require.NoError(t, r.replicate(t, west, westBucket, centralBucket, func(rule *types.ReplicationRule) {
		rule.Filter, rule.DeleteMarkerReplication, rule.Priority = nil, nil, nil
	}))
	for _, key := range []string{"b", "a/k"} {
		_, err := r.put(t, west, westBucket, key, "1")
		require.NoError(t, err)
	}
	eventually(t, r, central, centralBucket, "a/k", "1")
	assert.Equal(t, 2, r.copier.Copied())
	_, err := r.clients[west].DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: aws.String(westBucket), Key: aws.String("a/k")})
	require.NoError(t, err)
	assert.Zero(t, r.copier.Pending(west).Count)
	_, kept := r.central.Current(centralBucket, "a/k")
	assert.True(t, kept)
}

func TestWritesToAReplicaGoBack(t *testing.T) {
	r := newRegions(t, 0)
	r.pair(t)
	_, err := r.put(t, west, westBucket, "k", "1")
	require.NoError(t, err)
	eventually(t, r, central, centralBucket, "k", "1")
	head, err := r.clients[central].HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: aws.String(centralBucket), Key: aws.String("k")})
	require.NoError(t, err)
	_, err = r.put(t, central, centralBucket, "k", "2", func(i *s3.PutObjectInput) { i.IfMatch = head.ETag })
	require.NoError(t, err)
	eventually(t, r, west, westBucket, "k", "2")
	_, err = r.clients[central].CopyObject(t.Context(), &s3.CopyObjectInput{Bucket: aws.String(centralBucket), Key: aws.String("copy"), CopySource: aws.String(centralBucket + "/k")})
	require.NoError(t, err)
	assert.NotEqual(t, types.ReplicationStatusReplica, status(t, r, central, centralBucket, "copy"), "a copy of a replica is none")
}

func TestRulesApplyByPrefixAndPriority(t *testing.T) {
	r := newRegions(t, 0)
	rule := func(id, prefix string, priority int32, markers types.DeleteMarkerReplicationStatus) types.ReplicationRule {
		return types.ReplicationRule{
			ID: &id, Status: types.ReplicationRuleStatusEnabled, Priority: &priority, Filter: &types.ReplicationRuleFilter{Prefix: &prefix},
			DeleteMarkerReplication: &types.DeleteMarkerReplication{Status: markers},
			SourceSelectionCriteria: &types.SourceSelectionCriteria{SseKmsEncryptedObjects: &types.SseKmsEncryptedObjects{Status: types.SseKmsEncryptedObjectsStatusEnabled}},
			Destination:             &types.Destination{Bucket: aws.String("arn:aws:s3:::" + centralBucket), EncryptionConfiguration: &types.EncryptionConfiguration{ReplicaKmsKeyID: &id}},
		}
	}
	tagged := rule("tagged", "", 9, types.DeleteMarkerReplicationStatusDisabled)
	tagged.Filter = &types.ReplicationRuleFilter{Tag: &types.Tag{Key: aws.String("a"), Value: aws.String("b")}}
	disabled := rule("disabled", "", 8, types.DeleteMarkerReplicationStatusDisabled)
	disabled.Status = types.ReplicationRuleStatusDisabled
	_, err := r.clients[west].PutBucketReplication(t.Context(), &s3.PutBucketReplicationInput{Bucket: aws.String(westBucket), ReplicationConfiguration: &types.ReplicationConfiguration{
		Role: aws.String("arn:aws:iam::111122223333:role/r"), Rules: []types.ReplicationRule{
			rule("low", "a/", 1, types.DeleteMarkerReplicationStatusEnabled), rule("high", "a/keep/", 2, types.DeleteMarkerReplicationStatusDisabled), tagged, disabled,
		},
	}})
	require.NoError(t, err)
	for _, key := range []string{"a/k", "a/keep/k", "b"} {
		_, err := r.put(t, west, westBucket, key, "1")
		require.NoError(t, err)
	}
	eventually(t, r, central, centralBucket, "a/keep/k", "1")
	for key, want := range map[string]string{"a/k": "low", "a/keep/k": "high"} {
		head, err := r.clients[central].HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: aws.String(centralBucket), Key: &key})
		require.NoError(t, err)
		assert.Equal(t, want, *head.SSEKMSKeyId, key)
	}
	assert.Equal(t, 2, r.copier.Copied(), "each object once, and b not at all")
	for _, key := range []string{"a/keep/k", "a/k"} {
		_, err := r.clients[west].DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: aws.String(westBucket), Key: &key})
		require.NoError(t, err)
	}
	eventually(t, r, central, centralBucket, "a/k", "")
	_, kept := r.central.Current(centralBucket, "a/keep/k")
	assert.True(t, kept, "the rule with the higher priority does not replicate delete markers")
}

func TestDuplicatePrioritiesAndBrokenConfigurationsAreRefused(t *testing.T) {
	r := newRegions(t, 0)
	rule := types.ReplicationRule{ID: aws.String("a"), Status: types.ReplicationRuleStatusEnabled, Priority: aws.Int32(1), Filter: &types.ReplicationRuleFilter{},
		DeleteMarkerReplication: &types.DeleteMarkerReplication{Status: types.DeleteMarkerReplicationStatusEnabled},
		Destination:             &types.Destination{Bucket: aws.String("arn:aws:s3:::" + centralBucket)}}
	for name, test := range map[string]struct {
		configuration types.ReplicationConfiguration
		want          string
	}{
		"same priority": {types.ReplicationConfiguration{Role: aws.String("arn:aws:iam::1:role/r"), Rules: []types.ReplicationRule{rule, rule}}, "duplicate priority 1"},
		"no role":       {types.ReplicationConfiguration{Role: aws.String("r"), Rules: []types.ReplicationRule{rule}}, "must be an ARN"},
		"no rule":       {types.ReplicationConfiguration{Role: aws.String("arn:aws:iam::1:role/r"), Rules: []types.ReplicationRule{}}, "needs a rule"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := r.clients[west].PutBucketReplication(t.Context(), &s3.PutBucketReplicationInput{Bucket: aws.String(westBucket), ReplicationConfiguration: &test.configuration})
			mustFail(t, err, "InvalidRequest")
			require.ErrorContains(t, err, test.want)
		})
	}
}

func TestRegionsThatAreAddedLaterAreReplicatedToo(t *testing.T) {
	world := objectstore.NewWorld(objectstore.ByCreation)
	copier := objectstore.NewCopier(world, func() time.Duration { return 0 })
	r := regionsOf(t, world, copier, time.Now)
	r.pair(t)
	_, err := r.put(t, west, westBucket, "k", "1")
	require.NoError(t, err)
	eventually(t, r, central, centralBucket, "k", "1")
	assert.Zero(t, copier.Pending("us-east-1"))
	copier.Close()
	copier.Close()
	_, err = r.put(t, west, westBucket, "k", "after the end")
	require.NoError(t, err)
	assert.Zero(t, copier.Pending(west).Count)
}

func TestWritesAtTheSameInstantEndEqualOnBothSides(t *testing.T) {
	world := objectstore.NewWorld(objectstore.ByCreation)
	now := time.Now()
	r := regionsOf(t, world, objectstore.NewCopier(world, func() time.Duration { return 0 }), func() time.Time { return now })
	t.Cleanup(r.copier.Close)
	r.pair(t)
	for i := range 20 {
		key := fmt.Sprint(i)
		r.copier.Pause(west)
		_, err := r.put(t, west, westBucket, key, "west")
		require.NoError(t, err)
		_, err = r.put(t, central, centralBucket, key, "central")
		require.NoError(t, err)
		r.copier.Resume(west)
		r.drain(t)
		a, _ := r.west.Current(westBucket, key)
		b, _ := r.central.Current(centralBucket, key)
		assert.Equal(t, a.ID, b.ID)
	}
}

func TestAnAcknowledgedWriteIsCurrentAlsoWhenTheClockGoesBack(t *testing.T) {
	world := objectstore.NewWorld(objectstore.ByCreation)
	now := time.Now()
	r := regionsOf(t, world, objectstore.NewCopier(world, func() time.Duration { return 0 }), func() time.Time { return now })
	t.Cleanup(r.copier.Close)
	r.pair(t)
	for i := range 5 {
		region, bucket := west, westBucket
		if i%2 == 1 {
			region, bucket = central, centralBucket
		}
		_, err := r.put(t, region, bucket, "k", fmt.Sprint(i))
		require.NoError(t, err)
		got, err := r.get(t, region, bucket, "k")
		require.NoError(t, err)
		assert.Equal(t, fmt.Sprint(i), got)
		r.drain(t)
		now = now.Add(-time.Minute)
	}
	eventually(t, r, central, centralBucket, "k", "4")
	eventually(t, r, west, westBucket, "k", "4")
}
