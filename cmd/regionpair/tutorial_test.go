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

// read begins a page in a folder. It takes minutes.
func read(t *testing.T, page, folder string) *reader {
	t.Helper()
	if os.Getenv("REGIONPAIR_EXAMPLES") == "" {
		t.Skip("it takes minutes: `make examples` runs it")
	}
	t.Parallel()
	return &reader{t: t, blocks: blocksOf(t, page), folder: folder}
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

// drill runs a drill that must pass; on a machine that was late, once more.
func (r *reader) drill(line string) string {
	r.t.Helper()
	output, exit := r.bash(line)
	if strings.Contains(output, "INCONCLUSIVE") {
		r.t.Logf("this proved nothing, and is drilled again:\n%s", output)
		output, exit = r.bash(line)
	}
	require.Zero(r.t, exit, "%s", output)
	return output
}

// mustBeRead is at the end of a page.
func (r *reader) mustBeRead() {
	r.t.Helper()
	assert.Empty(r.t, r.blocks, "blocks of the page that nobody has tried")
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

// TestStartHereWorks does what a newcomer does first. Only the address of the
// repository is another one: what was committed here.
func TestStartHereWorks(t *testing.T) {
	const address = "https://github.com/regionpair/regionpair"
	r := read(t, "docs/tutorials/start.md", t.TempDir())
	lines := r.next("sh")
	require.Contains(t, lines, address)
	install, drill, _ := strings.Cut(strings.Replace(lines, address, "file://"+repository+" regionpair", 1), "make")
	r.mustRun(install)
	output := r.drill("make" + drill)
	end := strings.TrimSpace(r.next("text"))
	assert.Contains(t, withoutFigures(output), withoutFigures(end), "how the drill ends")
	assert.Contains(t, output, "lost 0")
	report, err := os.ReadFile(filepath.Join(r.folder, ".build", "report", "report.html"))
	require.NoError(t, err)
	for _, part := range []string{"<svg", "SHA-256"} {
		assert.Contains(t, string(report), part)
	}

	up := r.bringUp(r.next("sh"))
	require.NotEmpty(t, up.console, "the address of the console")
	pressed := t.Run("the console", func(t *testing.T) {
		page := openConsole(t, up.console, 1200)
		page.mustShow("[data-live=headline]", "eu-west-1 (primary) serves everybody")
		page.press("Lose eu-west-1")
		page.mustShow("[data-live=headline]", "eu-central-1 (standby) serves everybody")
		page.press("Heal eu-west-1")
		page.mustShow("[data-live=headline]", "eu-west-1 (primary) serves everybody")
	})
	assert.True(t, pressed)
	up.quit()
	r.mustBeRead()
}

// TestTheTutorialWorks does what the tutorial says, with the commands and the code
// that are on the page. Only the folder of the app is another one.
func TestTheTutorialWorks(t *testing.T) {
	r := read(t, "docs/tutorials/your-own-api.md", repository)
	app := filepath.Join(t.TempDir(), "orders")
	write := r.next("sh")
	require.Contains(t, write, "../orders")
	r.mustRun(strings.ReplaceAll(write, "../orders", app))
	require.Equal(t, app, r.folder)
	r.mustRun(r.next("sh"))

	up := r.bringUp(r.next("sh"))
	r.callThroughAFailover(up, r.next("sh"))
	up.quit()

	assert.Contains(t, r.drill(r.next("sh")), "lost 0")
	assert.FileExists(t, filepath.Join(app, "report", "report.html"))

	r.edit("main.go", insertAfter(`Method: "PUT"`, r.next("go")))
	r.edit("handler/main.go", insertAfter("return h.put(", r.next("go")))
	r.edit("handler/main.go", func(file string) string { return file + "\n" + r.next("go") })
	r.edit("handler/table.go", func(file string) string { return file + "\n" + r.next("go") })
	output, exit := r.bash("go test ./...")
	require.Equal(t, 1, exit, "%s", output)
	assert.Contains(t, output, "DELETE")
	r.mustRun(r.next("sh"))
	r.mustRun("go vet ./... && go test ./...")
	r.mustBeRead()
}

// running Regions in a terminal of their own.
type running struct {
	// settings for another terminal: exports, and how to get a token.
	settings string
	// console is the address of its page; empty without one.
	console string
	say     func(line string)
	quit    func()
}

// bringUp starts both Regions and returns when they are up.
func (r *reader) bringUp(start string) running {
	r.t.Helper()
	ctx, stop := context.WithTimeout(r.t.Context(), 10*time.Minute)
	r.t.Cleanup(stop)
	command := exec.CommandContext(ctx, "bash", "-c", "exec "+start)
	command.Dir = r.folder
	// The Go tool starts the command as a process of its own.
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	endsWithTests(command)
	terminal, err := command.StdinPipe()
	require.NoError(r.t, err)
	output, err := command.StdoutPipe()
	require.NoError(r.t, err)
	var complaints bytes.Buffer
	command.Stderr = &complaints
	require.NoError(r.t, command.Start())
	r.t.Cleanup(func() { _ = syscall.Kill(-command.Process.Pid, syscall.SIGKILL) })
	up, scanner := running{}, bufio.NewScanner(output)
	for scanner.Scan() && !strings.HasPrefix(scanner.Text(), "Type ") {
		line := strings.TrimSpace(scanner.Text())
		if strings.HasPrefix(line, "export HTTPS_PROXY") || strings.HasPrefix(line, "token=") {
			up.settings += line + "\n"
		}
		if address, found := strings.CutPrefix(line, "The console is at "); found {
			up.console = address
		}
	}
	require.Contains(r.t, up.settings, "token=", "%s", complaints.String())
	go func() { _, _ = io.Copy(io.Discard, output) }()
	up.say = func(line string) {
		_, err := io.WriteString(terminal, line+"\n")
		require.NoError(r.t, err)
	}
	up.quit = func() {
		up.say("quit")
		require.NoError(r.t, command.Wait(), "%s", complaints.String())
	}
	return up
}

// callThroughAFailover calls the API from another terminal, before and after the
// primary is lost.
func (r *reader) callThroughAFailover(up running, calls string) {
	r.t.Helper()
	proxy, _, _ := strings.Cut(up.settings, "\n")
	withToken := proxy + "\n" + r.mustRun(up.settings+`echo "token='$token'"`)
	answers := r.mustRun(withToken + calls)
	assert.Contains(r.t, answers, " 204 ")
	assert.Contains(r.t, answers, `{"item": "tea"}`)
	time.Sleep(3 * time.Second) // a person is slower than replication
	up.say("fault eu-west-1 crash")
	_, again, _ := strings.Cut(calls, "\n")
	require.Eventually(r.t, func() bool {
		answer, exit := r.bash(withToken + again)
		return exit == 0 && strings.Contains(strings.ToLower(answer), "x-served-by-region: eu-central-1") && strings.Contains(answer, `{"item": "tea"}`)
	}, 2*time.Minute, time.Second, "the standby returns the order")
}
