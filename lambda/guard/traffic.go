package main

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/internal/guard"
	"github.com/regionpair/regionpair/lambda/internal/logging"
)

// Series of the primary's API that tell what its clients met.
const (
	seriesRequests = "requests"
	seriesErrors   = "errors"
	seriesLatency  = "p99"
)

// traffic is what API Gateway measured of the primary's requests in the last whole
// minutes, oldest first. Nothing is known of it while nobody can be asked.
func (f *function) traffic(ctx context.Context, at time.Time) []guard.Minute {
	end := at.Truncate(time.Minute)
	queries := []types.MetricDataQuery{f.series(seriesRequests, "Count", "Sum"), f.series(seriesErrors, "5XXError", "Sum")}
	if f.rules.Gray.P99 > 0 {
		queries = append(queries, f.series(seriesLatency, "Latency", "p99"))
	}
	output, err := f.primary.cloudwatch.GetMetricData(ctx, &cloudwatch.GetMetricDataInput{
		StartTime: aws.Time(end.Add(-guard.GrayWindow)), EndTime: &end, ScanBy: types.ScanByTimestampAscending, MetricDataQueries: queries,
	})
	if err != nil {
		logging.From(ctx).Warn("do not know what the primary's clients meet", "error", err)
		return nil
	}
	return minutesOf(output.MetricDataResults)
}

// fenced: what the primary refuses may be what somebody wants it to refuse. A primary
// that was not defined by a RegionUnit has no fence.
func (f *function) fenced(ctx context.Context) bool {
	fence, err := f.primary.parameter(ctx, contract.FenceParameter(f.pair))
	if _, missing := errors.AsType[*ssmtypes.ParameterNotFound](err); missing {
		return false
	}
	if err != nil {
		logging.From(ctx).Warn("do not know whether the primary is fenced", "error", err)
		return true
	}
	return fence.value != contract.PositionOff
}

func (f *function) series(id, metric, statistic string) types.MetricDataQuery {
	return types.MetricDataQuery{Id: &id, MetricStat: &types.MetricStat{Stat: &statistic, Period: aws.Int32(60), Metric: &types.Metric{
		Namespace: aws.String("AWS/ApiGateway"), MetricName: &metric, Dimensions: []types.Dimension{
			{Name: aws.String("ApiName"), Value: &f.api}, {Name: aws.String("Stage"), Value: &f.stage},
		},
	}}}
}

// minutesOf are the minutes that had requests.
func minutesOf(results []types.MetricDataResult) []guard.Minute {
	values := map[string]map[int64]float64{}
	for _, result := range results {
		id := aws.ToString(result.Id)
		values[id] = map[int64]float64{}
		for i, at := range result.Timestamps {
			values[id][at.Unix()] = result.Values[i]
		}
	}
	minutes := []guard.Minute{}
	for at, requests := range values[seriesRequests] {
		minutes = append(minutes, guard.Minute{
			From: time.Unix(at, 0).UTC(), Requests: int(requests), Errors: int(values[seriesErrors][at]),
			P99: time.Duration(values[seriesLatency][at]) * time.Millisecond,
		})
	}
	slices.SortFunc(minutes, func(a, b guard.Minute) int { return a.From.Compare(b.From) })
	return minutes
}
