package localcloud

import (
	"context"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/internal/localcloud/restapi"
)

// A gray failure meets so many of so many requests.
const (
	grayErrors, grayErrorsOf     = 3, 10
	grayLatency, grayLatencyOf   = 1, 5
	graySlowness                 = 8 * time.Second
	grayErrorPercent             = 100 * grayErrors / grayErrorsOf
	functionErrorOfAGrayFailure  = "Unhandled"
	functionAnswerOfAGrayFailure = `{"errorType":"Runtime.ExitError","errorMessage":"the local cloud lets it fail"}`
)

// measuredRequest is one whose latency is measured.
type measuredRequest struct {
	// number of the request to its API.
	number int64
	// slowed is true when it met a slow invocation, and unslept is what that would have
	// taken longer where time is not scaled.
	slowed  atomic.Bool
	unslept atomic.Int64
}

type measuredRequestKey struct{}

// isAmong picks so many of so many requests, evenly: every minute is as bad as any
// other.
func (m *measuredRequest) isAmong(some, of int64) bool { return m.number*some%of < some }

// ailing lets the invocations of a share of the requests fail, or be slow, while the
// Region has such a fault.
func (c *Cloud) ailing(api *restapi.API, invoke restapi.InvokeFunc) restapi.InvokeFunc {
	return func(ctx context.Context, functionARN string, payload []byte) ([]byte, string, error) {
		request, isMeasured := ctx.Value(measuredRequestKey{}).(*measuredRequest)
		if !isMeasured {
			return invoke(ctx, functionARN, payload)
		}
		switch fault := c.FaultOf(api.Region); {
		case fault == GrayErrors && request.isAmong(grayErrors, grayErrorsOf):
			return []byte(functionAnswerOfAGrayFailure), functionErrorOfAGrayFailure, nil
		case fault == GrayLatency && request.isAmong(grayLatency, grayLatencyOf) && request.slowed.CompareAndSwap(false, true):
			c.dawdle(ctx, request)
		}
		return invoke(ctx, functionARN, payload)
	}
}

// dawdle waits for the scaled time, and takes note of the rest.
func (c *Cloud) dawdle(ctx context.Context, request *measuredRequest) {
	scaled := time.Duration(float64(graySlowness) / c.options.TimeScale)
	request.unslept.Add(int64(graySlowness - scaled))
	timer := time.NewTimer(scaled)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// describeGray says which gray failures the guard is told to see, of those that can
// be had here.
func (p *Pair) describeGray(variables map[string]string) {
	percent, _ := strconv.Atoi(variables[contract.GuardErrorPercent])
	slow, _ := strconv.Atoi(variables[contract.GuardP99Milliseconds])
	// Requests that are refused count, too, and thin the others out.
	p.SeesGrayErrors = percent > 0 && percent <= grayErrorPercent-5
	p.SeesGrayLatency = slow > 0 && time.Duration(slow)*time.Millisecond <= graySlowness
}
