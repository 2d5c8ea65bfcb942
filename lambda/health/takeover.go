package main

import (
	"context"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"golang.org/x/sync/singleflight"

	"github.com/regionpair/regionpair/lambda/internal/logging"
)

// switchAge is how long the switch's position is given to other callers.
const switchAge = 5 * time.Second

// Positions of the switch.
const (
	switchOn      = "on"
	switchOff     = "off"
	switchUnknown = "unknown"
)

// parameterGetter reads one parameter; *ssm.Client is one.
type parameterGetter interface {
	GetParameter(ctx context.Context, input *ssm.GetParameterInput, options ...func(*ssm.Options)) (*ssm.GetParameterOutput, error)
}

// takeover knows whether this Region was asked to take over. The last known
// position stays when the parameter cannot be read: losing Parameter Store
// must neither start nor end a failover.
type takeover struct {
	parameter string
	client    parameterGetter
	now       func() time.Time
	flight    singleflight.Group

	mu       sync.Mutex
	position string
	// askedAt also counts attempts that failed, or every caller would repeat them.
	askedAt time.Time
}

func newTakeover(parameter string, client parameterGetter, now func() time.Time) *takeover {
	return &takeover{parameter: parameter, client: client, now: now, position: switchUnknown}
}

// state returns "on", "off", or "unknown" when it was never read.
func (t *takeover) state(ctx context.Context) string {
	if position, fresh := t.known(); fresh {
		return position
	}
	done := t.flight.DoChan("", func() (any, error) {
		t.read(context.WithoutCancel(ctx))
		return nil, nil
	})
	timer := time.NewTimer(answerTimeout)
	defer timer.Stop()
	select {
	case <-done:
	case <-timer.C:
	}
	position, _ := t.known()
	return position
}

func (t *takeover) known() (position string, fresh bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	// Unknown counts as off: nobody is to wait five seconds for another try.
	return t.position, t.position != switchUnknown && t.now().Sub(t.askedAt) < switchAge
}

func (t *takeover) read(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	output, err := t.client.GetParameter(ctx, &ssm.GetParameterInput{Name: &t.parameter})
	t.mu.Lock()
	t.askedAt = t.now()
	t.mu.Unlock()
	if err != nil || output.Parameter == nil || output.Parameter.Value == nil {
		logging.From(ctx).Warn("keep the last known position of the switch", "error", err)
		return
	}
	t.keep(ctx, *output.Parameter.Value)
}

func (t *takeover) keep(ctx context.Context, value string) {
	logger := logging.From(ctx)
	if value != switchOn && value != switchOff {
		logger.Error("keep the last known position of the switch: it must be 'on' or 'off'", "found", value)
		return
	}
	t.mu.Lock()
	before := t.position
	t.position = value
	t.mu.Unlock()
	if before != value {
		logger.Warn("the switch moved", "before", before, "now", value)
	}
}
