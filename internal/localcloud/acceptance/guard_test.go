package acceptance_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/config"
	"github.com/regionpair/regionpair/internal/guard"
	"github.com/regionpair/regionpair/internal/localcloud"
	"github.com/regionpair/regionpair/stacks"
)

// TestAnOutageBetweenTwoLooksIsLatched: the primary fails right after a look of the
// schedule and is back before the next one, and its clients have been moved. The
// standby's health function has woken the guard.
func TestAnOutageBetweenTwoLooksIsLatched(t *testing.T) {
	const scale = 2
	a := synthesize(t, func(c *config.Config) { c.Failback.Mode = config.FailbackGuarded }, func(stacks.Pair) {})
	t.Parallel() // it waits for most of its time, and needs CDK no more
	cloud, err := localcloud.Start(t.Context(), localcloud.Options{Assembly: a, Dir: t.TempDir(), TimeScale: scale})
	require.NoError(t, err)
	t.Cleanup(cloud.Close)
	pair := cloud.Pair()
	// A look of the guard asks where clients are.
	looks := func() int {
		count := 0
		for call, n := range cloud.Network().Calls() {
			if strings.HasSuffix(call.Caller, "/"+pair.GuardFunction) && call.Host == pair.DomainName {
				count += n
			}
		}
		return count
	}
	look := func() {
		before := looks()
		require.Eventually(t, func() bool { return looks() > before }, 2*guard.Interval/scale, 50*time.Millisecond)
	}
	look()
	require.NoError(t, cloud.ArmGuard())
	look()
	next := time.Now().Add(guard.Interval / scale)
	require.NoError(t, cloud.Inject(pair.Primary.Name, localcloud.Crash))
	time.Sleep(45 * time.Second / scale)
	require.NoError(t, cloud.Heal(pair.Primary.Name))
	assert.Eventually(t, func() bool {
		phase, _ := cloud.GuardPhase()
		return phase == string(guard.Latched)
	}, time.Until(next), 50*time.Millisecond, "the schedule looks too late")
	assert.Eventually(t, func() bool { return cloud.Hold(pair.Primary) == "guard" }, 15*time.Second, 50*time.Millisecond)
	assert.Empty(t, cloud.DeniedCalls())
}
