package synth_test

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/internal/synth"
)

// newApp writes an app whose command notes how it was called.
func newApp(t *testing.T, cdkJSON string) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "cdk.json"), []byte(cdkJSON), 0o600))
	return dir
}

// withPrograms makes PATH hold these programs, which are shell scripts, and the
// shell's own.
func withPrograms(t *testing.T, programs map[string]string) {
	t.Helper()
	bin := t.TempDir()
	for name, script := range programs {
		require.NoError(t, os.WriteFile(filepath.Join(bin, name), []byte("#!/bin/sh\n"+script+"\n"), 0o700))
	}
	for _, name := range []string{"sh", "cat", "mkdir", "touch"} {
		for _, folder := range []string{"/bin", "/usr/bin"} {
			if _, err := os.Stat(filepath.Join(folder, name)); err == nil {
				_ = os.Symlink(filepath.Join(folder, name), filepath.Join(bin, name))
			}
		}
	}
	t.Setenv("PATH", bin)
}

const noting = `printf '%s\n%s\n' "$CDK_OUTDIR" "$CDK_CONTEXT_JSON" > called; touch "$TMPDIR/left-behind"`

func TestTheAppIsFoundFromAFolderBelow(t *testing.T) {
	dir := newApp(t, `{"app": "go run ."}`)
	below := filepath.Join(dir, "handler", "internal")
	require.NoError(t, os.MkdirAll(below, 0o700))
	app, err := synth.Find(below)
	require.NoError(t, err)
	assert.Equal(t, dir, app.Dir)
}

func TestTheAppIsRunByItselfWithoutTheCLI(t *testing.T) {
	dir := newApp(t, `{"app": "./app 'with an argument'", "context": {"a": 1, "env": "dev"}}`)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "cdk.context.json"), []byte(`{"found": "before", "a": 2}`), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "app"), []byte("#!/bin/sh\n"+noting), 0o700))
	withPrograms(t, map[string]string{"node": ""})
	scratch := t.TempDir()
	t.Setenv("TMPDIR", scratch)
	app, err := synth.Find(dir)
	require.NoError(t, err)
	folder, err := app.Synthesize(t.Context(), map[string]string{"env": "prod"})
	require.NoError(t, err)
	assert.Equal(t, filepath.Join(dir, ".build", "drill"), folder)
	called, err := os.ReadFile(filepath.Join(dir, "called"))
	require.NoError(t, err)
	assert.Equal(t, folder+"\n"+`{"a":1,"env":"prod","found":"before","regionpair:buildFor":"`+runtime.GOOS+"/"+runtime.GOARCH+`"}`+"\n", string(called))
	left, err := os.ReadDir(scratch)
	require.NoError(t, err)
	assert.Empty(t, left, "what jsii leaves behind is removed")
}

func TestTheCLIIsUsedWhenItIsThere(t *testing.T) {
	dir := newApp(t, `{"app": "./app"}`)
	withPrograms(t, map[string]string{"node": "", "cdk": `printf '%s ' "$@" > called`})
	app, err := synth.Find(dir)
	require.NoError(t, err)
	_, err = app.Synthesize(t.Context(), map[string]string{"env": "prod"})
	require.NoError(t, err)
	called, err := os.ReadFile(filepath.Join(dir, "called"))
	require.NoError(t, err)
	assert.Equal(t, "synth --quiet --no-notices --output "+filepath.Join(dir, ".build", "drill")+
		" --context env=prod --context regionpair:buildFor="+runtime.GOOS+"/"+runtime.GOARCH+" ", string(called))
}

func TestWhatIsMissingIsSaidAtOnce(t *testing.T) {
	dir := newApp(t, `{"app": "go run ."}`)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "package.json"), []byte(`{"devDependencies": {"node": "24.21.0"}}`), 0o600))
	withPrograms(t, nil)
	app, err := synth.Find(dir)
	require.NoError(t, err)
	_, err = app.Synthesize(t.Context(), nil)
	require.ErrorContains(t, err, `"go", which 'app' in `+filepath.Join(dir, "cdk.json")+` starts with, is not in PATH: install it from https://go.dev/dl`)
	require.ErrorContains(t, err, "node, which CDK needs, is not in PATH: run `npm install` in "+dir)
}

func TestAnAppThatFailsSaysWhy(t *testing.T) {
	dir := newApp(t, `{"app": "echo no such zone >&2; exit 3"}`)
	withPrograms(t, map[string]string{"node": "", "echo": ""})
	app, err := synth.Find(dir)
	require.NoError(t, err)
	_, err = app.Synthesize(t.Context(), nil)
	require.ErrorContains(t, err, "synthesize the app in "+dir+" with `echo no such zone >&2; exit 3`")
	require.ErrorContains(t, err, "\nno such zone")
}

func TestAnAppThatIsNone(t *testing.T) {
	for text, want := range map[string]string{`{}`: "has no 'app'", `{"app": ["go"]}`: "has no 'app'", `{`: "read "} {
		_, err := synth.Find(newApp(t, text))
		require.ErrorContains(t, err, want)
		require.ErrorContains(t, err, "cdk.json")
	}
	_, err := synth.Find(t.TempDir())
	require.ErrorContains(t, err, "run this in the folder of a CDK app")
	require.ErrorContains(t, err, "regionpair init FOLDER")
}
