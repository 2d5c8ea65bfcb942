package main_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// typed is a command of a script, as a person at a terminal sees it.
type typed struct{ command, output string }

const prompt = "Type the name of the pair to go on: "

// transcript of a script, a file in its folder.
const transcriptFile = "transcript"

// record adds a command to the transcript.
func record(script *testscript.TestScript, args []string, stdout string) {
	words := []string{"regionpair"}
	for _, arg := range args {
		if strings.Contains(arg, " ") {
			arg = `"` + arg + `"`
		}
		words = append(words, arg)
	}
	file, err := os.OpenFile(script.MkAbs(transcriptFile), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	script.Check(err)
	// The terminal shows what is typed.
	_, err = fmt.Fprintf(file, "$ %s\n%s", strings.Join(words, " "), strings.Replace(stdout, prompt, prompt+"orders\n", 1))
	script.Check(errors.Join(err, file.Close()))
}

// read a transcript.
func readTyped(text string) []typed {
	list := []typed{}
	for _, part := range strings.Split("\n"+text, "\n$ ")[1:] {
		command, output, _ := strings.Cut(part, "\n")
		list = append(list, typed{command, strings.TrimRight(output, "\n")})
	}
	return list
}

// consoleBlock of a page: one command and what it prints.
var consoleBlock = regexp.MustCompile("(?ms)^```console\n(.*?)^```$")

// matchPage holds the commands of a script and what they print against a page that
// shows them, each in a block of its own. UPDATE_SNAPSHOTS writes the page.
func matchPage(page, transcript string) error {
	said := readTyped(transcript)
	text, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	blocks := consoleBlock.FindAllStringSubmatch(string(text), -1)
	if len(blocks) != len(said) {
		return fmt.Errorf("%s shows %d commands, and the script has typed %d", filepath.Base(page), len(blocks), len(said))
	}
	if os.Getenv("UPDATE_SNAPSHOTS") != "" {
		next := 0
		updated := consoleBlock.ReplaceAllStringFunc(string(text), func(string) string {
			next++
			return "```console\n$ " + said[next-1].command + "\n" + recent(said[next-1].output) + "\n```"
		})
		return os.WriteFile(page, []byte(updated), 0o600)
	}
	for i, block := range blocks {
		shown := readTyped(block[1])
		if len(shown) != 1 || shown[0].command != said[i].command {
			return fmt.Errorf("%s shows %q, and the script has typed %q", filepath.Base(page), block[1], said[i].command)
		}
		if want, got := withoutFigures(shown[0].output), withoutFigures(recent(said[i].output)); want != got {
			return fmt.Errorf("%s shows other than `%s` prints; UPDATE_SNAPSHOTS=1 writes it again.\n-- the page --\n%s\n-- printed --\n%s", filepath.Base(page), said[i].command, want, got)
		}
	}
	return nil
}

var historyRow = regexp.MustCompile(`(?m)^ +\d+  \d{4}-.*\n?`)

// recent leaves the last two changes in a history: what was before is another
// script's.
func recent(output string) string {
	row := 0
	return strings.TrimRight(historyRow.ReplaceAllStringFunc(output, func(line string) string {
		if row++; row > 2 {
			return ""
		}
		return line
	}), "\n")
}

// figures are what differs from run to run.
var figures = []struct {
	varies *regexp.Regexp
	same   string
}{
	{regexp.MustCompile(`\d+([.:-]\d+)*Z?`), "0"},
	{regexp.MustCompile(`\n {15,}`), " "}, // the rest of a line that is too long
	{regexp.MustCompile(` +`), " "},
	{regexp.MustCompile(`0 s, max 0 s`), "0 s"},
	{regexp.MustCompile(`errors 0(?: 0)? of 0(?: 0)?`), "errors 0 of 0"},
	{regexp.MustCompile(`\b0 (check|error|guard|name server)s?\b`), "0 ${1}s"},
	{regexp.MustCompile(`(?m)( 0 s) (?:0 0|0|-) (?:0 %|-) (0 days)$`), "$1 0 0 % $2"},
	{regexp.MustCompile(`(?m)^ Last switch .*$`), " Last switch"},
}

func withoutFigures(text string) string {
	for _, f := range figures {
		text = f.varies.ReplaceAllString(text, f.same)
	}
	return text
}

// leadsOn returns an error when a command is not one that the output before it
// tells to type.
func leadsOn(transcript string) error {
	said := readTyped(transcript)
	for i := 1; i < len(said); i++ {
		name := strings.Join(strings.Fields(said[i].command)[:2], " ")
		if !strings.Contains(said[i-1].output, name) {
			return fmt.Errorf("`%s` does not lead to `%s`:\n%s", said[i-1].command, name, said[i-1].output)
		}
	}
	return nil
}
