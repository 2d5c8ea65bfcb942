package main

import (
	"context"
	"errors"
	"time"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/lambda/internal/durable"
	"github.com/regionpair/regionpair/lambda/internal/durableaws"
	"github.com/regionpair/regionpair/lambda/internal/logging"
	"github.com/regionpair/regionpair/lambda/internal/metric"
)

// atOnce is how many blobs are looked up together.
const atOnce = 200

const (
	// reserve is the time kept for the last fetches.
	reserve = 10 * time.Second
	// countTime is what they leave before Lambda ends the invocation, also when they
	// hang: the alarm takes a count that is missing for a failure.
	countTime = 3 * time.Second
)

// function repairs one Region.
type function struct {
	table        durableaws.Table
	own, other   durableaws.Bucket
	region, peer string
	metrics      *metric.Counter
	now          func() time.Time
}

// handle fetches everything that is missing, as far as there is time. A peer that
// does not answer is no error: the next run tries again.
func (f *function) handle(ctx context.Context) error {
	repairing, cancel := leaveTimeToCount(ctx)
	defer cancel()
	f.repair(repairing)
	return f.count(ctx)
}

func leaveTimeToCount(ctx context.Context) (context.Context, context.CancelFunc) {
	if deadline, bounded := ctx.Deadline(); bounded {
		return context.WithDeadline(ctx, deadline.Add(-countTime))
	}
	return context.WithCancel(ctx)
}

func (f *function) repair(ctx context.Context) {
	keeper := &durable.Keeper{Shelf: f.table, Here: f.region, Fetch: func(ctx context.Context, entry durable.Entry) error {
		return f.own.CopyFrom(ctx, f.other, durableaws.BlobName(entry.Key, entry.State))
	}}
	log := logging.From(ctx)
	after := ""
	for f.hasTime(ctx) {
		repaired, next, err := keeper.Repair(ctx, after, atOnce)
		if err != nil {
			log.Warn("some contents could not be fetched", "repaired", repaired, "error", err)
		}
		if repaired > 0 {
			log.Info("contents were fetched from the other Region", "repaired", repaired)
		}
		if next == "" {
			return
		}
		after = next
	}
}

func (f *function) hasTime(ctx context.Context) bool {
	deadline, bounded := ctx.Deadline()
	return !bounded || time.Until(deadline) > reserve
}

// count is an error without the index: the alarm on the metric must not end there.
func (f *function) count(ctx context.Context) error {
	here, err := f.table.Count(ctx, f.region)
	there, otherErr := f.table.Count(ctx, f.peer)
	if err := errors.Join(err, otherErr); err != nil {
		return err
	}
	f.metrics.Record(contract.MetricSingleRegionObjects, here+there, f.now())
	return nil
}
