package localcloud

import (
	"context"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/regionpair/regionpair/internal/localcloud/restapi"
	"github.com/regionpair/regionpair/internal/localcloud/services"
)

// measured publishes the metrics that API Gateway publishes of an API's stage.
func (c *Cloud) measured(api *restapi.API, h http.Handler) http.Handler {
	metrics := c.region(api.Region, api.Account).services.Metrics()
	dimensions := services.Dimensions{"ApiName": api.Name, "Stage": api.Stage.Name}
	requests := atomic.Int64{}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begin, request := time.Now(), &measuredRequest{number: requests.Add(1)}
		answer := &observedAnswer{ResponseWriter: w, status: http.StatusOK}
		h.ServeHTTP(answer, r.WithContext(context.WithValue(r.Context(), measuredRequestKey{}, request)))
		measure := func(name string, value float64) { metrics.Measure("AWS/ApiGateway", name, dimensions, value) }
		measure("Count", 1)
		measure("4XXError", share(answer.status/100 == 4))
		measure("5XXError", share(answer.status/100 == 5))
		measure("Latency", float64((time.Since(begin) + time.Duration(request.unslept.Load())).Milliseconds()))
	})
}

func share(holds bool) float64 {
	if holds {
		return 1
	}
	return 0
}

type observedAnswer struct {
	http.ResponseWriter
	status int
}

// WriteHeader implements http.ResponseWriter.
func (a *observedAnswer) WriteHeader(status int) {
	a.status = status
	a.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController reach the writer.
func (a *observedAnswer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// replicationMetricPeriod is how often the lag is looked at; it is published by
// the minute.
const replicationMetricPeriod = time.Second

// measureReplication publishes what S3 publishes where objects go to. Nothing
// comes from a Region that is down.
func (c *Cloud) measureReplication() {
	ticker := time.NewTicker(replicationMetricPeriod)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
		case <-c.ended:
			return
		}
		c.measureDirection(c.pair.Primary, c.pair.Secondary)
		c.measureDirection(c.pair.Secondary, c.pair.Primary)
	}
}

// replicationRule is the id of the rules that the pairing function puts.
const replicationRule = "regionpair"

func (c *Cloud) measureDirection(from, to Region) {
	if c.copier.Paused(from.Name) {
		return
	}
	pending := c.copier.Pending(from.Name)
	dimensions := services.Dimensions{"SourceBucket": from.Bucket, "DestinationBucket": to.Bucket, "RuleId": replicationRule}
	metrics := c.region(to.Name, "").services.Metrics()
	metrics.Measure("AWS/S3", "ReplicationLatency", dimensions, pending.Oldest.Seconds()*c.options.TimeScale)
	metrics.Measure("AWS/S3", "OperationsPendingReplication", dimensions, float64(pending.Count))
}
