package operate

import (
	"context"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/regionpair/regionpair/internal/contract"
)

// Measure is a figure with its age.
type Measure struct {
	Value float64 `json:"value"`
	// At is the end of the minute that it was measured in.
	At time.Time `json:"at"`
}

// Traffic of a Region and what arrives in it.
type Traffic struct {
	// Requests a minute.
	Requests *Measure `json:"requestsPerMinute,omitempty"`
	// ErrorRate is the share of answers with 5xx.
	ErrorRate *Measure `json:"errorRate,omitempty"`
	// Behind is how many seconds this Region's bucket is behind its peer's.
	Behind *Measure `json:"behindSeconds,omitempty"`
	// Pending operations of the peer that have not arrived.
	Pending *Measure `json:"pendingOperations,omitempty"`
	// WorstBehind of the window.
	WorstBehind *Measure `json:"worstBehindSeconds,omitempty"`
	// Error says why there are no figures.
	Error string `json:"error,omitempty"`
}

const (
	metricPeriod = time.Minute
	// metricWindow is how far back a figure is looked for. S3 publishes every
	// minute and is late by several.
	metricWindow = 15 * time.Minute
)

type series struct {
	id, namespace, name, statistic string
	dimensions                     map[string]string
}

func apiSeries(facts contract.Facts) []series {
	dimensions := map[string]string{"ApiName": facts.APIName, "Stage": facts.Stage}
	return []series{
		{"requests", "AWS/ApiGateway", "Count", "Sum", dimensions},
		{"errors", "AWS/ApiGateway", "5XXError", "Average", dimensions},
	}
}

// inbound is what arrives in a bucket; S3 publishes it where it goes to.
func inbound(facts contract.Facts, region, peer string) []series {
	source, ok := strings.CutSuffix(facts.Bucket, region)
	if !ok {
		return nil
	}
	dimensions := map[string]string{"SourceBucket": source + peer, "DestinationBucket": facts.Bucket, "RuleId": facts.Rule}
	return []series{
		{"behind", "AWS/S3", "ReplicationLatency", "Maximum", dimensions},
		{"pending", "AWS/S3", "OperationsPendingReplication", "Maximum", dimensions},
	}
}

func (r *region) traffic(ctx context.Context, facts contract.Facts, now time.Time) Traffic {
	found, err := r.metrics(ctx, append(apiSeries(facts), inbound(facts, r.name, r.pair.peer(r.name))...), now, metricWindow)
	if err != nil {
		return Traffic{Error: plainly(err)}
	}
	return Traffic{
		Requests: lastWhole(found["requests"], now), ErrorRate: lastWhole(found["errors"], now),
		Behind: latest(found["behind"]), Pending: latest(found["pending"]), WorstBehind: worst(found["behind"]),
	}
}

// metrics returns the figures of a window, newest first, by the id of the series.
func (r *region) metrics(ctx context.Context, wanted []series, now time.Time, window time.Duration) (map[string][]Measure, error) {
	return r.metricsOver(ctx, wanted, now, window, metricPeriod)
}

func (r *region) metricsOver(ctx context.Context, wanted []series, now time.Time, window, period time.Duration) (map[string][]Measure, error) {
	ctx, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	input := &cloudwatch.GetMetricDataInput{
		StartTime: aws.Time(now.Add(-window)), EndTime: aws.Time(now.Add(period)), ScanBy: cwtypes.ScanByTimestampDescending,
	}
	for _, s := range wanted {
		input.MetricDataQueries = append(input.MetricDataQueries, s.query(period))
	}
	output, err := r.cloudwatch.GetMetricData(ctx, input)
	if err != nil {
		return nil, r.explain("read the metrics", err)
	}
	found := map[string][]Measure{}
	for _, result := range output.MetricDataResults {
		for i, at := range result.Timestamps {
			id := aws.ToString(result.Id)
			found[id] = append(found[id], Measure{result.Values[i], at.Add(period)})
		}
	}
	return found, nil
}

func (s series) query(period time.Duration) cwtypes.MetricDataQuery {
	metric := &cwtypes.Metric{Namespace: &s.namespace, MetricName: &s.name}
	for name, value := range s.dimensions {
		metric.Dimensions = append(metric.Dimensions, cwtypes.Dimension{Name: aws.String(name), Value: aws.String(value)})
	}
	return cwtypes.MetricDataQuery{Id: &s.id, MetricStat: &cwtypes.MetricStat{
		Metric: metric, Stat: &s.statistic, Period: aws.Int32(int32(period.Seconds())),
	}}
}

func latest(measures []Measure) *Measure {
	if len(measures) == 0 {
		return nil
	}
	return &measures[0]
}

// lastWhole leaves out the minute that has not ended, unless there is no other.
func lastWhole(measures []Measure, now time.Time) *Measure {
	for i, m := range measures {
		if !m.At.After(now) {
			return &measures[i]
		}
	}
	return latest(measures)
}

func worst(measures []Measure) *Measure {
	found := latest(measures)
	for i, m := range measures {
		if m.Value > found.Value {
			found = &measures[i]
		}
	}
	return found
}

// Certificate of the API's name in a Region.
type Certificate struct {
	// Status as ACM gives it.
	Status string `json:"status,omitempty"`
	// Expires is when it ends.
	Expires *time.Time `json:"expires,omitempty"`
	// Renewal is the state of its renewal.
	Renewal string `json:"renewal,omitempty"`
	Error   string `json:"error,omitempty"`
}

func (r *region) certificate(ctx context.Context, arn string) Certificate {
	if arn == "" {
		return Certificate{Error: "not known here"}
	}
	ctx, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	output, err := r.acm.DescribeCertificate(ctx, &acm.DescribeCertificateInput{CertificateArn: &arn})
	if err != nil {
		return Certificate{Error: plainly(err)}
	}
	c := Certificate{Status: string(output.Certificate.Status), Expires: output.Certificate.NotAfter}
	if renewal := output.Certificate.RenewalSummary; renewal != nil {
		c.Renewal = string(renewal.RenewalStatus)
	}
	return c
}
