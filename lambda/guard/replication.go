package main

import (
	"bytes"
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/internal/guard"
	"github.com/regionpair/regionpair/lambda/internal/logging"
)

// marker is an object that shows how far replication is. Metrics of S3 stop when
// nothing is written, and when replication is broken.
type marker struct {
	Version string    `json:"version,omitempty"`
	At      time.Time `json:"at,omitzero"`
}

// replication looks whether the last marker of a Region has reached its peer,
// and then writes another one.
func (f *function) replication(ctx context.Context, from region, last *marker, at time.Time) guard.Replication {
	if from.bucket == "" {
		return guard.Replication{Known: true}
	}
	status, found := guard.Replication{}, last.Version != ""
	if found {
		status = f.progress(ctx, from, *last, at)
	}
	// One that is on its way is waited for; one that failed shows no more.
	if !found || status.Known && status.Lag == 0 || status.Failed > 0 {
		next, err := f.mark(ctx, from, at)
		if err != nil {
			logging.From(ctx).Warn("write a marker", "bucket", from.bucket, "error", err)
			return guard.Replication{}
		}
		*last = next
	}
	return status
}

func (f *function) progress(ctx context.Context, from region, last marker, at time.Time) guard.Replication {
	head, err := from.s3.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &from.bucket, Key: aws.String(contract.MarkerKey), VersionId: &last.Version})
	if err != nil {
		logging.From(ctx).Warn("look at a marker", "bucket", from.bucket, "error", err)
		return guard.Replication{}
	}
	switch head.ReplicationStatus {
	case types.ReplicationStatusCompleted, types.ReplicationStatusComplete:
		return guard.Replication{Known: true}
	case types.ReplicationStatusPending:
		return guard.Replication{Known: true, Lag: max(at.Sub(last.At), time.Second)}
	case types.ReplicationStatusFailed:
		return guard.Replication{Known: true, Failed: 1}
	}
	// No rule applies to the object: nothing is replicated.
	return guard.Replication{}
}

func (f *function) mark(ctx context.Context, in region, at time.Time) (marker, error) {
	output, err := in.s3.PutObject(ctx, &s3.PutObjectInput{
		Bucket: &in.bucket, Key: aws.String(contract.MarkerKey), Body: bytes.NewReader([]byte(at.UTC().Format(time.RFC3339))), ContentType: aws.String("text/plain"),
	})
	if err != nil {
		return marker{}, err
	}
	return marker{Version: aws.ToString(output.VersionId), At: at}, nil
}
