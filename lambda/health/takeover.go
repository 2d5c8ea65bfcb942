package main

import (
	"context"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"golang.org/x/sync/singleflight"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/lambda/internal/logging"
)

// switchAge is how long a position is given to other callers.
const switchAge = 5 * time.Second

// Positions of a switch.
const (
	switchOn      = contract.PositionOn
	switchOff     = contract.PositionOff
	switchGuard   = contract.PositionByGuard
	switchUnknown = "unknown"
)

// parameterGetter reads one parameter; *ssm.Client is one.
type parameterGetter interface {
	GetParameter(ctx context.Context, input *ssm.GetParameterInput, options ...func(*ssm.Options)) (*ssm.GetParameterOutput, error)
}

// takeover is a switch: whether this Region was asked to take over, or is held
// out. The last known position stays when the parameter cannot be read: losing
// Parameter Store must neither start nor end a failover.
type takeover struct {
	parameter string
	// lease ends what the guard has set and does not renew.
	// Default: it never ends.
	lease  time.Duration
	client parameterGetter
	now    func() time.Time
	flight singleflight.Group

	mu       sync.Mutex
	position string
	// setAt is when the parameter was written.
	setAt time.Time
	// askedAt also counts attempts that failed, or every caller would repeat them.
	askedAt time.Time
}

func newTakeover(parameter string, client parameterGetter, now func() time.Time) *takeover {
	return &takeover{parameter: parameter, client: client, now: now, position: switchUnknown}
}

// read returns the position, and whether it means on, whoever has set it.
func (t *takeover) read(ctx context.Context) (position string, on bool) {
	position = t.state(ctx)
	t.mu.Lock()
	defer t.mu.Unlock()
	inForce := t.lease == 0 || t.now().Sub(t.setAt) < t.lease
	return position, position == switchOn || position == switchGuard && inForce
}

// state returns "on", "off", "guard", or "unknown" when it was never read.
func (t *takeover) state(ctx context.Context) string {
	if position, fresh := t.known(); fresh {
		return position
	}
	done := t.flight.DoChan("", func() (any, error) {
		t.renew(context.WithoutCancel(ctx))
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

func (t *takeover) renew(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	output, err := t.client.GetParameter(ctx, &ssm.GetParameterInput{Name: &t.parameter})
	t.mu.Lock()
	t.askedAt = t.now()
	t.mu.Unlock()
	if err != nil || output.Parameter == nil || output.Parameter.Value == nil {
		logging.From(ctx).Warn("keep the last known position of the switch", "parameter", t.parameter, "error", err)
		return
	}
	t.keep(ctx, *output.Parameter)
}

func (t *takeover) keep(ctx context.Context, parameter types.Parameter) {
	logger, value := logging.From(ctx).With("parameter", t.parameter), *parameter.Value
	if value != switchOn && value != switchOff && value != switchGuard {
		logger.Error("keep the last known position of the switch: it must be 'on', 'off' or 'guard'", "found", value)
		return
	}
	t.mu.Lock()
	before := t.position
	t.position, t.setAt = value, aws.ToTime(parameter.LastModifiedDate)
	t.mu.Unlock()
	if before != value && before != switchUnknown {
		logger.Warn("the switch moved", "before", before, "now", value)
	}
}
