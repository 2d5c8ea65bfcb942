package operate

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const readinessPath = "../../docs/readiness.md"

func TestThePageOfTheChecksIsUpToDate(t *testing.T) {
	page := ReadinessPage()
	if os.Getenv("UPDATE_SNAPSHOTS") != "" {
		require.NoError(t, os.WriteFile(readinessPath, []byte(page), 0o600))
	}
	found, err := os.ReadFile(readinessPath)
	require.NoError(t, err)
	assert.Equal(t, page, string(found), "run UPDATE_SNAPSHOTS=1 go test ./internal/operate")
}

func TestChecksAreComplete(t *testing.T) {
	ids := map[string]bool{}
	for _, c := range Checks() {
		assert.Regexp(t, regexp.MustCompile(`^[A-Z]+-\d\d$`), c.ID)
		assert.False(t, ids[c.ID], "%s is there twice", c.ID)
		ids[c.ID] = true
		assert.Contains(t, Categories(), c.Category, c.ID)
		assert.Regexp(t, `\?$`, c.Asks, c.ID)
		assert.NotEmpty(t, c.Why, c.ID)
		assert.NotEmpty(t, c.Fix, c.ID)
		assert.NotRegexp(t, `\{\w+\}`, filled(c.Fix, orders(t), "eu-west-1"), c.ID)
		assert.True(t, slices.Contains([]Severity{Blocks, BlocksPlanned, Warns}, c.Severity), c.ID)
	}
	assert.GreaterOrEqual(t, len(ids), 40)
}

func TestWhatIsNotKnownOfASilentPrimaryDoesNotStopAFailover(t *testing.T) {
	o := normal(t)
	o.silence(0)
	i := Inventory{Observation: o}
	i.primary.RegionObservation, i.standby.RegionObservation = o.Regions[0], o.Regions[1]
	i.standby.position.value = "off"
	selection := Selection{Only: []string{"switch", "VERSION-02"}}
	r := Examine(i, selection)
	assert.False(t, r.Planned)
	assert.True(t, r.Unplanned)
	assert.Equal(t, 1, r.count(VerdictUnknown))
	assert.Equal(t, ExitNo, r.ExitCode())

	o.silence(1)
	i.standby.RegionObservation = o.Regions[1]
	r = Examine(i, selection)
	assert.False(t, r.Unplanned)
	assert.Equal(t, ExitFailed, r.ExitCode())
	assert.Contains(t, r.Text(Paint{}), "Neither Region could be asked: eu-west-1 and eu-central-1 do not answer.")

	// DNS may answer although both Regions are silent.
	r.Checks = append(r.Checks, CheckResult{ID: "DNS-12", Category: "dns", Verdict: VerdictOK})
	assert.Equal(t, ExitFailed, r.ExitCode())
}

func TestSelectionsNameChecksThatExist(t *testing.T) {
	require.NoError(t, Selection{Only: []string{"dns", "data-01"}}.Validate())
	err := Selection{Only: []string{"tides"}, Skip: []string{"weather"}}.Validate()
	require.ErrorContains(t, err, `no check or category "tides"`)
	require.ErrorContains(t, err, `no check or category "weather"`)
}

func TestASelectionWithoutAnyCheckIsRefused(t *testing.T) {
	const want = "--only and --skip leave no check to run: skip less"
	require.EqualError(t, Selection{Only: []string{"dns"}, Skip: []string{"dns"}}.Validate(), want)
	require.EqualError(t, Selection{Only: []string{"DNS-01"}, Skip: []string{"dns"}}.Validate(), want)
	require.EqualError(t, Selection{Skip: Categories()}.Validate(), want)
}

func TestTheVerdictOfSomeChecksIsPartial(t *testing.T) {
	o := normal(t)
	i := Inventory{Observation: o}
	i.primary.RegionObservation, i.standby.RegionObservation = o.Regions[0], o.Regions[1]
	some := Examine(i, Selection{Only: []string{"switch"}})
	assert.True(t, some.Partial)
	assert.Contains(t, some.LeftOut, "DNS-01")
	assert.Contains(t, some.Text(Paint{}), fmt.Sprintf("Partial: --only and --skip left out %d of %d checks", len(some.LeftOut), len(Checks())))
	all := Examine(i, Selection{})
	assert.False(t, all.Partial)
	assert.NotContains(t, all.Text(Paint{}), "Partial")
}
