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
	Version string `json:"version,omitempty"`
	// At is since when nothing is known to have arrived. One that replaces a marker which
	// did not arrive has been on its way for as long as that.
	At time.Time `json:"at,omitzero"`
	// Written is when this version was.
	Written time.Time `json:"written,omitzero"`
}

// markerPatience is how old a marker is when it is given up because nothing is known of
// it: its version has expired, its bucket was made anew, or no rule replicated when it
// was written.
const markerPatience = 5 * time.Minute

// replication looks whether the last marker of a Region has reached its peer, and
// writes another one when that shows no more. The first one of a latch stands for all
// that was written since latched.
func (f *function) replication(ctx context.Context, from region, last *marker, latched, at time.Time) guard.Replication {
	if from.bucket == "" {
		return guard.Replication{Known: true}
	}
	status := guard.Replication{}
	if last.Version == "" {
		last.At = latched
	} else {
		status = f.progress(ctx, from, *last, at)
	}
	if last.awaited(status, at) {
		return status
	}
	next := marker{At: last.At, Written: at}
	if status.Known && status.Failed == 0 {
		next.At = at
	}
	var err error
	if next.Version, err = f.mark(ctx, from, at); err != nil {
		logging.From(ctx).Warn("write a marker", "bucket", from.bucket, "error", err)
		return guard.Replication{}
	}
	*last = next
	return status
}

// awaited: it may still show something.
func (m marker) awaited(status guard.Replication, at time.Time) bool {
	if !status.Known {
		return at.Sub(m.Written) < markerPatience
	}
	return status.Lag > 0 && status.Failed == 0
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

func (f *function) mark(ctx context.Context, in region, at time.Time) (version string, err error) {
	output, err := in.s3.PutObject(ctx, &s3.PutObjectInput{
		Bucket: &in.bucket, Key: aws.String(contract.MarkerKey), Body: bytes.NewReader([]byte(at.UTC().Format(time.RFC3339))), ContentType: aws.String("text/plain"),
	})
	if err != nil {
		return "", err
	}
	return aws.ToString(output.VersionId), nil
}
