package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestWithoutPythonTheRunSaysSo(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("PATH", t.TempDir())
	var stdout, stderr bytes.Buffer

	assert.Equal(t, 2, run(t.Context(), nil, &stdout, &stderr))

	assert.Empty(t, stdout.String())
	assert.Contains(t, stderr.String(), "install and start the emulators ...\n")
	assert.Contains(t, stderr.String(), "python3 is not on PATH")
	assert.Contains(t, stderr.String(), "install Python 3")
}

func TestAFailedRunIsOneDocumentToo(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("PATH", t.TempDir())
	var stdout, stderr bytes.Buffer

	assert.Equal(t, 2, run(t.Context(), []string{"--json"}, &stdout, &stderr))

	var document map[string]any
	require.NoError(t, json.Unmarshal(stdout.Bytes(), &document))
	assert.Contains(t, document["error"], "install and start the emulators: python3 is not on PATH")
	steps := document["steps"].([]any)
	require.Len(t, steps, 1)
	assert.Equal(t, "install and start the emulators", steps[0].(map[string]any)["step"])
	delete(document, "error")
	delete(document, "steps")
	assert.Equal(t, map[string]any{"schemaVersion": 1.0, "resources": 0.0, "leftOut": []any{}, "passed": false}, document)
}

func TestAnUnknownFlagIsRefused(t *testing.T) {
	var stdout, stderr bytes.Buffer

	assert.Equal(t, 2, run(t.Context(), []string{"--yaml"}, &stdout, &stderr))

	assert.Contains(t, stderr.String(), "-json")
}

// fakePython puts a python3 on PATH whose virtual environments have this pip.
func fakePython(t *testing.T, pip string) {
	t.Helper()
	t.Chdir(t.TempDir())
	require.NoError(t, os.MkdirAll("internal/e2e", 0o750))
	writeRequirements(t, "emulator==1")
	bin := t.TempDir()
	t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	script := "#!/bin/sh\nfor venv; do :; done\nrm -rf \"$venv\"\nmkdir -p \"$venv/bin\"\ncat >\"$venv/bin/pip\" <<'EOF'\n#!/bin/sh\n" + pip + "\nEOF\nchmod +x \"$venv/bin/pip\"\n"
	require.NoError(t, os.WriteFile(filepath.Join(bin, "python3"), []byte(script), 0o700))
}

func writeRequirements(t *testing.T, text string) {
	t.Helper()
	require.NoError(t, os.WriteFile(requirements, []byte(text), 0o600))
}

func TestPackagesThatCannotBeInstalled(t *testing.T) {
	fakePython(t, "echo no route to the index >&2; exit 3")
	var stdout, stderr bytes.Buffer

	assert.Equal(t, 2, run(t.Context(), nil, &stdout, &stderr))

	for _, part := range []string{"the emulator cannot be installed", "pip install", "exit status 3", "no route to the index", "then run again"} {
		assert.Contains(t, stderr.String(), part)
	}
}

func TestTheEmulatorIsInstalledOncePerRequirements(t *testing.T) {
	fakePython(t, "echo installed >>installations")
	venv := filepath.Join(t.TempDir(), "venv")
	installations := func() string {
		text, _ := os.ReadFile("installations")
		return string(text)
	}

	for range 2 {
		_, err := installEmulator(t.Context(), venv)
		require.NoError(t, err)
	}
	assert.Equal(t, "installed\n", installations())

	writeRequirements(t, "emulator==2")
	_, err := installEmulator(t.Context(), venv)
	require.NoError(t, err)
	assert.Equal(t, "installed\ninstalled\n", installations())
}

func TestAnInterruptedInstallationIsMadeAnew(t *testing.T) {
	fakePython(t, "test -e fixed || exit 1")
	venv := filepath.Join(t.TempDir(), "venv")
	require.NoError(t, os.MkdirAll(filepath.Join(venv, "bin"), 0o750))
	require.NoError(t, os.WriteFile(filepath.Join(venv, "bin", "ministack"), nil, 0o700))

	_, err := installEmulator(t.Context(), venv)
	require.Error(t, err)

	require.NoError(t, os.WriteFile("fixed", nil, 0o600))
	_, err = installEmulator(t.Context(), venv)
	require.NoError(t, err)
}
