package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/lambda/internal/durable"
	"github.com/regionpair/regionpair/lambda/internal/logging"
	"github.com/regionpair/regionpair/lambda/internal/metric"
)

// function collects in one Region.
type function struct {
	keeper  *durable.Keeper
	metrics *metric.Counter
}

// event of the schedule, or of a person.
type event struct {
	// Time of the schedule's event: each hour has its partition.
	Time time.Time `json:"time"`
	// All partitions at once, for a person after a Region was replaced.
	All bool `json:"all"`
}

// handle looks at the partition of the hour.
func (f *function) handle(ctx context.Context, e event) error {
	first, count := e.Time.Hour()%durable.Partitions, 1
	if e.All {
		first, count = 0, durable.Partitions
	}
	var problems []error
	for partition := first; partition < first+count; partition++ {
		found, err := f.keeper.Collect(ctx, partition)
		logging.From(ctx).Info("collected", "partition", partition, "objects", found.Objects, "deletedContents", found.Blobs,
			"forgottenObjects", found.Entries, "lackingContents", found.Lacking, "lostObjects", found.Lost)
		if err != nil {
			problems = append(problems, fmt.Errorf("partition %d: %w", partition, err))
			continue
		}
		f.metrics.Record(contract.MetricLostObjects, found.Lost, time.Now())
	}
	return errors.Join(problems...)
}
