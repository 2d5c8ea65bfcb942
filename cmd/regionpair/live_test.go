package main_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/internal/drill"
	"github.com/regionpair/regionpair/internal/localcloud"
	"github.com/regionpair/regionpair/internal/operate"
)

// settled waits until the primary serves, nothing needs attention and a drill may
// begin: functions that start are late on a busy machine.
func (d *deployed) settled(key string) {
	d.t.Helper()
	for _, command := range []string{"status", "readiness"} {
		var seen outcome
		err := within(time.Minute, command+" finds nothing", func() bool { seen = d.run(key, command); return seen.exit == 0 })
		require.NoError(d.t, err, seen.stdout+seen.stderr)
	}
}

func TestADeployedPairIsDrilledWithThePolicyThatIsPrinted(t *testing.T) {
	t.Parallel()
	const key = "ASIALOCALCLOUDDRILL0"
	d := deploy(t, 20)
	policy := d.restricted(key, operate.RoleBreakHealth)
	d.settled(key)
	evidence := filepath.Join(t.TempDir(), "q4")
	got := d.run(key, "drill", "--live", "--client", "partner", "--time-scale", "20", "--break-health", "--yes", "--reason", "Q4 drill", "--evidence", evidence, "--json")
	require.Equal(t, 0, got.exit, got.stdout+got.stderr)
	assert.Contains(t, got.stderr, "move the clients of api.example.com from eu-west-1 to eu-central-1 and back")
	document := decode[drill.Document](t, got.stdout)
	live := document.Live
	require.Len(t, document.Runs, 2)
	for i, fault := range []string{drill.Takeover, string(localcloud.HealthOnly)} {
		run := document.Runs[i]
		assert.Equal(t, fault, run.Fault)
		assert.Contains(t, got.stderr, fmt.Sprintf("== %s, seed %d\n", fault, run.Seed))
		assert.Equal(t, drill.Pass, run.Verdict, run.Reasons)
		// Both Regions serve while clients move. On a busy machine an answer may take
		// longer than the second that clients wait; without service, all would fail.
		assert.LessOrEqual(t, run.Errors, run.Requests/100, run.ErrorsOf)
		assert.NotZero(t, run.MovedSeconds, "clients were in the primary")
		assert.Positive(t, run.DNSSwitchSeconds)
		assert.Positive(t, run.FailbackSeconds)
		assert.Greater(t, run.Requests, 100)
	}
	assert.Equal(t, drill.OutcomeDone, live.Outcome)
	assert.Contains(t, live.By, "arn:aws:")
	assert.Equal(t, "orders.partner", live.Client)
	assert.Positive(t, live.Data.Written)
	assert.Positive(t, live.Data.Compared)
	assert.Equal(t, live.Data.Compared, live.Data.Equal, live.Data.Differing)
	assert.Equal(t, live.Data.Compared, live.Data.Deleted, live.Data.Notes)
	assert.Zero(t, live.Data.Conflicts)
	assert.Equal(t, drill.LiveTokens{Tried: 2, Kept: 2}, live.Tokens)
	assert.True(t, live.Restored)
	assert.NotEmpty(t, live.Regions[0].Code["handler"])
	assert.True(t, live.Readiness.Planned)

	sums := exec.CommandContext(t.Context(), "sha256sum", "--check", "--strict", "sha256sums")
	sums.Dir = evidence
	checked, err := sums.CombinedOutput()
	require.NoError(t, err, string(checked))
	page, err := os.ReadFile(filepath.Join(evidence, "report.html"))
	require.NoError(t, err)
	for _, text := range []string{"Art. 11(6)", "A1.3", "A.5.30", "CP-4(2)", "It does not show", "Q4 drill", live.By} {
		assert.Contains(t, string(page), text)
	}
	events, err := os.ReadFile(filepath.Join(evidence, "events.jsonl"))
	require.NoError(t, err)
	assert.Contains(t, string(events), "Route 53 answers with eu-central-1")

	history := d.run(key, "history")
	assert.Contains(t, history.stdout, "Q4 drill")
	d.settled(key)
	assert.Empty(t, d.denied(key))
	assert.NotContains(t, got.stdout+got.stderr, secretOf(d), "the client's secret is nobody's business")
	d.mustNeed(key, policy[len(policy)-2:])
}

// A fenced drill moves the clients when the standby has all writes: nothing that was
// acknowledged is missing there, and the primary takes writes again at the end.
func TestALiveDrillWithAFenceHasOneWriterAtATime(t *testing.T) {
	t.Parallel()
	s := up(t, "--time-scale", "20")
	s.settle(west)
	require.Eventually(t, func() bool { return s.operate("readiness").exit == 0 }, time.Minute, time.Second, "functions that start are late")
	got := s.operate("drill", "--live", "--client", "partner", "--time-scale", "20", "--yes", "--json", "--fence", "--fence-uploads", "0s", "--fence-settle", "7s")
	require.Equal(t, 0, got.exit, got.stdout+got.stderr)
	assert.Contains(t, got.stderr, "the fence of "+west)
	document := decode[drill.Document](t, got.stdout)
	require.Len(t, document.Runs, 1)
	run := document.Runs[0]
	assert.Equal(t, drill.FencedTakeover, run.Fault)
	assert.Equal(t, drill.Pass, run.Verdict, run.Reasons)
	assert.Greater(t, run.FencedSeconds, 7.0)
	assert.Positive(t, run.ErrorsOf["write"], "writes are refused meanwhile")
	assert.Less(t, run.ErrorsOf["read"], run.ErrorsOf["write"], "reads are not")
	assert.Zero(t, run.UnreadableAtFailover)
	measured := map[string]bool{}
	for _, check := range run.Checks {
		measured[check.Target] = true
	}
	assert.True(t, measured[drill.TargetFencedWriters] && measured[drill.TargetFencedUnread])
	texts := []string{}
	for _, event := range run.Timeline {
		texts = append(texts, event.Text)
	}
	assert.Contains(t, strings.Join(texts, "\n"), central+" has everything")
	assert.True(t, document.Live.Restored)
	s.answeredBy(west)
	s.quit()
}

func secretOf(d *deployed) string { return d.cloud.Pair().Clients["orders.partner"] }

func TestALiveDrillThatDoesNotTakePlaceOrIsInterruptedChangesNothing(t *testing.T) {
	t.Parallel()
	s := up(t, "--time-scale", "20")
	primary, standby := s.ready.Regions[0].Name, s.ready.Regions[1].Name
	s.settle(primary)
	args := []string{"drill", "--live", "--client", "partner", "--time-scale", "20", "--json"}

	declined := s.operate(args...)
	assert.Equal(t, 2, declined.exit)
	assert.Equal(t, drill.OutcomeDeclined, decode[drill.Document](t, declined.stdout).Live.Outcome)
	require.Equal(t, true, s.tell("fault " + standby + " health-only")["ok"])
	refused := s.operate(append(args, "--yes")...)
	assert.Equal(t, 1, refused.exit, refused.stderr)
	assert.Equal(t, drill.OutcomeRefused, decode[drill.Document](t, refused.stdout).Live.Outcome)
	require.Equal(t, true, s.tell("heal " + standby)["ok"])
	s.settle(primary)

	evidence := t.TempDir()
	command := s.operatorCommand(append(args, "--yes", "--evidence", evidence)...)
	output := &strings.Builder{}
	command.Stdout = output
	log, err := command.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, command.Start())
	for lines := bufio.NewScanner(log); lines.Scan(); {
		if strings.Contains(lines.Text(), "is set to on") {
			interrupt(t, command)
		}
	}
	var exit *exec.ExitError
	require.ErrorAs(t, command.Wait(), &exit)
	assert.Equal(t, 2, exit.ExitCode(), output.String())
	document := decode[drill.Document](t, output.String())
	assert.Equal(t, drill.OutcomeInterrupted, document.Live.Outcome)
	assert.True(t, document.Live.Restored)
	assert.Equal(t, drill.Inconclusive, document.Verdict())
	assert.Zero(t, document.Live.Data.Left)
	told, err := os.ReadFile(filepath.Join(evidence, "report.md"))
	require.NoError(t, err)
	assert.Contains(t, string(told), "Verdict: **inconclusive**. The drill ended early: the drill was interrupted. Its figures are those until then. No data was checked.")
	assert.Equal(t, []string{"the drill was interrupted"}, document.Runs[0].Reasons)
	s.settle(primary)
	assert.Contains(t, s.operate("history", "--json").stdout, `"position":"off","by"`)
	s.quit()
}

// stop keeps a function from being invoked.
func (d *deployed) stop(region, logicalID string) {
	d.t.Helper()
	found, err := d.cloud.Find(region, "AWS::Lambda::Function", logicalID)
	require.NoError(d.t, err)
	_, err = lambda.NewFromConfig(d.aws(region)).PutFunctionConcurrency(d.t.Context(), &lambda.PutFunctionConcurrencyInput{
		FunctionName: &found.Ref, ReservedConcurrentExecutions: aws.Int32(0),
	})
	require.NoError(d.t, err)
}

// ttlSeconds of the example's failover records.
const ttlSeconds = 10.0

// Both kinds of drill measure the same outage of the same pair.
func TestTheLiveDrillAndTheLocalOneAgree(t *testing.T) {
	t.Parallel()
	const scale = 4
	d := deploy(t, scale)
	d.stop(central, d.cloud.Pair().GuardFunction) // it would keep the primary out for minutes
	d.settled(accessKey)
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	command := d.command(accessKey, "drill", "--live", "--client", "partner", "--time-scale", "4", "--external", "--yes", "--json", "--rate", "120")
	output := &strings.Builder{}
	command.Stdout = output
	log, err := command.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, command.Start())
	var local drill.Result
	failed := make(chan error, 1)
	for lines := bufio.NewScanner(log); lines.Scan(); {
		if strings.Contains(lines.Text(), "break eu-west-1 now") {
			go func() {
				var err error
				local, _, err = drill.Run(ctx, drill.Options{Cloud: d.cloud, Dir: t.TempDir(), Fault: string(localcloud.Crash), Seed: 3, TimeScale: scale})
				failed <- err
			}()
		}
	}
	err = command.Wait()
	var exit *exec.ExitError
	require.True(t, err == nil || errors.As(err, &exit), err)
	document := decode[drill.Document](t, output.String())
	require.Len(t, document.Runs, 1, output.String())
	require.NoError(t, <-failed)
	live := document.Runs[0]
	t.Logf("RTO: live %.2f s, local %.2f s; back: %.2f and %.2f s", live.RTOSeconds, local.RTOSeconds, live.FailbackSeconds, local.FailbackSeconds)
	least, most := local.RTOSeconds, 0.0
	for _, clients := range local.Populations {
		least, most = min(least, clients.RTOSeconds), max(most, clients.RTOSeconds)
	}
	assert.Positive(t, least)
	// The live drill's clients share one resolver: they are one population more, which
	// may be as far from the others as these are from each other.
	apart := ttlSeconds/float64(len(local.Populations)) + 1
	assert.GreaterOrEqual(t, live.RTOSeconds, least-apart)
	assert.LessOrEqual(t, live.RTOSeconds, most+apart)
	assert.Positive(t, live.Errors)
}
