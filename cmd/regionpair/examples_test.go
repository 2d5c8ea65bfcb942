package main_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// drilled is an app that loses a Region, in a folder of its own.
type drilled struct {
	// app makes the app.
	app func(t *testing.T) string
	// args of the drill, besides those of all.
	args []string
	// data is true when what was written is read back in both Regions.
	data bool
	// stored is the consistency of the tables that have all the data; empty where
	// they do not.
	stored string
}

func example(name string) func(t *testing.T) string {
	return func(t *testing.T) string {
		t.Helper()
		return copyExample(t, name)
	}
}

var repository, _ = filepath.Abs("../..")

func allDrilled() map[string]drilled {
	own := []string{"--workload", "workload.json"}
	return map[string]drilled{
		"whole-app":           {app: example("whole-app"), data: true},
		"own-handler":         {app: example("own-handler"), args: own},
		"synchronous-objects": {app: example("synchronous-objects"), data: true},
		"orders-table":        {app: example("orders-table"), args: own, data: true, stored: "eventual"},
		"orders-table-strong": {app: example("orders-table"), args: append(slices.Clone(own), "-c", "consistency=strong"), data: true, stored: "strong"},
		// Interpreters start slowly, and time that is scaled does not wait for them.
		"existing-api": {app: example("existing-api"), args: append(own, "--time-scale", "5"), data: true},
		"init":         {app: newApp, args: own, data: true},
	}
}

// newApp is what `regionpair init` writes, and its own tests pass.
func newApp(t *testing.T) string {
	t.Helper()
	app := filepath.Join(t.TempDir(), "orders")
	got := regionpair(t, "init", app, "--replace", repository)
	require.Equal(t, 0, got.exit, got.stderr)
	require.NoError(t, os.Symlink(filepath.Join(repository, "node_modules"), filepath.Join(app, "node_modules")))
	for _, accept := range []string{"UPDATE_SNAPSHOTS=1", "UPDATE_SNAPSHOTS="} {
		tests := exec.CommandContext(t.Context(), "go", "test", "./...")
		tests.Dir, tests.Env = app, append(os.Environ(), accept)
		output, err := tests.CombinedOutput()
		require.NoError(t, err, "%s", output)
	}
	return app
}

// TestEveryExampleSurvivesACrash drills every example from a copy outside the
// checkout, as its importer would: `make examples`.
func TestEveryExampleSurvivesACrash(t *testing.T) {
	if os.Getenv("REGIONPAIR_EXAMPLES") == "" {
		t.Skip("it takes minutes: `make examples` runs it")
	}
	t.Parallel()
	for name, d := range allDrilled() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			app := d.app(t)
			run := survive(t, app, d.args)
			assert.Equal(t, d.data, run.DataChecked)
			if d.data {
				assert.Greater(t, run.AcknowledgedWrites, 50)
			}
			assert.Greater(t, run.ErrorsInFault, 0, "the fault met somebody")
			run.checkStored(t, d.stored)
			t.Logf("RTO %.1f s (bound %.0f s), RPO %.1f s (%d writes unreadable at failover), %d of %d acknowledged writes lost, %d of %d requests failed",
				run.RTOSeconds, run.RTOBoundSeconds, run.RPOSeconds, run.UnreadableAtFailover, run.PermanentlyLost, run.AcknowledgedWrites, run.Errors, run.Requests)
		})
	}
}

type exampleRun struct {
	Verdict                                                              string
	DataChecked                                                          bool
	RTOSeconds, RTOBoundSeconds, RPOSeconds                              float64
	AcknowledgedWrites, PermanentlyLost, ErrorsInFault, Errors, Requests int
	UnexpectedHosts                                                      []string
	UnreadableAtFailover                                                 int
	Written                                                              struct{ Objects, EventualItems, StrongItems int }
}

// checkStored holds the figures of tables against what their consistency promises.
func (r exampleRun) checkStored(t *testing.T, consistency string) {
	t.Helper()
	switch consistency {
	case "strong":
		assert.Zero(t, r.UnreadableAtFailover)
		assert.Greater(t, r.Written.StrongItems, 50)
		assert.Zero(t, r.Written.EventualItems+r.Written.Objects)
	case "eventual":
		assert.Greater(t, r.Written.EventualItems, 50)
		assert.Zero(t, r.Written.StrongItems+r.Written.Objects)
	}
}

// survive drills an app with a crash; on a machine that was late, once more.
func survive(t *testing.T, app string, args []string) exampleRun {
	t.Helper()
	for _, seed := range []string{"1", "2"} {
		command := endsWithTests(exec.CommandContext(t.Context(), binary, append([]string{"drill", "--json", "--fault", "crash", "--seed", seed}, args...)...))
		command.Dir, command.Env = app, append(os.Environ(), "TMPDIR="+t.TempDir())
		var stdout, stderr bytes.Buffer
		command.Stdout, command.Stderr = &stdout, &stderr
		_ = command.Run()
		if exit := command.ProcessState.ExitCode(); exit == inconclusive && seed == "1" {
			t.Logf("this proved nothing, and is drilled again:\n%s", stderr.String())
			continue
		} else {
			require.Equal(t, 0, exit, "%s", stderr.String())
		}
		var document struct{ Runs []exampleRun }
		require.NoError(t, json.Unmarshal(stdout.Bytes(), &document))
		require.Len(t, document.Runs, 1)
		run := document.Runs[0]
		assert.Equal(t, "pass", run.Verdict)
		assert.Zero(t, run.PermanentlyLost)
		assert.LessOrEqual(t, run.RTOSeconds, 1.15*run.RTOBoundSeconds)
		assert.Empty(t, run.UnexpectedHosts)
		return run
	}
	return exampleRun{}
}

// inconclusive is the exit code of a drill that proved nothing.
const inconclusive = 3
