package guard

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// Whoever had turned the switch on: that it is off now is a person's wish. Before
// anybody has, it is a write of the guard that got lost.
func TestAPersonWhoTurnsTheSwitchOffReleasesTheGuard(t *testing.T) {
	for _, on := range []Owner{Guard, Person} {
		at, rules := time.Date(2026, 10, 2, 14, 2, 11, 0, time.UTC), DefaultRules(Guarded)
		state, decision := State{Phase: Latched, Since: at, LastLook: at}, Decision{}
		see := func(found Owner) {
			at = at.Add(time.Minute)
			state, decision = rules.Next(state, Look{At: at, Primary: Red, Standby: Green, Serving: AtStandby, Switch: found})
		}
		see(Nobody)
		assert.Contains(t, decision.Actions, SwitchOn, on)
		see(on)
		assert.Equal(t, Latched, state.Phase, on)
		see(Nobody)
		assert.NotContains(t, decision.Actions, SwitchOn, on)
		assert.Equal(t, Armed, state.Phase, on)
	}
}
