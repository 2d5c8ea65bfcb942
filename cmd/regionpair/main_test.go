package main_test

import (
	"bufio"
	"bytes"
	"debug/elf"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/internal/documents"
	"github.com/regionpair/regionpair/internal/rehearsal"
)

// These tests run the real binary on the example configuration, with the
// functions built for this machine. Most bring up both Regions and wait: -short leaves
// all of them out.

var binary, hostAssembly, foreignAssembly string

func TestMain(m *testing.M) {
	if flag.Parse(); testing.Short() {
		return
	}
	dir, err := os.MkdirTemp("", "regionpair-cmd-")
	if err != nil {
		panic(err)
	}
	code := 1
	if err := prepare(dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
	} else {
		code = m.Run()
	}
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

func prepare(dir string) error {
	binary, hostAssembly = filepath.Join(dir, "regionpair"), filepath.Join(dir, "host")
	build := exec.Command("go", "build", "-o", binary, ".")
	if output, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("build: %w\n%s", err, output)
	}
	if err := synthesize(hostAssembly, nil); err != nil {
		return err
	}
	foreignAssembly = filepath.Join(dir, "foreign")
	return pretendForeign(hostAssembly, foreignAssembly)
}

// synthesize makes an assembly of the environment in cdk.json, with keys changed.
func synthesize(out string, change map[string]any) error {
	text, err := os.ReadFile("../../cdk.json")
	if err != nil {
		return err
	}
	var file struct{ Context map[string]any }
	if err := json.Unmarshal(text, &file); err != nil {
		return err
	}
	environments := file.Context["regionpair"].(map[string]any)["environments"].(map[string]any)
	maps.Copy(environments["dev"].(map[string]any), change)
	file.Context["regionpair:buildFor"] = runtime.GOOS + "/" + runtime.GOARCH
	context, err := json.Marshal(file.Context)
	if err != nil {
		return err
	}
	app := exec.Command("go", "run", ".")
	app.Dir = "../.."
	app.Env = append(os.Environ(), "CDK_OUTDIR="+out, "CDK_CONTEXT_JSON="+string(context), "CDK_VALIDATION=false")
	if output, err := app.CombinedOutput(); err != nil {
		return fmt.Errorf("synthesize: %w\n%s", err, output)
	}
	return nil
}

// pretendForeign makes an assembly whose functions are for another processor.
func pretendForeign(from, to string) error {
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		return err
	}
	binaries, err := filepath.Glob(filepath.Join(to, "asset.*", "bootstrap"))
	if err != nil {
		return err
	}
	for _, binary := range binaries {
		file, err := os.OpenFile(binary, os.O_RDWR, 0)
		if err != nil {
			return err
		}
		other := map[string]elf.Machine{"amd64": elf.EM_AARCH64, "arm64": elf.EM_X86_64}[runtime.GOARCH]
		if _, err = file.WriteAt([]byte{byte(other)}, elfMachineOffset); err == nil {
			err = file.Close()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// elfMachineOffset is where an ELF header names the processor.
const elfMachineOffset = 18

// ownAssembly copies the assembly, so that a test can tell the processes of its
// functions from those of others.
func ownAssembly(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "assembly")
	require.NoError(t, os.CopyFS(dir, os.DirFS(hostAssembly)))
	return dir
}

type outcome struct {
	exit           int
	stdout, stderr string
	left           []os.DirEntry // in the temporary folder
}

// regionpair runs the binary with a temporary folder of its own.
func regionpair(t *testing.T, args ...string) outcome {
	t.Helper()
	tmp := t.TempDir()
	command := endsWithTests(exec.CommandContext(t.Context(), binary, args...))
	command.Env = append(os.Environ(), "TMPDIR="+tmp)
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	err := command.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		require.NoError(t, err)
	}
	mustMatchItsSchema(t, args, stdout.String())
	left, err := os.ReadDir(tmp)
	require.NoError(t, err)
	return outcome{command.ProcessState.ExitCode(), stdout.String(), stderr.String(), left}
}

// session is a running `regionpair up`.
type session struct {
	t       *testing.T
	command *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Scanner
	ready   rehearsal.Ready
	tmp     string
	dir     string // of the assembly
}

func up(t *testing.T, args ...string) *session {
	t.Helper()
	dir := ownAssembly(t)
	return upIn(t, ".", dir, append([]string{"--assembly", dir}, args...)...)
}

// upIn runs `up` in a folder; assembly is where its functions are.
func upIn(t *testing.T, folder, assembly string, args ...string) *session {
	t.Helper()
	s := &session{t: t, tmp: t.TempDir(), dir: assembly}
	s.command = endsWithTests(exec.CommandContext(t.Context(), binary, append([]string{"up", "--json"}, args...)...))
	s.command.Dir = folder
	s.command.Env = append(os.Environ(), "TMPDIR="+s.tmp)
	s.command.Stderr = os.Stderr
	in, err := s.command.StdinPipe()
	require.NoError(t, err)
	out, err := s.command.StdoutPipe()
	require.NoError(t, err)
	s.in, s.out = in, bufio.NewScanner(out)
	require.NoError(t, s.command.Start())
	t.Cleanup(func() { _ = s.command.Process.Kill() })
	require.True(t, s.out.Scan(), "one line of JSON when ready")
	mustMatchTheSchemaOf(t, "up", s.out.Text())
	s.ready = decode[rehearsal.Ready](t, s.out.Text())
	return s
}

// tell sends a line and returns the answer.
func (s *session) tell(line string) map[string]any {
	s.t.Helper()
	_, err := io.WriteString(s.in, line+"\n")
	require.NoError(s.t, err)
	require.True(s.t, s.out.Scan())
	answer := "up: " + strings.Fields(line)[0]
	if line == "break" {
		answer = "up: list"
	}
	if _, err := documents.Of(answer); err != nil {
		answer = "up: fault" // an error, as of every verb
	}
	mustMatchTheSchemaOf(s.t, answer, s.out.Text())
	return decode[map[string]any](s.t, s.out.Text())
}

func (s *session) quit() {
	s.t.Helper()
	_, err := io.WriteString(s.in, "quit\n")
	require.NoError(s.t, err)
	require.NoError(s.t, s.command.Wait())
	s.mustHaveCleanedUp()
}

// mustHaveCleanedUp looks for what a session may leave behind.
func (s *session) mustHaveCleanedUp() {
	s.t.Helper()
	left, err := os.ReadDir(s.tmp)
	require.NoError(s.t, err)
	require.Empty(s.t, left, "temporary files")
	require.Eventually(s.t, func() bool { return childrenOf(s.dir) == 0 }, 5*time.Second, 50*time.Millisecond, "processes of functions are left")
}

// childrenOf counts the running processes whose binary lies in a folder.
func childrenOf(dir string) int {
	count := 0
	links, _ := filepath.Glob("/proc/[0-9]*/exe")
	for _, link := range links {
		target, err := os.Readlink(link)
		if err == nil && len(target) > len(dir) && target[:len(dir)] == dir {
			count++
		}
	}
	return count
}

func interrupt(t *testing.T, command *exec.Cmd) {
	t.Helper()
	require.NoError(t, command.Process.Signal(syscall.SIGINT))
}
