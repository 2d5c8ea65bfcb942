package main

import (
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// replicationMinutes is the only threshold S3 knows for replication time control.
const replicationMinutes = 15

// rule replicates the bucket, or the part of it below a prefix, in the second version of S3's rule format
// (the one with a filter), which is the only one that knows delete markers.
func (r *replication) rule(priority int32) types.ReplicationRule {
	return types.ReplicationRule{
		ID:                      aws.String(r.ruleID),
		Status:                  types.ReplicationRuleStatusEnabled,
		Priority:                aws.Int32(priority),
		Filter:                  &types.ReplicationRuleFilter{Prefix: &r.prefix},
		DeleteMarkerReplication: &types.DeleteMarkerReplication{Status: types.DeleteMarkerReplicationStatusEnabled},
		SourceSelectionCriteria: sourceSelection(),
		Destination: &types.Destination{
			Bucket:                  aws.String(r.destinationBucketARN),
			EncryptionConfiguration: &types.EncryptionConfiguration{ReplicaKmsKeyID: aws.String(r.destinationKeyARN)},
			Metrics: &types.Metrics{
				Status:         types.MetricsStatusEnabled,
				EventThreshold: &types.ReplicationTimeValue{Minutes: aws.Int32(replicationMinutes)},
			},
			ReplicationTime: &types.ReplicationTime{
				Status: types.ReplicationTimeStatusEnabled,
				Time:   &types.ReplicationTimeValue{Minutes: aws.Int32(replicationMinutes)},
			},
		},
	}
}

func sourceSelection() *types.SourceSelectionCriteria {
	return &types.SourceSelectionCriteria{
		SseKmsEncryptedObjects: &types.SseKmsEncryptedObjects{Status: types.SseKmsEncryptedObjectsStatusEnabled},
		ReplicaModifications:   &types.ReplicaModifications{Status: types.ReplicaModificationsStatusEnabled},
	}
}

// differences names what S3 kept otherwise than it was asked to. S3 answers 200
// to settings it does not apply, so the answer alone proves nothing.
func differences(want, got types.ReplicationRule) []string {
	var found []string
	compare := func(name, want, got string) {
		if want != got {
			found = append(found, fmt.Sprintf("%s is %q instead of %q", name, got, want))
		}
	}
	wanted, kept := describe(want), describe(got)
	for i := range wanted {
		compare(wanted[i][0], wanted[i][1], kept[i][1])
	}
	return found
}

func describe(rule types.ReplicationRule) [][2]string {
	destination := orZero(rule.Destination)
	source := orZero(rule.SourceSelectionCriteria)
	metrics, replicationTime := orZero(destination.Metrics), orZero(destination.ReplicationTime)
	return [][2]string{
		{"Status", string(rule.Status)},
		{"Priority", fmt.Sprint(aws.ToInt32(rule.Priority))},
		{"Filter", describeFilter(rule.Filter)},
		{"DeleteMarkerReplication", string(orZero(rule.DeleteMarkerReplication).Status)},
		{"SseKmsEncryptedObjects", string(orZero(source.SseKmsEncryptedObjects).Status)},
		{"ReplicaModifications", string(orZero(source.ReplicaModifications).Status)},
		{"Destination bucket", aws.ToString(destination.Bucket)},
		{"ReplicaKmsKeyID", aws.ToString(orZero(destination.EncryptionConfiguration).ReplicaKmsKeyID)},
		{"Metrics", fmt.Sprint(metrics.Status, " ", aws.ToInt32(orZero(metrics.EventThreshold).Minutes))},
		{"ReplicationTime", fmt.Sprint(replicationTime.Status, " ", aws.ToInt32(orZero(replicationTime.Time).Minutes))},
	}
}

func describeFilter(filter *types.ReplicationRuleFilter) string {
	if filter == nil {
		return "none"
	}
	if filter.And != nil || filter.Tag != nil {
		return "tags"
	}
	return "prefix " + aws.ToString(filter.Prefix)
}

func orZero[T any](value *T) T {
	if value == nil {
		var zero T
		return zero
	}
	return *value
}

// merge puts the rule among those that others have set, in the place and with
// the priority it had before.
func (r *replication) merge(existing []types.ReplicationRule) []types.ReplicationRule {
	merged := make([]types.ReplicationRule, 0, len(existing)+1)
	var highest int32
	placed := false
	for _, rule := range existing {
		highest = max(highest, aws.ToInt32(rule.Priority))
		if aws.ToString(rule.ID) == r.ruleID {
			rule = r.rule(aws.ToInt32(rule.Priority))
			placed = true
		}
		merged = append(merged, rule)
	}
	if !placed {
		merged = append(merged, r.rule(highest+1))
	}
	return merged
}

func (r *replication) foreign(rules []types.ReplicationRule) (others []types.ReplicationRule, ids string) {
	var names []string
	for _, rule := range rules {
		if aws.ToString(rule.ID) != r.ruleID {
			others = append(others, rule)
			names = append(names, aws.ToString(rule.ID))
		}
	}
	return others, strings.Join(names, ", ")
}
