package main_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/internal/drill"
)

// contract is what programs may rely on, field by field.
type contract struct {
	SchemaVersion int
	TimeScale     float64
	Runs          []struct {
		Fault                string
		Seed                 int
		DetectionSeconds     float64
		DNSSwitchSeconds     float64
		RTOSeconds           float64
		RTOBoundSeconds      float64
		Requests             int
		Errors               int
		P50Millis, P99Millis float64
		AcknowledgedWrites   int
		VerifiedKeys         int
		UnreadableAtFailover int
		PermanentlyLost      int
		FailbackSeconds      float64
		SplitBrainSeconds    float64
		UnexpectedHosts      []string
		Verdict              string
		RequestsPerSecond    float64
	}
}

func TestDrillLosesARegionAndKeepsItsContract(t *testing.T) {
	t.Parallel()
	report, dir := t.TempDir(), ownAssembly(t)
	got := regionpair(t, "drill", "--assembly", dir, "--fault", "crash", "--seed", "7", "--time-scale", "10", "--json", "--report", report)
	require.Equal(t, 0, got.exit, got.stderr)
	var document contract
	require.NoError(t, json.Unmarshal([]byte(got.stdout), &document), "standard output is one document")
	require.Equal(t, 1, document.SchemaVersion)
	assert.InDelta(t, 10, document.TimeScale, 0)
	require.Len(t, document.Runs, 1)
	run := document.Runs[0]
	assert.Equal(t, "crash", run.Fault)
	assert.Equal(t, 7, run.Seed)
	assert.InDelta(t, 45, run.RTOBoundSeconds, 0, "10 s x 3 + 5 s + 10 s")
	assert.Less(t, run.RTOSeconds, 1.15*run.RTOBoundSeconds)
	assert.Greater(t, run.RTOSeconds, 20.0)
	assert.GreaterOrEqual(t, run.DNSSwitchSeconds, run.DetectionSeconds)
	assert.Positive(t, run.Errors)
	assert.Positive(t, run.FailbackSeconds)
	assert.Positive(t, run.UnreadableAtFailover, "replication is asynchronous, and the report says so")
	assert.Positive(t, run.AcknowledgedWrites)
	assert.Greater(t, run.VerifiedKeys, 100)
	assert.Zero(t, run.PermanentlyLost)
	assert.Empty(t, run.UnexpectedHosts)
	assert.Equal(t, "pass", run.Verdict)
	assert.GreaterOrEqual(t, run.RequestsPerSecond, 50.0, "without load nothing is proved")
	assert.Less(t, run.P50Millis, run.P99Millis)
	for _, field := range []string{"schemaVersion", "timeScale", "detectionSeconds", "dnsSwitchSeconds", "rtoSeconds", "rtoBoundSeconds", "p50Millis", "p99Millis",
		"acknowledgedWrites", "unreadableAtFailover", "permanentlyLost", "failbackSeconds", "splitBrainSeconds", "unexpectedHosts", "verdict"} {
		assert.Contains(t, got.stdout, `"`+field+`"`)
	}
	for _, event := range []string{"fault: crash in eu-west-1", "the record of eu-west-1 is unhealthy", "all resolvers answer with eu-central-1", "PASS"} {
		assert.Contains(t, got.stderr, event)
	}
	html, err := os.ReadFile(filepath.Join(report, "report.html"))
	require.NoError(t, err)
	assert.Contains(t, string(html), "<svg")
	assert.NotRegexp(t, `(src|href)="http`, string(html), "the report needs nothing else")
	for _, name := range []string{"report.md", "report.svg", "report.json"} {
		assert.FileExists(t, filepath.Join(report, name))
	}
	require.Zero(t, childrenOf(dir), "processes of functions are left")
	described := decode[drill.Description](t, regionpair(t, "describe", "--json", "--assembly", dir).stdout)
	assert.Equal(t, decode[drill.Document](t, got.stdout).NotEmulated, described.Drill.NotEmulated, "describe says beforehand what a drill leaves out")
}

func TestWhatCannotBeDoneIsExitCode2(t *testing.T) {
	t.Parallel()
	targets := filepath.Join(t.TempDir(), "targets.json")
	require.NoError(t, os.WriteFile(targets, []byte(`{"rto": 1}`), 0o600))
	wrong, foreign := filepath.Join(t.TempDir(), "wrong.json"), filepath.Join(t.TempDir(), "foreign.json")
	require.NoError(t, os.WriteFile(wrong, []byte(`{"requests": [{"method": "GET", "pth": "/objects"}]}`), 0o600))
	require.NoError(t, os.WriteFile(foreign, []byte(`{"client": "reporting", "requests": [{"method": "GET", "path": "/object"}, {"method": "PUT", "path": "/objects/a"}]}`), 0o600))
	for name, test := range map[string]struct {
		args []string
		want string
	}{
		"workload":         {[]string{"drill", "--assembly", hostAssembly, "--workload", wrong, "--targets", targets}, "requests[0].pth: unknown field; did you mean \"path\"?"},
		"two files":        {[]string{"drill", "--assembly", hostAssembly, "--workload", wrong, "--targets", targets}, `rto: unknown field`},
		"two loads":        {[]string{"drill", "--assembly", hostAssembly, "--workload", foreign, "--load", "true"}, "--load and --workload do not go together"},
		"no route":         {[]string{"drill", "--assembly", hostAssembly, "--workload", foreign}, `requests[0].path: GET /object is no route of the API; did you mean "GET /objects"?`},
		"no scope":         {[]string{"drill", "--assembly", hostAssembly, "--workload", foreign}, `client "reporting" may not send PUT /objects/{key+}; clients that may are partner`},
		"no assembly":      {[]string{"drill", "--assembly", t.TempDir()}, "synthesize first, with `cdk synth`"},
		"client address":   {[]string{"drill", "--assembly", hostAssembly, "--client-address", "nowhere"}, `--client-address must be an IP address such as 203.0.113.7, got "nowhere"`},
		"client key":       {[]string{"up", "--assembly", hostAssembly, "--client-cert", "client.pem"}, `--client-cert and --client-key go together, got "client.pem" and ""`},
		"foreign machine":  {[]string{"drill", "--assembly", foreignAssembly}, "leave --assembly out"},
		"durability":       {[]string{"drill", "--durability", "strong"}, `--durability must be async, sync or both, got "strong"`},
		"two durabilities": {[]string{"drill", "--assembly", hostAssembly, "--durability", "both"}, "--durability is for an app that is synthesized: leave it out, or leave --assembly out"},
		"unknown fault":    {[]string{"drill", "--assembly", hostAssembly, "--fault", "flood"}, `fault "flood" is unknown; there are crash, blackhole`},
		"time scale":       {[]string{"drill", "--assembly", hostAssembly, "--time-scale", "100"}, "from 1 to 20"},
		"targets":          {[]string{"drill", "--assembly", hostAssembly, "--targets", targets}, `rto: unknown field; known here: rtoFactor`},
		"all at once":      {[]string{"drill", "--assembly", hostAssembly, "--fault", "crash,flood", "--seeds", "0", "--time-scale", "NaN", "--replication-lag", "-1s"}, "--seeds must be at least 1, got 0\n--time-scale: the time scale must be from 1 to 20, got NaN"},
		"empty fault":      {[]string{"drill", "--assembly", hostAssembly, "--fault", ""}, "--fault is empty; there are crash"},
		"argument":         {[]string{"drill", "crash"}, `got "crash": name the fault with --fault`},
		"report":           {[]string{"drill", "--assembly", hostAssembly, "--report", filepath.Join(targets, "report")}, "--report: make the folder for the report"},
		"unknown flag":     {[]string{"drill", "--wrong"}, "unknown flag: --wrong; `regionpair drill --help` lists the options"},
		"up":               {[]string{"up", "--assembly", t.TempDir()}, "synthesize first, with `cdk synth`"},
		"describe":         {[]string{"describe", "--assembly", t.TempDir()}, "synthesize first, with `cdk synth`"},
	} {
		t.Run(name, func(t *testing.T) {
			got := regionpair(t, test.args...)
			assert.Equal(t, 2, got.exit)
			assert.Contains(t, got.stderr, test.want)
			assert.NotContains(t, got.stderr, "goroutine")
			assert.Empty(t, got.left, "temporary files")
		})
	}
}

func TestAnInterruptedDrillLeavesNothing(t *testing.T) {
	tmp, dir := t.TempDir(), ownAssembly(t)
	command := endsWithTests(exec.CommandContext(t.Context(), binary, "drill", "--assembly", dir))
	command.Env = append(os.Environ(), "TMPDIR="+tmp)
	var stderr bytes.Buffer
	command.Stderr = &stderr
	require.NoError(t, command.Start())
	require.Eventually(t, func() bool { return childrenOf(dir) > 0 }, 10*time.Second, 20*time.Millisecond)
	interrupt(t, command)
	require.Error(t, command.Wait())
	assert.Equal(t, 2, command.ProcessState.ExitCode())
	assert.Contains(t, stderr.String(), "interrupted")
	left, err := os.ReadDir(tmp)
	require.NoError(t, err)
	assert.Empty(t, left)
	require.Eventually(t, func() bool { return childrenOf(dir) == 0 }, 5*time.Second, 20*time.Millisecond)
}

func TestAClosedPipeIsAnErrorAndLeavesNothing(t *testing.T) {
	read, write, err := os.Pipe()
	require.NoError(t, err)
	require.NoError(t, read.Close())
	defer func() { _ = write.Close() }()
	for _, name := range []string{"describe", "up"} {
		t.Run(name, func(t *testing.T) {
			tmp := t.TempDir()
			var stderr bytes.Buffer
			command := endsWithTests(exec.CommandContext(t.Context(), binary, name, "--assembly", hostAssembly))
			command.Env, command.Stdout, command.Stderr = append(os.Environ(), "TMPDIR="+tmp), write, &stderr
			require.Error(t, command.Run())
			assert.Equal(t, 2, command.ProcessState.ExitCode(), "not a signal")
			assert.Contains(t, stderr.String(), "broken pipe")
			left, err := os.ReadDir(tmp)
			require.NoError(t, err)
			assert.Empty(t, left)
		})
	}
}

func TestDescribe(t *testing.T) {
	got := regionpair(t, "describe", "--assembly", hostAssembly)
	require.Equal(t, 0, got.exit, got.stderr)
	for _, want := range []string{"orders-primary:", "orders-secondary:", "orders-global:", "5 HealthCheck", "npx cdk deploy --app ", "aws://111122223333/us-east-1"} {
		assert.Contains(t, got.stdout, want)
	}
	asJSON := regionpair(t, "describe", "--json", "--assembly", hostAssembly)
	described := decode[drill.Description](t, asJSON.stdout)
	stacks := described.Stacks
	assert.Empty(t, described.Drill.Refusals)
	assert.Contains(t, described.Drill.Faults, "crash")
	require.Len(t, stacks, 3)
	assert.Equal(t, 5, stacks[2].Types["AWS::Route53::HealthCheck"])
	assert.True(t, strings.HasSuffix(stacks[2].Name, "-global"), "the global stack is the last")
}

// What drills refuse, describe says in the same words, and still lists what they
// would leave out.
func TestDescribeSaysWhatADrillRefuses(t *testing.T) {
	described := decode[drill.Description](t, regionpair(t, "describe", "--json", "--assembly", foreignAssembly).stdout)
	require.Len(t, described.Drill.Refusals, 1)
	assert.Contains(t, described.Drill.Refusals[0], "leave --assembly out")
	assert.NotEmpty(t, described.Drill.NotEmulated)
	refused := regionpair(t, "drill", "--assembly", foreignAssembly)
	assert.Equal(t, 2, refused.exit)
	assert.Contains(t, refused.stderr, described.Drill.Refusals[0])
	text := regionpair(t, "describe", "--assembly", foreignAssembly)
	assert.Contains(t, text.stdout, "`regionpair drill --assembly "+foreignAssembly+"` refuses it:\n  functions of ")
	assert.Contains(t, text.stdout, "A drill leaves out ")
}
