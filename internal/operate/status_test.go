package operate

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/internal/contract"
	failback "github.com/regionpair/regionpair/internal/guard"
)

var now = time.Date(2026, 10, 2, 14, 2, 11, 0, time.UTC)

func orders(t *testing.T) Pair {
	t.Helper()
	p, err := NewPair("orders", "eu-west-1", "eu-central-1", "api.example.com")
	require.NoError(t, err)
	return p
}

// normal is a pair that is well.
func normal(t *testing.T) Observation {
	p := orders(t)
	o := Observation{
		Pair: p, At: now, API: APIAnswer{Region: p.Primary, Status: 403},
		Here:          Answer{Region: p.Primary, TTL: 8},
		Authoritative: []Answer{{Server: "a", Region: p.Primary}, {Server: "b", Region: p.Primary}},
	}
	expires := now.Add(212 * 24 * time.Hour)
	for i, name := range p.regions() {
		o.Regions[i] = RegionObservation{
			Region: name, HasFacts: true, Switch: "off", SwitchSince: now.Add(-time.Hour),
			Facts:  contract.Facts{Bucket: "orders-objects-111122223333-" + name, RegionalDomainName: "d-1.execute-api." + name + ".amazonaws.com"},
			Health: Health{Status: "healthy", AgeSeconds: 0.2},
			Door:   APIAnswer{Region: name, Status: 403},
			Traffic: Traffic{
				Requests: &Measure{4120, now}, ErrorRate: &Measure{0, now}, Behind: &Measure{1.4, now}, WorstBehind: &Measure{9, now}, Pending: &Measure{0, now},
			},
			Certificate: Certificate{Status: "ISSUED", Expires: &expires},
		}
	}
	return o
}

func (o *Observation) silence(i int) {
	o.Regions[i] = RegionObservation{Region: o.Regions[i].Region, Err: &UnansweredError{o.Regions[i].Region, "read the parameters", context.DeadlineExceeded}}
}

func (o *Observation) hold(i int) {
	o.Regions[i].Hold, o.Regions[i].HoldSince, o.Regions[i].Health.Held = "on", now.Add(-30*time.Minute), true
}

func (o *Observation) lead(region string) {
	o.API.Region, o.Here.Region = region, region
	for i := range o.Authoritative {
		o.Authoritative[i].Region = region
	}
}

func TestStatusSaysWhoServesAndWhatNeedsAttention(t *testing.T) {
	for name, test := range map[string]struct {
		change    func(o *Observation)
		state     string
		exit      int
		attention []string
	}{
		"all is well":                  {func(*Observation) {}, StateNormal, ExitYes, nil},
		"the primary is gone":          {func(o *Observation) { o.silence(0); o.lead("eu-central-1") }, StateFailedOver, ExitNo, []string{"nothing keeps the primary out", "behind by 1.4 s", "eu-west-1 does not answer"}},
		"the primary is gone and held": {func(o *Observation) { o.silence(0); o.lead("eu-central-1"); o.Regions[1].Switch = "on" }, StateHeld, ExitNo, []string{"kept out since", "behind by 1.4 s", "eu-west-1 does not answer"}},
		"the guard says why": {func(o *Observation) {
			o.lead("eu-central-1")
			o.Regions[1].Switch = "guard"
			o.Regions[1].Memory.State = failback.State{Phase: failback.Latched, Reason: "replication to the primary is 4m0s behind, and may be 30s"}
		}, StateHeld, ExitNo, []string{"replication to the primary is 4m0s behind, and may be 30s", "behind by 1.4 s"}},
		"the guard keeps the primary out": {func(o *Observation) { o.lead("eu-central-1"); o.Regions[1].Switch = "guard" }, StateHeld, ExitNo, []string{"the guard keeps the primary out", "behind by 1.4 s"}},
		"the switch was just turned on":   {func(o *Observation) { o.Regions[1].Switch = "on" }, StateMoving, ExitNo, []string{"clients are moving"}},
		"the switch was just turned off":  {func(o *Observation) { o.API.Region = "eu-central-1" }, StateMoving, ExitNo, []string{"clients are moving"}},
		"a person holds the primary":      {func(o *Observation) { o.lead("eu-central-1"); o.hold(0) }, StateHeld, ExitNo, []string{"behind by 1.4 s", "eu-west-1 is held by a person since 2026-10-02 13:32:11Z"}},
		"a person has just held it":       {func(o *Observation) { o.hold(0) }, StateMoving, ExitNo, []string{"clients are moving: eu-west-1 is held since", "eu-west-1 is held by a person"}},
		"a person holds it, switch on":    {func(o *Observation) { o.lead("eu-central-1"); o.hold(0); o.Regions[1].Switch = "on" }, StateHeld, ExitNo, []string{"kept out since", "behind by 1.4 s", "eu-west-1 is held by a person"}},
		"the guard is dead": {func(o *Observation) {
			o.latch(failback.State{LastLook: now.Add(-73 * time.Hour), Reason: "the primary has not been green for 3m0s"})
		}, StateHeld, ExitNo,
			[]string{"the guard looked last 3 days ago, and the primary stays out, as since 2026-10-02 13:02:11Z, until a person gives the clients back: alarm guard-silent", "behind by 1.4 s"}},
		"the guard is dead, and all is well": {func(o *Observation) { o.Regions[1].Memory.LastLook = now.Add(-6 * time.Minute) }, StateNormal, ExitNo,
			[]string{"the guard looked last 6 min ago, and nothing would keep a primary out that fails: alarm guard-silent in docs/reference/alarms.md"}},
		"the guard has looked just now": {func(o *Observation) { o.Regions[1].Memory.LastLook = now.Add(-4 * time.Minute) }, StateNormal, ExitYes, nil},
		"the guard has held it once":    {func(o *Observation) { o.Regions[0].Hold = "guard" }, StateNormal, ExitYes, nil},
		"the standby is gone":           {func(o *Observation) { o.silence(1) }, StateNormal, ExitNo, []string{"eu-central-1 does not answer"}},
		"nobody answers clients":        {func(o *Observation) { o.API = APIAnswer{Error: "refused"} }, StateDown, ExitNo, []string{"nobody answers https://api.example.com: refused"}},
		"nothing answers at all":        {func(o *Observation) { o.silence(0); o.silence(1); o.API = APIAnswer{Error: "no answer in 2 s"} }, StateDown, ExitFailed, []string{"nobody answers", "eu-west-1 does not", "eu-central-1 does not"}},
		"the API asks for a certificate": {func(o *Observation) {
			o.API = APIAnswer{Error: "tls: certificate required", AsksForCertificate: true}
			o.Regions[0].Door, o.Regions[1].Door = o.API, o.API
		}, StateUnknown, ExitNo, []string{"https://api.example.com: tls: certificate required"}},
		"another server has the name": {func(o *Observation) { o.API = APIAnswer{Status: 404} }, StateUnknown, ExitNo, []string{"answers 404 without naming its Region"}},
		"the standby is unhealthy": {func(o *Observation) {
			o.Regions[1].Health = Health{Status: "unhealthy", Failing: []string{"bucket: timeout"}}
		}, StateNormal, ExitNo, []string{"eu-central-1 is unhealthy: bucket: timeout"}},
		"the standby lags":            {func(o *Observation) { o.Regions[1].Traffic.Behind.Value = 1000 }, StateNormal, ExitNo, []string{"eu-central-1 is behind eu-west-1 by 1 000 s"}},
		"the API fails":               {func(o *Observation) { o.Regions[0].Traffic.ErrorRate.Value = 0.12 }, StateNormal, ExitNo, []string{"eu-west-1 answers 12.0 % of its requests with 5xx"}},
		"a certificate ends":          {func(o *Observation) { soon := now.Add(72 * time.Hour); o.Regions[1].Certificate.Expires = &soon }, StateNormal, ExitNo, []string{"the certificate of eu-central-1 ends in 3 days"}},
		"a certificate is not issued": {func(o *Observation) { o.Regions[1].Certificate.Status = "PENDING_VALIDATION" }, StateNormal, ExitNo, []string{"PENDING_VALIDATION"}},
		"a name server is silent":     {func(o *Observation) { o.Authoritative[1] = Answer{Server: "b", Error: "does not answer"} }, StateNormal, ExitNo, []string{"DNS: b does not answer"}},
		"name servers do not agree":   {func(o *Observation) { o.Authoritative[1].Region = "eu-central-1" }, StateNormal, ExitNo, []string{"DNS: b answers eu-central-1"}},
		"the API of the primary that is kept out fails": {func(o *Observation) {
			o.lead("eu-central-1")
			o.Regions[1].Switch, o.Regions[0].Door = "on", APIAnswer{Status: 503}
		}, StateHeld, ExitNo, []string{"kept out since", "behind by 1.4 s", "the API of eu-west-1 does not answer under the pair's name: status 503 without the name of a Region"}},
		"the API of the standby is gone":         {func(o *Observation) { o.Regions[1].Door = APIAnswer{Error: "refused"} }, StateNormal, ExitNo, []string{"the API of eu-central-1 does not answer under the pair's name: refused"}},
		"the standby's name leads elsewhere":     {func(o *Observation) { o.Regions[1].Door.Region = "eu-west-1" }, StateNormal, ExitNo, []string{"status 403 from eu-west-1"}},
		"the standby's API answers with 5xx":     {func(o *Observation) { o.Regions[1].Door.Status = 502 }, StateNormal, ExitNo, []string{"status 502 from eu-central-1"}},
		"a Region does not say where its API is": {func(o *Observation) { o.Regions[1].HasFacts, o.Regions[1].Door = false, APIAnswer{} }, StateNormal, ExitYes, nil},
		"the pair is not deployed": {func(o *Observation) {
			o.Regions[1].Err = errors.New("eu-central-1 has no parameter /orders/failover/switch")
		}, StateNormal, ExitNo, []string{"has no parameter"}},
	} {
		t.Run(name, func(t *testing.T) {
			o := normal(t)
			test.change(&o)
			s := Judge(o)
			assert.Equal(t, test.state, s.State)
			assert.Equal(t, test.exit, s.ExitCode())
			require.Len(t, s.Attention, len(test.attention), "%v", s.Attention)
			for i, want := range test.attention {
				assert.Contains(t, s.Attention[i].Text, want)
				assert.NotEmpty(t, s.Attention[i].Commands, "what to type")
			}
			for line := range strings.Lines(s.Text(Paint{})) {
				assert.NotRegexp(t, `no(off|on|guard|-)`, line, "columns touch")
				assert.LessOrEqual(t, len([]rune(line)), pageWidth+1, line)
			}
		})
	}
}

func TestAttentionSaysWhatEndsTheTroubleOfClients(t *testing.T) {
	failing := APIAnswer{Status: 503}
	for name, test := range map[string]struct {
		change func(o *Observation)
		want   string
	}{
		"the primary's API fails":         {func(o *Observation) { o.API = failing }, "regionpair failover --reason WHY"},
		"the primary's API is gone":       {func(o *Observation) { o.API = APIAnswer{Error: "refused"} }, "regionpair failover --reason WHY"},
		"the primary is silent and fails": {func(o *Observation) { o.API = failing; o.silence(0) }, "regionpair failover --reason WHY"},
		"the primary is unhealthy":        {func(o *Observation) { o.Regions[0].Health.Status = "unhealthy" }, "regionpair failover --reason WHY"},
		"the primary answers with 5xx":    {func(o *Observation) { o.Regions[0].Traffic.ErrorRate.Value = 0.5 }, "regionpair failover --reason WHY"},
		"neither Region is well":          {func(o *Observation) { o.API = failing; o.Regions[1].Health.Status = "unhealthy" }, "regionpair readiness"},
		"the API of neither answers":      {func(o *Observation) { o.API, o.Regions[0].Door, o.Regions[1].Door = failing, failing, failing }, "regionpair readiness"},
		"its fence refused writes just before": {func(o *Observation) {
			rate := o.Regions[0].Traffic.ErrorRate
			rate.Value, o.Regions[0].FenceSince = 0.5, rate.At.Add(-20*time.Second)
		}, "regionpair status"},
		"its fence was opened long before": {func(o *Observation) {
			rate := o.Regions[0].Traffic.ErrorRate
			rate.Value, o.Regions[0].FenceSince = 0.5, rate.At.Add(-metricPeriod)
		}, "regionpair failover --reason WHY"},
		"the standby fails and the switch on":   {func(o *Observation) { o.API = failing; o.Regions[1].Switch = "on" }, "regionpair failback"},
		"the standby serves and is unhealthy":   {func(o *Observation) { o.lead("eu-central-1"); o.Regions[1].Health.Status = "unhealthy" }, "regionpair hold"},
		"nothing answers this machine":          {func(o *Observation) { o.silence(0); o.silence(1); o.API = APIAnswer{Error: "no answer"} }, "curl -v https://api.example.com"},
		"only the standby is bad, nobody there": {func(o *Observation) { o.Regions[1].Health.Status = "unhealthy" }, "regionpair readiness"},
	} {
		t.Run(name, func(t *testing.T) {
			o := normal(t)
			test.change(&o)
			s := Judge(o)
			require.NotEmpty(t, s.Attention)
			require.NotEmpty(t, s.Attention[0].Commands)
			assert.Equal(t, test.want, s.Attention[0].Commands[0].Command)
			assert.Contains(t, s.Text(Paint{}), test.want)
		})
	}
}

func TestAFenceIsNamedWithWhatOpensIt(t *testing.T) {
	for name, test := range map[string]struct {
		change func(o *Observation)
		want   string
	}{
		"of the primary that is kept out":   {func(o *Observation) { o.Regions[0].Fence, o.Regions[1].Switch = "on", "on"; o.lead("eu-central-1") }, "regionpair failback"},
		"of the primary that clients get":   {func(o *Observation) { o.Regions[0].Fence = "uploads" }, "regionpair release"},
		"of the standby, which needs none":  {func(o *Observation) { o.Regions[1].Fence = "on" }, "aws ssm put-parameter --region eu-central-1"},
		"of the standby that clients reach": {func(o *Observation) { o.Regions[1].Fence = "on"; o.lead("eu-central-1") }, "aws ssm put-parameter --region eu-central-1"},
	} {
		t.Run(name, func(t *testing.T) {
			o := normal(t)
			test.change(&o)
			var about []Attention
			for _, a := range Judge(o).Attention {
				require.NotEmpty(t, a.Commands, a.Text)
				if strings.Contains(a.Text, "its fence is") {
					about = append(about, a)
				}
			}
			require.Len(t, about, 1)
			assert.Contains(t, about[0].Commands[0].Command, test.want)
		})
	}
}

func TestAHoldIsNamedWithWhatEndsIt(t *testing.T) {
	for i, want := range []string{"regionpair failback", "aws ssm put-parameter --region eu-central-1 --name /orders/failover/hold --value off --overwrite"} {
		o := normal(t)
		o.hold(i)
		s := Judge(o)
		last := s.Attention[len(s.Attention)-1]
		assert.Equal(t, want, last.Commands[0].Command)
		assert.Contains(t, s.Text(Paint{}), "held, healthy")
		assert.Equal(t, "on", s.Regions[i].Hold)
		readiness := Examine(Inventory{Observation: o, primary: place{RegionObservation: o.Regions[0]}, standby: place{RegionObservation: o.Regions[1]}}, Selection{Only: []string{"SWITCH-01"}})
		assert.Equal(t, i == 1, readiness.Checks[0].Verdict == VerdictOK, readiness.Checks[0].Found)
	}
}

func TestStatusPage(t *testing.T) {
	o := normal(t)
	o.History = []Switch{{Number: 3, Action: ActionFailback, At: now.Add(-48 * time.Hour), Position: "off", Reason: "INC-4711", Seconds: 71}}
	assert.Equal(t, `orders   api.example.com   serving from eu-west-1 (primary), normal                  as of 14:02:11Z

  Region         Role    Serves Health         API Switch Lag to peer     Req/min    5xx Certificate
  eu-west-1      primary yes    ok 0.2 s ago   ok  -      1.4 s, max 9 s    4 120  0.0 % 212 days
  eu-central-1   standby no     ok 0.2 s ago   ok  off    1.4 s, max 9 s    4 120  0.0 % 212 days

  DNS here       eu-west-1, 8 s left
  Name servers   eu-west-1 (2 of 2)
  Last switch    2026-09-30 14:02:11Z, failback, INC-4711, 71 s   (regionpair history)
  Attention      nothing
`, Judge(o).Text(Paint{}))
	assert.Contains(t, Judge(o).Text(Paint{Colour: true}), "\x1b[32m")
}

func TestPairsAreNamedCompletely(t *testing.T) {
	_, err := NewPair("orders", "eu-west-1", "", "")
	require.ErrorContains(t, err, "--standby is missing")
	require.ErrorContains(t, err, "--domain is missing")
	_, err = NewPair("orders", "eu-wset-1", "eu-central-1", "api.example.com")
	require.ErrorContains(t, err, `--primary must be an AWS Region such as eu-west-1, got "eu-wset-1"`)
	_, err = NewPair("orders", "eu-west-1", "eu-west-1", "api.example.com")
	require.ErrorContains(t, err, "two Regions")
}
