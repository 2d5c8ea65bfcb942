package operate

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestBucketsAreComparedByTheirVersions(t *testing.T) {
	old, fresh := now.Add(-time.Hour), now
	v := Verification{Pair: orders(t)}
	v.compare([2]map[string][]version{
		{
			"equal": {{"1", old}}, "only-primary": {{"2", old}}, "older-standby": {{"3", old}, {"4", old}},
			"conflict": {{"5", old}, {"6", old}}, "on-its-way": {{"8", fresh}},
		},
		{
			"equal": {{"1", old}}, "older-standby": {{"3", old}}, "conflict": {{"5", old}, {"7", old}}, "only-standby": {{"9", old}},
		},
	}, now.Add(-time.Minute))
	assert.Equal(t, 6, v.Keys)
	assert.Equal(t, []Difference{
		{Key: "conflict", Kind: DiffConflict, Since: old, Versions: &[2]string{"6", "7"}},
		{Key: "older-standby", Kind: DiffOlder, Region: "eu-central-1", Since: old},
		{Key: "only-primary", Kind: DiffMissing, Region: "eu-central-1", Since: old},
		{Key: "only-standby", Kind: DiffMissing, Region: "eu-west-1", Since: old},
	}, v.Differences)
	assert.Equal(t, ExitNo, v.ExitCode())
	assert.Contains(t, v.Text(Paint{}), "1 keys were written on both sides")
	assert.Equal(t, ExitYes, Verification{}.ExitCode())
}
