package main_test

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const tutorialPage = "docs/tutorials/your-own-api.md"

// codeBlock of a page: the language, and what is in it.
type codeBlock struct{ language, code string }

func blocksOf(t *testing.T, page string) []codeBlock {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(repository, page))
	require.NoError(t, err)
	blocks := []codeBlock{}
	for _, found := range regexp.MustCompile("(?ms)^```(\\w+)\n(.*?)^```$").FindAllStringSubmatch(string(text), -1) {
		blocks = append(blocks, codeBlock{found[1], found[2]})
	}
	return blocks
}

// reader does what a page says, block by block.
type reader struct {
	t      *testing.T
	blocks []codeBlock
	// folder that the terminal is in.
	folder string
}

func (r *reader) next(language string) string {
	r.t.Helper()
	require.NotEmpty(r.t, r.blocks, "the page has no further block of %s", language)
	block := r.blocks[0]
	r.blocks = r.blocks[1:]
	require.Equal(r.t, language, block.language, "%s", block.code)
	return block.code
}

// bash runs lines in the terminal, which stays in the folder that they lead to.
func (r *reader) bash(lines string) (output string, exit int) {
	r.t.Helper()
	where := filepath.Join(r.t.TempDir(), "where")
	command := exec.CommandContext(r.t.Context(), "bash", "-euo", "pipefail", "-c", "trap 'pwd > "+where+"' EXIT\n"+lines)
	command.Dir = r.folder
	text, err := command.CombinedOutput()
	if folder, problem := os.ReadFile(where); problem == nil {
		r.folder = strings.TrimSpace(string(folder))
	}
	if command.ProcessState == nil {
		require.NoError(r.t, err)
	}
	return string(text), command.ProcessState.ExitCode()
}

func (r *reader) mustRun(lines string) string {
	r.t.Helper()
	output, exit := r.bash(lines)
	require.Zero(r.t, exit, "%s\n%s", lines, output)
	return output
}

// edit changes a file of the app.
func (r *reader) edit(file string, change func(string) string) {
	r.t.Helper()
	path := filepath.Join(r.folder, file)
	text, err := os.ReadFile(path)
	require.NoError(r.t, err)
	changed := change(string(text))
	require.NotEqual(r.t, string(text), changed, file)
	require.NoError(r.t, os.WriteFile(path, []byte(changed), 0o600))
}

// insertAfter puts text behind the line that holds a mark.
func insertAfter(mark, text string) func(string) string {
	return func(file string) string {
		before, rest, _ := strings.Cut(file, mark)
		line, after, _ := strings.Cut(rest, "\n")
		return before + mark + line + "\n" + text + after
	}
}

// TestTheTutorialWorks does what the tutorial says, with the commands and the code
// that are on the page. Only the folder of the app is another one.
func TestTheTutorialWorks(t *testing.T) {
	if os.Getenv("REGIONPAIR_EXAMPLES") == "" {
		t.Skip("it takes minutes: `make examples` runs it")
	}
	t.Parallel()
	app := filepath.Join(t.TempDir(), "orders")
	r := &reader{t: t, blocks: blocksOf(t, tutorialPage), folder: repository}
	write := r.next("sh")
	require.Contains(t, write, "../orders")
	r.mustRun(strings.ReplaceAll(write, "../orders", app))
	require.Equal(t, app, r.folder)
	r.mustRun(r.next("sh"))

	r.bringUp(r.next("sh"), r.next("sh"))

	drill := r.next("sh")
	output, exit := r.bash(drill)
	if exit == inconclusive {
		output, exit = r.bash(drill)
	}
	require.Zero(t, exit, "%s", output)
	assert.Contains(t, output, "lost 0")
	assert.FileExists(t, filepath.Join(app, "report", "report.html"))

	r.edit("main.go", insertAfter(`Method: "PUT"`, r.next("go")))
	r.edit("handler/main.go", insertAfter("return h.put(", r.next("go")))
	r.edit("handler/main.go", func(file string) string { return file + "\n" + r.next("go") })
	r.edit("handler/table.go", func(file string) string { return file + "\n" + r.next("go") })
	output, exit = r.bash("go test ./...")
	require.Equal(t, 1, exit, "%s", output)
	assert.Contains(t, output, "DELETE")
	r.mustRun(r.next("sh"))
	r.mustRun("go vet ./... && go test ./...")
	assert.Empty(t, r.blocks, "blocks of the page that nobody has tried")
}

// bringUp starts both Regions in one terminal and calls the API from another one.
func (r *reader) bringUp(start, calls string) {
	r.t.Helper()
	ctx, stop := context.WithTimeout(r.t.Context(), 10*time.Minute)
	defer stop()
	command := exec.CommandContext(ctx, "bash", "-c", "exec "+start)
	command.Dir = r.folder
	// The Go tool starts the command as a process of its own.
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	terminal, err := command.StdinPipe()
	require.NoError(r.t, err)
	output, err := command.StdoutPipe()
	require.NoError(r.t, err)
	var complaints bytes.Buffer
	command.Stderr = &complaints
	require.NoError(r.t, command.Start())
	defer func() { _ = syscall.Kill(-command.Process.Pid, syscall.SIGKILL) }()
	settings, scanner := "", bufio.NewScanner(output)
	for scanner.Scan() && !strings.HasPrefix(scanner.Text(), "Type ") {
		if line := strings.TrimSpace(scanner.Text()); strings.HasPrefix(line, "export HTTPS_PROXY") || strings.HasPrefix(line, "token=") {
			settings += line + "\n"
		}
	}
	require.Contains(r.t, settings, "token=", "%s", complaints.String())
	go func() { _, _ = io.Copy(io.Discard, output) }()

	proxy, _, _ := strings.Cut(settings, "\n")
	withToken := proxy + "\n" + r.mustRun(settings+`echo "token='$token'"`)
	answers := r.mustRun(withToken + calls)
	assert.Contains(r.t, answers, " 204 ")
	assert.Contains(r.t, answers, `{"item": "tea"}`)
	time.Sleep(3 * time.Second) // a person is slower than replication
	_, err = io.WriteString(terminal, "fault eu-west-1 crash\n")
	require.NoError(r.t, err)
	_, read, _ := strings.Cut(calls, "\n")
	require.Eventually(r.t, func() bool {
		answer, exit := r.bash(withToken + read)
		return exit == 0 && strings.Contains(strings.ToLower(answer), "x-served-by-region: eu-central-1") && strings.Contains(answer, `{"item": "tea"}`)
	}, 2*time.Minute, time.Second, "the standby returns the order")
	_, err = io.WriteString(terminal, "quit\n")
	require.NoError(r.t, err)
	require.NoError(r.t, command.Wait(), "%s", complaints.String())
}
