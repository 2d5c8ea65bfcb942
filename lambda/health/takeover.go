package main

import (
	"context"
	"time"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/lambda/internal/position"
)

// takeover is a switch: whether this Region was asked to take over, or is held
// out.
type takeover struct {
	*position.Reader
	// lease ends what the guard has set and does not renew.
	// Default: it never ends.
	lease time.Duration
}

func newTakeover(parameter string, client position.Getter, now func() time.Time) *takeover {
	return &takeover{Reader: &position.Reader{
		Parameter: parameter, Allowed: []string{contract.PositionOn, contract.PositionOff, contract.PositionByGuard},
		Client: client, Timeout: probeTimeout, Patience: answerTimeout, Now: now,
	}}
}

// read returns the position, and whether it means on, whoever has set it.
func (t *takeover) read(ctx context.Context) (value string, on bool) {
	value, setAt := t.Read(ctx)
	inForce := t.lease == 0 || t.Now().Sub(setAt) < t.lease
	return value, value == contract.PositionOn || value == contract.PositionByGuard && inForce
}
