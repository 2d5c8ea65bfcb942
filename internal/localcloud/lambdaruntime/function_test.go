package lambdaruntime_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/internal/localcloud/lambdaruntime"
)

var binaries string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "lambdaruntime-")
	if err != nil {
		panic(err)
	}
	binaries = dir
	for _, name := range []string{"handler", "broken"} {
		build := exec.Command("go", "build", "-o", filepath.Join(dir, name), "./testdata/"+name)
		if output, err := build.CombinedOutput(); err != nil {
			panic(string(output))
		}
	}
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

type answer struct {
	PID       int
	Env       []string
	RequestID string
	Remaining time.Duration
}

func newFunction(t testing.TB, change ...func(*lambdaruntime.Spec)) *lambdaruntime.Function {
	t.Helper()
	spec := lambdaruntime.Spec{
		Name: "f", ARN: "arn:aws:lambda:eu-west-1:111122223333:function:f", Region: "eu-west-1",
		Binary: filepath.Join(binaries, "handler"), Environment: map[string]string{"COLOUR": "blue"}, Timeout: 5 * time.Second,
	}
	for _, f := range change {
		f(&spec)
	}
	function := lambdaruntime.New(spec)
	t.Cleanup(function.Close)
	return function
}

func invoke(t testing.TB, f *lambdaruntime.Function, event string) (answer, lambdaruntime.Result) {
	t.Helper()
	result, err := f.Invoke(t.Context(), []byte(event))
	require.NoError(t, err)
	var a answer
	require.NoError(t, json.Unmarshal(result.Payload, &a), string(result.Payload))
	return a, result
}

func TestAProcessIsUsedAgain(t *testing.T) {
	f := newFunction(t)
	first, cold := invoke(t, f, `{}`)
	second, warm := invoke(t, f, `{}`)
	assert.Equal(t, first.PID, second.PID)
	assert.True(t, cold.Cold)
	assert.False(t, warm.Cold)
	assert.NotEqual(t, first.RequestID, second.RequestID)
	assert.InDelta(t, 5*time.Second, first.Remaining, float64(time.Second))
	assert.Equal(t, lambdaruntime.Stats{Invocations: 2, Cold: 1, Processes: 1}, f.Stats())
}

func TestTheEnvironmentIsLambdasOnly(t *testing.T) {
	t.Setenv("SECRET_OF_THE_PARENT", "x")
	a, _ := invoke(t, newFunction(t), `{}`)
	assert.Contains(t, a.Env, "COLOUR=blue")
	assert.Contains(t, a.Env, "AWS_REGION=eu-west-1")
	for _, variable := range a.Env {
		assert.NotContains(t, variable, "SECRET_OF_THE_PARENT")
		assert.False(t, strings.HasPrefix(variable, "HOME="), variable)
	}
}

func TestConcurrentInvocationsHaveTheirOwnProcesses(t *testing.T) {
	f := newFunction(t, func(s *lambdaruntime.Spec) { s.Concurrency = 3 })
	var mu sync.Mutex
	pids := []int{}
	var group sync.WaitGroup
	for range 6 {
		group.Go(func() {
			a, _ := invoke(t, f, `{"Do":"sleep","Sleep":200000000}`)
			mu.Lock()
			defer mu.Unlock()
			pids = append(pids, a.PID)
		})
	}
	group.Wait()
	slices.Sort(pids)
	assert.Len(t, slices.Compact(pids), 3, "further invocations wait for a free process")
}

func TestAnErrorOfTheFunctionIsAResult(t *testing.T) {
	f := newFunction(t)
	result, err := f.Invoke(t.Context(), []byte(`{"Do":"fail"}`))
	require.NoError(t, err)
	assert.Equal(t, "errorString", result.FunctionError)
	assert.Contains(t, string(result.Payload), "as asked")
	_, again := invoke(t, f, `{}`)
	assert.False(t, again.Cold, "the process lives on")
}

func TestATimeoutEndsTheProcess(t *testing.T) {
	f := newFunction(t, func(s *lambdaruntime.Spec) { s.Timeout = 300 * time.Millisecond })
	first, _ := invoke(t, f, `{}`)
	_, err := f.Invoke(t.Context(), []byte(`{"Do":"sleep","Sleep":60000000000}`))
	require.ErrorIs(t, err, lambdaruntime.ErrTimeout)
	mustBeGone(t, first.PID)
	_, fresh := invoke(t, f, `{}`)
	assert.True(t, fresh.Cold)
}

func TestACrashIsReportedWithTheLastLines(t *testing.T) {
	_, err := newFunction(t).Invoke(t.Context(), []byte(`{"Do":"exit"}`))
	require.ErrorIs(t, err, lambdaruntime.ErrCrashed)
	require.ErrorContains(t, err, "last words")
}

func TestAFunctionThatCannotStartSaysWhy(t *testing.T) {
	f := newFunction(t, func(s *lambdaruntime.Spec) { s.Binary = filepath.Join(binaries, "broken") })
	_, err := f.Invoke(t.Context(), []byte(`{}`))
	require.ErrorContains(t, err, "BUCKET_NAME is missing")
	missing := newFunction(t, func(s *lambdaruntime.Spec) { s.Binary = filepath.Join(binaries, "absent") })
	_, err = missing.Invoke(t.Context(), []byte(`{}`))
	require.ErrorContains(t, err, "start f")
}

func TestAFrozenProcessAnswersAfterTheThaw(t *testing.T) {
	f := newFunction(t)
	a, _ := invoke(t, f, `{}`)
	f.Freeze()
	mustStop(t, a.PID)
	done := make(chan error, 1)
	go func() {
		_, err := f.Invoke(t.Context(), []byte(`{}`))
		done <- err
	}()
	select {
	case <-done:
		require.Fail(t, "a frozen process answered")
	case <-time.After(300 * time.Millisecond):
	}
	f.Thaw()
	require.NoError(t, <-done)
}

func TestAProcessStandsStillBetweenInvocations(t *testing.T) {
	f := newFunction(t)
	a, _ := invoke(t, f, `{}`)
	mustStop(t, a.PID)
	f.Freeze()
	f.Thaw()
	assert.True(t, stopped(t, a.PID), "a Region that comes back wakes nobody up")
	again, result := invoke(t, f, `{"Do":"sleep","Sleep":50000000}`)
	assert.Equal(t, a.PID, again.PID)
	assert.False(t, result.Cold)
	mustStop(t, a.PID)
}

// mustStop waits, because the system delivers the signal when it gets to it.
func mustStop(t *testing.T, pid int) {
	t.Helper()
	require.Eventually(t, func() bool { return stopped(t, pid) }, 5*time.Second, 5*time.Millisecond)
}

func stopped(t *testing.T, pid int) bool {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	require.NoError(t, err)
	_, fields, _ := strings.Cut(string(status), ") ")
	return strings.HasPrefix(fields, "T")
}

func TestADisabledFunctionRefusesAndComesBack(t *testing.T) {
	f := newFunction(t)
	a, _ := invoke(t, f, `{}`)
	f.Disable()
	mustBeGone(t, a.PID)
	_, err := f.Invoke(t.Context(), []byte(`{}`))
	require.ErrorIs(t, err, lambdaruntime.ErrDisabled)
	f.Enable()
	_, result := invoke(t, f, `{}`)
	assert.True(t, result.Cold)
}

func TestACallerThatGivesUpEndsNothing(t *testing.T) {
	f := newFunction(t)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := f.Invoke(ctx, []byte(`{"Do":"sleep","Sleep":300000000}`))
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.Eventually(t, func() bool { return f.Stats().Invocations == 1 }, 5*time.Second, 10*time.Millisecond, "it is answered")
	_, result := invoke(t, f, `{}`)
	assert.False(t, result.Cold, "the instance that was started for it is kept")
}

func TestANewVersionReplacesTheOldOneAndIsRolledBack(t *testing.T) {
	f := newFunction(t)
	invoke(t, f, `{}`)
	rollBack := f.Deploy(filepath.Join(binaries, "broken"))
	_, err := f.Invoke(t.Context(), []byte(`{}`))
	require.ErrorContains(t, err, "BUCKET_NAME is missing")
	rollBack()
	_, result := invoke(t, f, `{}`)
	assert.True(t, result.Cold)
}

func TestARestartWaitsForAnswers(t *testing.T) {
	f := newFunction(t)
	waiting, _ := invoke(t, f, `{}`)
	done := make(chan error, 1)
	go func() {
		_, err := f.Invoke(t.Context(), []byte(`{"Do":"sleep","Sleep":300000000}`))
		done <- err
	}()
	time.Sleep(100 * time.Millisecond)
	f.Restart()
	fresh, result := invoke(t, f, `{}`)
	assert.True(t, result.Cold)
	require.NoError(t, <-done, "what was asked before is answered")
	mustBeGone(t, waiting.PID)
	again, _ := invoke(t, f, `{}`)
	assert.Equal(t, fresh.PID, again.PID, "new processes stay")
}

func TestDisablingEndsARunningInvocation(t *testing.T) {
	f := newFunction(t)
	invoke(t, f, `{}`)
	done := make(chan error, 1)
	go func() {
		_, err := f.Invoke(t.Context(), []byte(`{"Do":"sleep","Sleep":60000000000}`))
		done <- err
	}()
	time.Sleep(100 * time.Millisecond)
	f.Disable()
	require.ErrorIs(t, <-done, lambdaruntime.ErrCrashed)
}

func TestPayloadLimits(t *testing.T) {
	f := newFunction(t)
	_, err := f.Invoke(t.Context(), bytes.Repeat([]byte(" "), lambdaruntime.MaxPayloadBytes+1))
	require.ErrorIs(t, err, lambdaruntime.ErrTooLarge)
	_, err = f.Invoke(t.Context(), fmt.Appendf(nil, `{"Bytes":%d}`, lambdaruntime.MaxPayloadBytes))
	require.ErrorIs(t, err, lambdaruntime.ErrTooLarge)
	_, result := invoke(t, f, `{}`)
	assert.False(t, result.Cold)
}

func TestLogLinesArriveAndCloseLeavesNoProcess(t *testing.T) {
	lines := make(chan string, 10)
	f := newFunction(t, func(s *lambdaruntime.Spec) { s.Log = func(line string) { lines <- line } })
	a, _ := invoke(t, f, `{}`)
	assert.Equal(t, "handled", <-lines)
	f.Freeze()
	f.Close()
	mustBeGone(t, a.PID)
	_, err := f.Invoke(t.Context(), []byte(`{}`))
	require.ErrorIs(t, err, lambdaruntime.ErrDisabled)
}

func mustBeGone(t *testing.T, pid int) {
	t.Helper()
	require.Eventually(t, func() bool { return syscall.Kill(pid, 0) != nil }, 5*time.Second, 10*time.Millisecond, "process %d is still there", pid)
}

func BenchmarkWarmInvocation(b *testing.B) {
	f := newFunction(b)
	invoke(b, f, `{}`)
	b.ResetTimer()
	for b.Loop() {
		if _, err := f.Invoke(b.Context(), []byte(`{}`)); err != nil {
			b.Fatal(err)
		}
	}
}
