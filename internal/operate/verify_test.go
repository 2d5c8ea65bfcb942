package operate

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/regionpair/regionpair/internal/contract"
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
	assert.Equal(t, 3, v.lackedBy("eu-central-1"))
	assert.Equal(t, 2, v.lackedBy("eu-west-1"))
	assert.Equal(t, ExitNo, v.ExitCode())
	assert.Contains(t, v.Text(Paint{}), "1 key was written on both sides")
	v.PlanRepair()
	assert.Contains(t, v.Repair[0].Does, "3 keys")
	assert.Equal(t, ExitYes, Verification{}.ExitCode())
	assert.Contains(t, Verification{Keys: 1, Versions: [2]int{1, 2}}.Text(Paint{}), "1 key compared: 1 version in")
}

func TestAWriteThatAFenceDidNotStopIsFound(t *testing.T) {
	closed := now
	for name, test := range map[string]struct {
		written map[string][]version
		closed  time.Time
		found   bool
	}{
		"before the fence":         {map[string][]version{"a": {{"1", closed.Add(-time.Second)}}}, closed, false},
		"as it closed":             {map[string][]version{"a": {{"1", closed}}}, closed, false},
		"after it":                 {map[string][]version{"a": {{"1", closed.Add(-time.Hour)}, {"2", closed.Add(time.Second)}}}, closed, true},
		"by the guard":             {map[string][]version{contract.MarkerKey: {{"1", closed.Add(time.Second)}}}, closed, false},
		"nobody knows when it was": {map[string][]version{"a": {{"1", closed.Add(time.Second)}}}, time.Time{}, false},
	} {
		v := Verification{Pair: orders(t)}
		v.compare([2]map[string][]version{test.written, {}}, now.Add(time.Hour))
		assert.Equal(t, test.found, v.writtenAfter(test.closed), name)
	}
}

// Items of tables are not compared: nothing claims that they are equal, and a fenced
// switch asks whether that will do.
func TestWhatIsNotComparedIsSaid(t *testing.T) {
	p := orders(t)
	for name, test := range map[string]struct {
		v         Verification
		says      string
		saysNot   string
		holds     bool
		guardSays string
	}{
		"objects":        {Verification{Keys: 3}, "Equal: every version is in both Regions.", "Not compared", true, "eu-central-1 has all but the last minute of 3 keys"},
		"no key":         {Verification{}, "Nothing was compared: neither bucket has such a key.", "Equal", true, ""},
		"tables alone":   {Verification{NotCompared: []string{"orders-items"}}, "Not compared: the items of orders-items", "Equal", false, "the items of orders-items are not compared"},
		"both":           {Verification{Keys: 3, NotCompared: []string{"a", "b"}}, "Not compared: the items of a, b", "Nothing", false, "3 keys; the items of a, b are not compared"},
		"objects lacked": {Verification{Keys: 3, lacking: map[string]int{p.Standby: 2}}, "", "Not compared", false, "lacks versions of 2 keys"},
	} {
		test.v.Pair = p
		assert.Contains(t, test.v.Text(Paint{}), test.says, name)
		assert.NotContains(t, test.v.Text(Paint{}), test.saysNot, name)
		g := test.v.dataGuard(p)
		assert.Equal(t, test.holds, g.Holds, name)
		assert.Contains(t, g.Text, test.guardSays, name)
		assert.Equal(t, !test.holds, g.Advice != "", name)
	}
}
