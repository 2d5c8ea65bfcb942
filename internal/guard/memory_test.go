package guard

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestTheReasonSaysWhatSpeaksAgainstReplication(t *testing.T) {
	at := time.Date(2026, 10, 2, 14, 2, 11, 0, time.UTC)
	latched := State{Phase: Latched, Since: at.Add(-time.Hour), GreenFrom: at.Add(-time.Hour), LastLook: at.Add(-time.Minute)}
	copied := Replication{Known: true}
	for name, test := range map[string]struct {
		look Look
		want string
	}{
		"nothing":         {Look{Primary: Green, ToPrimary: copied, ToStandby: copied}, ""},
		"only the health": {Look{Primary: Red, ToPrimary: copied, ToStandby: copied}, ""},
		"it is late":      {Look{Primary: Red, ToPrimary: Replication{Known: true, Lag: 4 * time.Minute}, ToStandby: copied}, "replication to the primary is 4m0s behind, and may be 30s"},
		"it has failed":   {Look{Primary: Red, ToPrimary: Replication{Known: true, Failed: 1}, ToStandby: copied}, "1 writes FAILED to replicate to the primary"},
		"nobody knows": {
			Look{Primary: Red, Hold: Person},
			"it is not known how far replication to the primary is; it is not known how far replication to the standby is",
		},
	} {
		t.Run(name, func(t *testing.T) {
			test.look.At, test.look.Standby = at, Green
			next, _ := DefaultRules(Manual).Next(latched, test.look)
			assert.Equal(t, test.want, next.ReplicationReason())
		})
	}
}

func TestAGuardThatHasLookedAndDoesNotAnyMoreIsSilent(t *testing.T) {
	now := time.Date(2026, 10, 2, 14, 2, 11, 0, time.UTC)
	assert.False(t, Memory{}.Silent(now), "it is new")
	assert.False(t, Memory{State: State{LastLook: now.Add(-SilentAfter)}}.Silent(now))
	assert.True(t, Memory{State: State{LastLook: now.Add(-SilentAfter - time.Second)}}.Silent(now))
	assert.True(t, Memory{State: State{LastLook: now}, Ahead: time.Hour}.Silent(now), "by its own clock, which is an hour ahead")
}
