package main_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/internal/localcloud/signature"
)

// operate runs a command against a session as an operator of a deployed pair
// would: the AWS SDK and HTTPS through the proxy, DNS at the session's servers.
func (s *session) operate(args ...string) outcome {
	s.t.Helper()
	command := s.operatorCommand(args...)
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	err := command.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		require.NoError(s.t, err)
	}
	mustMatchItsSchema(s.t, args, stdout.String())
	return outcome{exit: command.ProcessState.ExitCode(), stdout: stdout.String(), stderr: stderr.String()}
}

func (s *session) operatorCommand(args ...string) *exec.Cmd {
	proxy, err := url.Parse(s.ready.HTTPSProxy)
	require.NoError(s.t, err)
	proxy.User = url.UserPassword(operator, "local")
	command := endsWithTests(exec.CommandContext(s.t.Context(), binary, append(args, "--config", "../../cdk.json")...))
	command.Env = append(os.Environ(), "HTTPS_PROXY="+proxy.String(), "SSL_CERT_FILE="+s.ready.CAFile, "AWS_CA_BUNDLE=", "AWS_EC2_METADATA_DISABLED=true",
		"AWS_REGION=us-east-1",
		"AWS_ACCESS_KEY_ID="+signature.AccessKeyID, "AWS_SECRET_ACCESS_KEY="+signature.SecretAccessKey, "AWS_SESSION_TOKEN="+signature.SessionToken,
		"REGIONPAIR_RESOLVER="+s.ready.DNSAddress, "REGIONPAIR_NAME_SERVERS="+s.ready.NameServer)
	return command
}

// operator is what the proxy knows the command-line tool by.
const operator = "operator"

// hostsAsked are what the tool asked the proxy for since the session began.
func (s *session) hostsAsked() []string {
	s.t.Helper()
	hosts := []string{}
	callers, _ := s.tell("calls")["calls"].(map[string]any)
	asked, _ := callers[operator].([]any)
	for _, host := range asked {
		hosts = append(hosts, host.(string))
	}
	return hosts
}

type regionDocument struct {
	Region, Error string
	Silent        bool
	Health        struct {
		Status string
		Held   bool
	}
}

type statusDocument struct {
	State, Serving string
	API            struct{ Status int }
	Regions        []regionDocument
	Attention      []struct{ Text string }
	LastSwitch     struct {
		Number                            int
		Action, Reason, Outcome, Position string
		Seconds                           float64
	}
}

func decode[T any](t *testing.T, text string) T {
	t.Helper()
	var document T
	require.NoError(t, json.Unmarshal([]byte(text), &document), text)
	return document
}

// settle waits until a Region serves and nothing needs attention: on a machine
// that is busy the first answers of functions are late.
func (s *session) settle(region string) {
	s.t.Helper()
	s.answeredBy(region)
	var seen outcome
	err := within(time.Minute, region+" serves and nothing needs attention", func() bool {
		seen = s.operate("status")
		return seen.exit == 0 && s.tell("status")["answer"] == region
	})
	require.NoError(s.t, err, seen.stdout+seen.stderr)
}

func TestAPairIsTakenOverKeptAndGivenBack(t *testing.T) {
	t.Parallel()
	s := up(t, "--time-scale", "20")
	primary, standby := s.ready.Regions[0].Name, s.ready.Regions[1].Name
	s.settle(primary)

	fresh := s.operate("status")
	require.Equal(t, 0, fresh.exit, fresh.stdout+fresh.stderr)
	t.Log("\n" + fresh.stdout)
	assert.Contains(t, fresh.stdout, "serving from "+primary+" (primary), normal")
	assert.Contains(t, fresh.stdout, "Attention      nothing")
	mustFit(t, fresh.stdout)

	require.Equal(t, true, s.tell("break trust-01")["ok"])
	unfit := s.operate("failover", "--yes")
	assert.Equal(t, 1, unfit.exit, unfit.stdout)
	assert.Contains(t, unfit.stdout, "TRUST-01 "+standby+" has none")
	assert.Contains(t, unfit.stdout, "--accept readiness")
	require.Equal(t, true, s.tell("mend")["ok"])
	row := 0 // instances of the health function that saw it broken give that out for 5 s
	require.Eventually(t, func() bool {
		row++
		if s.operate("failover", "--dry-run").exit != 0 {
			row = 0
		}
		return row == 6
	}, time.Minute, time.Second)

	require.Equal(t, true, s.tell("fault " + primary + " blackhole")["ok"])
	begin := time.Now()
	silent := s.operate("status", "--json")
	assert.Less(t, time.Since(begin), 3*time.Second, "status while a Region swallows packets")
	seen := decode[statusDocument](t, silent.stdout)
	assert.True(t, seen.Regions[0].Silent, silent.stdout)
	assert.Equal(t, "healthy", seen.Regions[1].Health.Status)
	assert.Equal(t, 1, silent.exit)

	before := s.hostsAsked()
	moved := s.operate("failover", "--yes", "--reason", "INC-4711")
	t.Log("\n" + moved.stdout)
	require.Equal(t, 0, moved.exit, moved.stdout+moved.stderr)
	assert.Contains(t, moved.stdout, "Recorded as switch 2")
	for _, host := range s.hostsAsked()[len(before):] {
		assert.True(t, host == s.ready.DomainName || strings.Contains(host, standby), "a failover asked %s", host)
	}
	s.answeredBy(standby)

	after := s.operate("status")
	t.Log("\n" + after.stdout)
	assert.Equal(t, 1, after.exit)
	assert.Contains(t, after.stdout, "HELD: serving from "+standby)
	mustFit(t, after.stdout)

	again := s.operate("failover", "--yes")
	assert.Equal(t, 0, again.exit, again.stdout)
	assert.Contains(t, again.stdout, "Nothing to do")
	early := s.operate("failback", "--yes")
	assert.Equal(t, 1, early.exit, early.stdout)
	assert.Contains(t, early.stdout, "Refused")

	require.Equal(t, true, s.tell("heal " + primary)["ok"])
	require.Eventually(t, func() bool {
		result := s.operate("failback", "--dry-run", "--json", "--stable", "0s")
		return result.exit == 0
	}, 30*time.Second, time.Second, "the guards hold once the primary is back")
	back := s.operate("failback", "--yes", "--stable", "0s")
	t.Log("\n" + back.stdout)
	require.Equal(t, 0, back.exit, back.stdout+back.stderr)
	s.answeredBy(primary)

	history := s.operate("history")
	t.Log("\n" + history.stdout)
	assert.Contains(t, history.stdout, "INC-4711")
	last := decode[statusDocument](t, s.operate("status", "--json").stdout)
	assert.Equal(t, 3, last.LastSwitch.Number)
	assert.Equal(t, "failback", last.LastSwitch.Action)
	assert.Equal(t, "done", last.LastSwitch.Outcome)
	assert.Equal(t, "normal", last.State)
	s.quit()
}

// mustFit holds pages within what a terminal shows.
func mustFit(t *testing.T, page string) {
	t.Helper()
	for line := range strings.Lines(page) {
		assert.LessOrEqual(t, len([]rune(strings.TrimRight(line, "\n"))), 100, line)
	}
}

func TestAnInterruptedFailoverSaysWhatHasHappenedAndCanBeRunAgain(t *testing.T) {
	t.Parallel()
	s := up(t, "--time-scale", "4")
	primary, standby := s.ready.Regions[0].Name, s.ready.Regions[1].Name
	s.answeredBy(primary)
	command := s.operatorCommand("failover", "--yes", "--reason", "INC-1")
	out, err := command.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, command.Start())
	lines, told := bufio.NewScanner(out), ""
	for lines.Scan() {
		told += lines.Text() + "\n"
		if strings.Contains(lines.Text(), "the switch is on in "+standby) {
			interrupt(t, command)
		}
	}
	var exit *exec.ExitError
	require.ErrorAs(t, command.Wait(), &exit, told)
	assert.Equal(t, 3, exit.ExitCode(), told)
	assert.Contains(t, told, "Not seen: the switch in "+standby+" is on, and clients here were not seen to follow when it was interrupted")
	assert.Contains(t, told, "regionpair failback")
	history := s.operate("history", "--json")
	assert.Contains(t, history.stdout, `"outcome":"not seen"`)

	again := s.operate("failover", "--yes", "--timeout", "2m")
	assert.Equal(t, 0, again.exit, again.stdout)
	s.quit()
}

func TestHoldKeepsARecoveredPrimaryOut(t *testing.T) {
	t.Parallel()
	s := up(t, "--time-scale", "20")
	primary, standby := s.ready.Regions[0].Name, s.ready.Regions[1].Name
	s.settle(primary)
	refused := s.operate("hold", "--yes")
	assert.Equal(t, 1, refused.exit, refused.stdout)
	assert.Contains(t, refused.stdout, "this would move them")
	withoutTerminal := s.operate("failover")
	assert.Equal(t, 2, withoutTerminal.exit)
	assert.Contains(t, withoutTerminal.stdout, "give --yes; nothing was changed")

	require.Equal(t, true, s.tell("fault " + primary + " crash")["ok"])
	s.answeredBy(standby)
	require.Eventually(t, func() bool { return strings.Contains(s.operate("status").stdout, "FAILED OVER") }, 10*time.Second, 200*time.Millisecond)
	assert.Contains(t, s.operate("status").stdout, "regionpair hold")
	held := s.operate("hold", "--yes", "--reason", "cause unknown")
	require.Equal(t, 0, held.exit, held.stdout+held.stderr)
	released := s.operate("release", "--dry-run")
	assert.Equal(t, 0, released.exit, released.stdout)

	require.Equal(t, true, s.tell("heal " + primary)["ok"])
	require.Eventually(t, func() bool { return s.tell("status")["primaryHealthy"] == false }, time.Second, 50*time.Millisecond)
	time.Sleep(4 * time.Second) // 80 s of Route 53
	assert.Equal(t, standby, s.tell("status")["answer"], "the primary is green and kept out")
	now := s.operate("release", "--yes")
	assert.Equal(t, 1, now.exit, "it would move the clients: %s", now.stdout)
	assert.Contains(t, now.stdout, "regionpair failback, which looks first")
	moved := s.operate("release", "--yes", "--accept", "move")
	assert.Equal(t, 0, moved.exit, moved.stdout)
	s.answeredBy(primary)
	s.quit()
}
