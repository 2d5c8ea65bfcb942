package main_test

import (
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
	"sync"
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
//	tell LINE                   say a line to `regionpair up`
//	put KEY BODY                write an object through the API
//	until REGION                wait until the name servers answer with a Region
//	healthy REGION              wait until a Region's health endpoint says so
//	replicated                  wait until nothing is left to replicate
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
	if got != want {
		script.Fatalf("exit code %d, want %d\n%s%s", got, want, script.ReadFile("stdout"), script.ReadFile("stderr"))
	}
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{Dir: "testdata/script/offline", Cmds: commands(nil), Setup: environment(nil)})
}

// environment of a script. The tool writes nowhere but into the script's folder.
func environment(variables map[string]string) func(*testscript.Env) error {
	config, err := filepath.Abs("../../cdk.json")
	return func(env *testscript.Env) error {
		env.Setenv("ASSEMBLY", hostAssembly)
		env.Setenv("CONFIG", config)
		env.Setenv("TMPDIR", filepath.Join(env.WorkDir, "tmp"))
		for name, value := range variables {
			env.Setenv(name, value)
		}
		return errors.Join(err, os.Mkdir(filepath.Join(env.WorkDir, "tmp"), 0o700))
	}
}

func TestScriptsOfADeployedPair(t *testing.T) {
	t.Parallel()
	s := up(t, "--time-scale", "20")
	world := scriptedWorld{session: s, primary: s.ready.Regions[0].Name}
	variables := map[string]string{}
	for _, pair := range s.operatorCommand().Env[len(os.Environ()):] {
		name, value, _ := strings.Cut(pair, "=")
		variables[name] = value
	}
	t.Run("scripts", func(t *testing.T) {
		prepare := environment(variables)
		testscript.Run(t, testscript.Params{Dir: "testdata/script/pair", Cmds: commands(world.commands()), Setup: func(env *testscript.Env) error {
			world.mu.Lock() // one script at a time
			env.Defer(world.mu.Unlock)
			if err := prepare(env); err != nil {
				return err
			}
			text, err := os.ReadFile("../../cdk.json")
			if err == nil {
				err = os.WriteFile(filepath.Join(env.WorkDir, "cdk.json"), text, 0o600)
			}
			return errors.Join(err, world.settle())
		}})
	})
	s.quit()
}

// scriptedWorld is the one pair of all scripts.
type scriptedWorld struct {
	*session
	primary string
	mu      sync.Mutex
}

// settle undoes what a script has left.
func (w *scriptedWorld) settle() error {
	w.tell("mend")
	for _, region := range w.ready.Regions {
		w.tell("heal " + region.Name)
	}
	w.tell("switch off")
	return within(time.Minute, "the pair is normal again", func() bool {
		return w.tell("status")["answer"] == w.primary && w.operate("status").exit == 0
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
		"healthy": func(script *testscript.TestScript, _ bool, args []string) {
			script.Check(within(30*time.Second, args[0]+" is healthy", func() bool {
				seen := decode[statusDocument](w.t, w.operate("status", "--json").stdout)
				return slices.ContainsFunc(seen.Regions, func(r regionDocument) bool { return r.Region == args[0] && r.Health.Status == "healthy" })
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

// exitCodes that commands have, by their own word. Scripts must show all of them.
var exitCodes = map[string][]int{
	"describe": {0, 2}, "cost": {0, 1, 2}, "simulate": {0, 2}, "init": {0, 2}, "iam": {0, 2}, "up": {0, 2},
	"status": {0, 1, 2}, "readiness": {0, 1, 2}, "history": {0, 2}, "verify": {0, 1, 2},
	"failover": {0, 1, 2, 3}, "failback": {0, 1, 2, 3}, "hold": {0, 1, 2}, "release": {0, 1, 2},
	// 3 is a drill that proved nothing, which depends on the machine.
	"drill": {0, 1, 2},
}

func TestScriptsShowEveryCommandExitCodeAndDocument(t *testing.T) {
	files, err := filepath.Glob("testdata/script/*/*.txtar")
	require.NoError(t, err)
	shown, schemas := map[string]bool{}, map[string]bool{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, match := range run.FindAllStringSubmatch(string(text), -1) {
			code := match[1]
			if code == "" {
				code = "0"
			}
			shown[match[2]+" "+code] = true
		}
		for _, match := range regexp.MustCompile(`(?m)^schema '?([^'\n]+)'?$`).FindAllStringSubmatch(string(text), -1) {
			schemas[match[1]] = true
		}
	}
	help := regionpair(t, "--help").stdout
	for _, match := range regexp.MustCompile(`(?m)^  ([a-z]+) +[A-Z]`).FindAllStringSubmatch(help, -1) {
		if command := match[1]; command != "help" && command != "completion" {
			require.Contains(t, exitCodes, command, "a new command")
		}
	}
	for command, codes := range exitCodes {
		for _, code := range codes {
			assert.True(t, shown[fmt.Sprintf("%s %d", command, code)], "no script shows that `regionpair %s` exits with %d", command, code)
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
