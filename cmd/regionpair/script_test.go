package main_test

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"

	"github.com/regionpair/regionpair/internal/documents"
)

// The scripts under testdata are documentation that runs: every command, exit
// code and document. Besides the commands of testscript they have
//
//	regionpair ARGUMENTS        run the tool, which must exit with 0
//	exits CODE regionpair ...   run it, and it must exit with CODE
//	schema COMMAND              what it printed last follows the command's schema
//	mistaken NAME               make an app with a mistake, an assembly in ./NAME
//	page FILE                   a page of the docs shows all commands so far and what they
//	                            print, and each leads to the next; figures may differ
//	tell LINE                   say a line to `regionpair up`
//	put KEY BODY                write an object through the API
//	until REGION                wait until the name servers answer with a Region
//	failing                     wait until clients get status 5xx
//	healthy REGION              wait until a Region's health endpoint says so
//	replicated                  wait until nothing is left to replicate
//	normal                      wait until the pair is, and the guard holds nobody
//	settle                      bring the pair back to where a script begins

func commands(more map[string]func(*testscript.TestScript, bool, []string)) map[string]func(*testscript.TestScript, bool, []string) {
	all := map[string]func(*testscript.TestScript, bool, []string){
		"regionpair": func(script *testscript.TestScript, _ bool, args []string) { runTool(script, 0, args) },
		"exits": func(script *testscript.TestScript, _ bool, args []string) {
			code, err := strconv.Atoi(args[0])
			script.Check(err)
			runTool(script, code, args[2:])
		},
		"schema": func(script *testscript.TestScript, _ bool, args []string) {
			text := documentsIn(script.ReadFile("stdout"))
			script.Check(validate(args[0], text))
		},
		"page": func(script *testscript.TestScript, _ bool, args []string) {
			transcript := script.ReadFile(transcriptFile)
			script.Check(errors.Join(leadsOn(transcript), matchPage(filepath.Join(repository, args[0]), transcript)))
		},
		"mistaken": func(script *testscript.TestScript, _ bool, args []string) {
			script.Check(mistaken(args[0], script.MkAbs(args[0])))
		},
	}
	for name, command := range more {
		all[name] = command
	}
	return all
}

func runTool(script *testscript.TestScript, want int, args []string) {
	err := script.Exec(binary, args...)
	var exit *exec.ExitError
	got := 0
	if errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		script.Check(err)
	}
	record(script, args, script.ReadFile("stdout"))
	if got != want {
		script.Fatalf("exit code %d, want %d\n%s%s", got, want, script.ReadFile("stdout"), script.ReadFile("stderr"))
	}
}

func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{Dir: "testdata/script/offline", Cmds: commands(nil), Setup: environment(nil)})
}

// environment of a script. The tool writes nowhere but into the script's folder.
func environment(variables map[string]string) func(*testscript.Env) error {
	config, err := filepath.Abs("../../cdk.json")
	return func(env *testscript.Env) error {
		env.Setenv("ASSEMBLY", hostAssembly)
		env.Setenv("FOREIGN", foreignAssembly)
		env.Setenv("CONFIG", config)
		env.Setenv("LONG", strings.Repeat("x", 513))
		env.Setenv("TMPDIR", filepath.Join(env.WorkDir, "tmp"))
		for name, value := range variables {
			env.Setenv(name, value)
		}
		return errors.Join(err, os.Mkdir(filepath.Join(env.WorkDir, "tmp"), 0o700))
	}
}

// TestScriptsOfADeployedPair runs every other script, one after the other, and
// TestScriptsOfAnotherDeployedPair the rest in a pair of its own. As subtests of one
// test they would begin after all other tests.
func TestScriptsOfADeployedPair(t *testing.T) {
	t.Parallel()
	runScripts(t, everyOtherScript(t, 0))
}

func TestScriptsOfAnotherDeployedPair(t *testing.T) {
	t.Parallel()
	runScripts(t, everyOtherScript(t, 1))
}

// everyOtherScript of those that need a deployed pair, from the first or the second.
func everyOtherScript(t *testing.T, from int) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/script/pair/*.txtar")
	require.NoError(t, err)
	require.Greater(t, len(files), from)
	slices.SortStableFunc(files, func(a, b string) int { return -cmp.Compare(urgency(a), urgency(b)) })
	chosen := []string{}
	for i := from; i < len(files); i += 2 {
		chosen = append(chosen, files[i])
	}
	return chosen
}

// urgency of a script. Others leave objects that are in one Region only, which
// nobody copies: the one of the fence needs a pair in which none of them has run.
func urgency(file string) int {
	return slices.Index([]string{"not-seen.txtar", "fence.txtar"}, filepath.Base(file))
}

// runScripts runs them in a pair of their own.
func runScripts(t *testing.T, files []string) {
	t.Helper()
	s := up(t, "--time-scale", "20")
	world := scriptedWorld{session: s, primary: s.ready.Regions[0].Name}
	variables := map[string]string{}
	for _, pair := range s.operatorCommand().Env[len(os.Environ()):] {
		name, value, _ := strings.Cut(pair, "=")
		variables[name] = value
	}
	prepare := environment(variables)
	scripts := testscript.Params{Cmds: commands(world.commands()), Setup: func(env *testscript.Env) error {
		if err := prepare(env); err != nil {
			return err
		}
		text, err := os.ReadFile("../../cdk.json")
		if err == nil {
			err = os.WriteFile(filepath.Join(env.WorkDir, "cdk.json"), text, 0o600)
		}
		return errors.Join(err, world.settle())
	}}
	for _, file := range files {
		scripts.Files = []string{file}
		testscript.RunT(inOrder{t}, scripts)
	}
	s.quit()
}

// inOrder is a test whose scripts do not run beside each other.
type inOrder struct{ *testing.T }

func (inOrder) Parallel() {}

func (t inOrder) Run(name string, script func(testscript.T)) {
	t.T.Run(name, func(t *testing.T) { script(inOrder{t}) })
}

func (inOrder) Verbose() bool { return testing.Verbose() }

// scriptedWorld is the pair of scripts.
type scriptedWorld struct {
	*session
	primary string
}

// settle undoes what a script has left.
func (w *scriptedWorld) settle() error {
	w.tell("mend")
	for _, region := range w.ready.Regions {
		w.tell("heal " + region.Name)
	}
	w.tell("switch off")
	return w.normal()
}

// normal waits, and changes nothing.
func (w *scriptedWorld) normal() error {
	return within(2*time.Minute, "the pair is normal again, and the guard holds nobody", func() bool {
		if w.tell("status")["answer"] != w.primary {
			return false
		}
		status := w.operate("status", "--json")
		held := func(r regionDocument) bool { return r.Health.Held }
		return status.exit == 0 && !slices.ContainsFunc(decode[statusDocument](w.t, status.stdout).Regions, held)
	})
}

func within(limit time.Duration, what string, holds func() bool) error {
	for deadline := time.Now().Add(limit); time.Now().Before(deadline); time.Sleep(200 * time.Millisecond) {
		if holds() {
			return nil
		}
	}
	return fmt.Errorf("not within %s: %s", limit, what)
}

func (w *scriptedWorld) commands() map[string]func(*testscript.TestScript, bool, []string) {
	return map[string]func(*testscript.TestScript, bool, []string){
		"normal": func(script *testscript.TestScript, _ bool, _ []string) { script.Check(w.normal()) },
		"settle": func(script *testscript.TestScript, _ bool, _ []string) { script.Check(w.settle()) },
		"tell": func(script *testscript.TestScript, _ bool, args []string) {
			if answer := w.tell(strings.Join(args, " ")); answer["error"] != nil {
				script.Fatalf("%v", answer["error"])
			}
		},
		"put": func(script *testscript.TestScript, _ bool, args []string) {
			token, err := w.token(w.viaProxy(), oauth2.AuthStyleInHeader)
			script.Check(err)
			if got := w.call(w.viaProxy(), http.MethodPut, "/objects/"+args[0], token.AccessToken, []byte(args[1])); got.status != http.StatusNoContent {
				script.Fatalf("status %d: %s", got.status, got.body)
			}
		},
		"until": func(script *testscript.TestScript, _ bool, args []string) {
			script.Check(within(30*time.Second, args[0]+" answers", func() bool { return w.tell("status")["answer"] == args[0] }))
		},
		"failing": func(script *testscript.TestScript, _ bool, _ []string) {
			script.Check(within(30*time.Second, "clients get status 5xx", func() bool {
				return decode[statusDocument](w.t, w.operate("status", "--json").stdout).API.Status >= http.StatusInternalServerError
			}))
		},
		"healthy": func(script *testscript.TestScript, _ bool, args []string) {
			row := 0 // a Region that has just come back may not answer everyone in time
			script.Check(within(30*time.Second, args[0]+" is healthy", func() bool {
				seen := decode[statusDocument](w.t, w.operate("status", "--json").stdout)
				row++
				if !slices.ContainsFunc(seen.Regions, func(r regionDocument) bool { return r.Region == args[0] && r.Health.Status == "healthy" }) {
					row = 0
				}
				return row == 3
			}))
		},
		"replicated": func(script *testscript.TestScript, _ bool, _ []string) {
			script.Check(within(30*time.Second, "nothing is left to replicate", func() bool {
				pending, _ := w.tell("status")["pendingReplication"].(map[string]any)
				return pending[west] == 0.0 && pending[central] == 0.0
			}))
		},
	}
}

// run is a line of a script that runs the tool.
var run = regexp.MustCompile(`(?m)^(?:exits (\d) )?regionpair ([a-z]+)(.*)$`)

// kinds of a command have exit codes and scripts of their own, by an option.
var kinds = map[string]string{"drill": "--live"}

// documentedExitCodes are those that the help of each command lists, by the
// command, with the option if it is one for its kind.
func documentedExitCodes(t *testing.T) map[string][]string {
	t.Helper()
	codes := map[string][]string{}
	for _, match := range regexp.MustCompile(`(?m)^  ([a-z]+) +[A-Z]`).FindAllStringSubmatch(regionpair(t, "--help").stdout, -1) {
		command := match[1]
		if command == "help" || command == "completion" {
			continue
		}
		lists := regexp.MustCompile(`(?m)^Exit codes(?: with (--[a-z]+))?:\n((?:  \d  .+\n)+)`).FindAllStringSubmatch(regionpair(t, command, "--help").stdout, -1)
		assert.NotEmpty(t, lists, "the help of %s has no exit codes", command)
		for _, list := range lists {
			kind := strings.TrimSpace(command + " " + list[1])
			assert.Contains(t, []string{"", kinds[command]}, list[1], "a new kind of %s", command)
			for _, line := range regexp.MustCompile(`(?m)^  (\d)  `).FindAllStringSubmatch(list[2], -1) {
				codes[kind] = append(codes[kind], line[1])
			}
		}
	}
	return codes
}

func TestScriptsShowEveryCommandExitCodeAndDocument(t *testing.T) {
	files, err := filepath.Glob("testdata/script/*/*.txtar")
	require.NoError(t, err)
	shown, schemas := map[string]bool{}, map[string]bool{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, match := range run.FindAllStringSubmatch(string(text), -1) {
			code, command := cmp.Or(match[1], "0"), match[2]
			if kind := kinds[command]; kind != "" && strings.Contains(match[3], kind) {
				command += " " + kind
			}
			shown[command+" "+code] = true
		}
		for _, match := range regexp.MustCompile(`(?m)^schema '?([^'\n]+)'?$`).FindAllStringSubmatch(string(text), -1) {
			schemas[match[1]] = true
		}
	}
	documented := documentedExitCodes(t)
	require.Greater(t, len(documented), 15)
	for command, codes := range documented {
		for _, code := range codes {
			assert.True(t, shown[command+" "+code], "no script shows that `regionpair %s` exits with %s", command, code)
		}
	}
	for _, d := range documents.All() {
		for _, command := range d.Commands {
			if !strings.HasPrefix(command, "up:") { // said to `up`, and checked by session.tell
				assert.True(t, schemas[command], "no script checks the document of `regionpair %s`", command)
			}
		}
	}
}
