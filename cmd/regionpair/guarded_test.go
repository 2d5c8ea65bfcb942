package main_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/internal/localcloud"
)

// guarded waits until the guard keeps a primary out that was lost.
func (d *deployed) guarded() {
	d.t.Helper()
	require.NoError(d.t, d.cloud.ArmGuard())
	require.NoError(d.t, d.cloud.Inject(west, localcloud.Crash))
	pair := d.cloud.Pair()
	require.Eventually(d.t, func() bool { return d.cloud.Switch(pair.Secondary) == "guard" }, 30*time.Second, 50*time.Millisecond)
}

func TestWhatTheGuardKeepsOutPeopleDecideAbout(t *testing.T) {
	t.Parallel()
	d := deploy(t, 10)
	require.Eventually(t, func() bool { return d.run(accessKey, "status").exit == 0 }, 30*time.Second, time.Second)
	d.guarded()

	require.NoError(t, d.cloud.Heal(west))
	healthy := func() bool {
		primary := decode[statusDocument](t, d.run(accessKey, "status", "--json").stdout).Regions[0]
		return primary.Health.Status == "healthy" && primary.Health.Held
	}
	require.Eventually(t, healthy, 20*time.Second, 200*time.Millisecond)
	early := d.run(accessKey, "failback", "--yes")
	assert.Equal(t, 1, early.exit, early.stdout+early.stderr)
	assert.Regexp(t, `stable +x +eu-west-1 has been healthy for \d min \(guard 15 min\), as the guard`, early.stdout)
	mustFit(t, early.stdout)
	t.Log("\n" + early.stdout)

	moved := d.run(accessKey, "failover", "--yes", "--reason", "not before Monday")
	assert.Equal(t, 0, moved.exit, moved.stdout+moved.stderr)
	assert.Equal(t, "on", d.cloud.Switch(d.cloud.Pair().Secondary), "the guard leaves it alone")
}

func TestAPersonsHoldIsSeenAndEnded(t *testing.T) {
	t.Parallel()
	d := deploy(t, 20)
	require.Eventually(t, func() bool { return d.run(accessKey, "status").exit == 0 }, 30*time.Second, time.Second)
	primary := d.cloud.Pair().Primary
	require.NoError(t, d.cloud.SetHold(primary, "on"))
	var seen outcome
	require.Eventually(t, func() bool {
		seen = d.run(accessKey, "status")
		return strings.Contains(seen.stdout, "HELD: serving from "+central)
	}, 30*time.Second, 200*time.Millisecond)
	t.Log("\n" + seen.stdout)
	assert.Contains(t, seen.stdout, "eu-west-1 is held by a person since")
	assert.Contains(t, seen.stdout, "held, healthy")
	mustFit(t, seen.stdout)

	early := d.run(accessKey, "release", "--yes")
	assert.Equal(t, 1, early.exit, early.stdout)
	assert.Equal(t, "on", d.cloud.Hold(primary))
	back := d.run(accessKey, "failback", "--yes", "--stable", "0s")
	t.Log("\n" + back.stdout)
	assert.Equal(t, 0, back.exit, back.stdout+back.stderr)
	assert.Contains(t, back.stdout, "ssm:PutParameter in eu-west-1 and eu-central-1")
	assert.Contains(t, back.stdout, "eu-west-1 is not held any more")
	assert.Equal(t, "off", d.cloud.Hold(primary))
	again := d.run(accessKey, "failback", "--yes")
	assert.Contains(t, again.stdout, "Nothing to do: the switch in eu-central-1 is off and clients are with eu-west-1")
}
