package operate

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAReasonIsOneShortLine(t *testing.T) {
	require.NoError(t, CheckReason("INC-4711: Störung"))
	require.NoError(t, CheckReason(strings.Repeat("ö", 512)))
	require.ErrorContains(t, CheckReason(strings.Repeat("x", 513)), "at most 512 characters, got 513")
	for _, reason := range []string{"one\ntwo", "\x1b[2J", "a\tb", "\u009b31m"} {
		require.ErrorContains(t, CheckReason(reason), "one line without control characters")
	}
	const mostOfAWS = 1024
	assert.LessOrEqual(t, utf8.RuneCountInString(describeChange(ActionFailback, strings.Repeat("x", maxReason))), mostOfAWS)
}

// Descriptions that others wrote are text, whatever a terminal would make of them.
func TestTheHistoryPrintsNoControlCharacters(t *testing.T) {
	changed := Switch{Number: 2, Action: "hold\x1b[1m", By: "arn:aws:iam::1:user/a\x07", Reason: "\x1b[31mred\r\x9b and\u009b " + strings.Repeat("ö", 90)}
	for _, text := range []string{HistoryDocument{Switches: []Switch{changed}}.Text(Paint{}), Status{LastSwitch: &changed}.lastSwitch()} {
		assert.NotRegexp(t, `[\x00-\x09\x0b-\x1f\x7f-\x{9f}]`, text)
		assert.True(t, utf8.ValidString(text), "%q", text)
		assert.Contains(t, text, "red")
	}
	assert.Equal(t, strings.Repeat("ö", 48)+"...", shortened(strings.Repeat("ö", 52)))
}
