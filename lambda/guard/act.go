package main

import (
	"context"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/internal/guard"
	"github.com/regionpair/regionpair/lambda/internal/logging"
)

// act does what can be done; the next look finds out what could not.
func (f *function) act(ctx context.Context, actions []guard.Action) {
	for _, action := range actions {
		in, name, value := f.standby, contract.SwitchParameter(f.pair), contract.PositionByGuard
		switch action {
		case guard.SwitchOff:
			value = contract.PositionOff
		case guard.HoldOn:
			in, name = f.primary, contract.HoldParameter(f.pair)
		case guard.HoldOff:
			in, name, value = f.primary, contract.HoldParameter(f.pair), contract.PositionOff
		}
		if err := in.put(ctx, name, value); err != nil {
			logging.From(ctx).Warn("the guard could not act", "action", action, "error", err)
			continue
		}
		if action != guard.HoldOn {
			logging.From(ctx).Info("the guard acted", "action", action)
		}
	}
}
