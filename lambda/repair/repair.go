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

// reserve is the time kept for the last fetches before Lambda ends the invocation.
const reserve = 10 * time.Second

// function repairs one Region.
type function struct {
	table        durableaws.Table
	own, other   durableaws.Bucket
	region, peer string
	metrics      *metric.Counter
	now          func() time.Time
}

// handle fetches what is missing until there is nothing left, or no time. A peer
// that does not answer is no error: the next run tries again.
func (f *function) handle(ctx context.Context) error {
	keeper := &durable.Keeper{Shelf: f.table, Here: f.region, Fetch: func(ctx context.Context, entry durable.Entry) error {
		return f.own.CopyFrom(ctx, f.other, durableaws.BlobName(entry.Key, entry.State))
	}}
	log := logging.From(ctx)
	for f.hasTime(ctx) {
		repaired, err := keeper.Repair(ctx, atOnce)
		if err != nil {
			log.Warn("some contents could not be fetched", "repaired", repaired, "error", err)
		}
		if repaired == 0 {
			break
		}
		log.Info("contents were fetched from the other Region", "repaired", repaired)
	}
	return f.count(ctx)
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
