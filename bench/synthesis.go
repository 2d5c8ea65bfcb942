package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"

	"github.com/regionpair/regionpair/internal/assembly"
	"github.com/regionpair/regionpair/internal/cost"
)

// twin is the folder of the same pair in TypeScript.
const twin = "bench/typescript"

// unvalidated switches off the strict validation, which costs every language the same.
var unvalidated = []string{"CDK_VALIDATION=false"}

// compileTwin needs what its lock file pins, which `make bench` installs.
func compileTwin(ctx context.Context) error {
	_, _, err := command{dir: twin, words: []string{"npx", "tsc", "-p", "tsconfig.build.json"}}.run(ctx)
	return err
}

// synthesis measures the app alone, as the CDK CLI starts it, and cdk synth beside
// the twin: compiled, and the way that `cdk init` leaves an app. Ours is measured as
// cdk.json has it, which lets Go check the sources each time, and compiled, too.
func synthesis(ctx context.Context, o options) ([]figure, error) {
	if err := compileTwin(ctx); err != nil {
		return nil, err
	}
	context, err := exampleContext()
	if err != nil {
		return nil, err
	}
	out := func(name string) string { return filepath.Join(o.dir, name) }
	synth := func(dir, name string, more ...string) command {
		return command{dir: dir, environment: unvalidated, words: append([]string{"cdk", "synth", "--quiet", "--output", out(name)}, more...)}
	}
	binary := out("binary")
	if _, _, err := (command{words: []string{"go", "build", "-o", binary, "."}}).run(ctx); err != nil {
		return nil, err
	}
	taken, err := inTurn(ctx, o.runs,
		synth("", "go"), synth(twin, "compiled", "--app", "node dist/app.js"), synth(twin, "init"),
		command{environment: context.environment(out("app")), words: []string{"go", "run", "."}},
		synth("", "binary-out", "--app", binary))
	if err != nil {
		return nil, err
	}
	if err := mustBeTwins(out("go"), out("compiled")); err != nil {
		return nil, err
	}
	ours, compiled, init, alone, ahead := taken[0], taken[1], taken[2], taken[3], taken[4]
	return []figure{
		{"the app alone, warm", medianOf(alone, wallOf), "s", new(1.8)},
		{"cdk synth, warm, without strict validation", medianOf(ours, wallOf), "s", nil},
		{"cdk synth of a compiled app, warm, without strict validation", medianOf(ahead, wallOf), "s", nil},
		{"cdk synth of the same pair in TypeScript, compiled", medianOf(compiled, wallOf), "s", nil},
		{"cdk synth of the same pair in TypeScript, as cdk init leaves it", medianOf(init, wallOf), "s", nil},
		{"cdk synth against TypeScript, compiled", medianRatio(ours, compiled, wallOf), "x", new(1.5)},
		{"cdk synth against TypeScript, both compiled", medianRatio(ahead, compiled, wallOf), "x", new(1.5)},
		{"cdk synth against TypeScript, as cdk init leaves it", medianRatio(ours, init, wallOf), "x", new(0.4)},
	}, nil
}

// mustBeTwins holds two assemblies to the same resources: of each type within 5 %.
func mustBeTwins(one, other string) error {
	counts := [2]map[string]int{}
	for i, dir := range []string{one, other} {
		a, err := assembly.Load(dir)
		if err != nil {
			return err
		}
		counts[i] = countTypes(a)
	}
	return differing(counts[0], counts[1])
}

func countTypes(a *assembly.Assembly) map[string]int {
	counts := map[string]int{}
	for _, stack := range a.Describe() {
		for resourceType, count := range stack.Types {
			counts[resourceType] += count
		}
	}
	return counts
}

// tolerance of the number of resources of one type.
const tolerance = 0.05

func differing(ours, theirs map[string]int) error {
	all := maps.Clone(ours)
	maps.Copy(all, theirs)
	for _, resourceType := range slices.Sorted(maps.Keys(all)) {
		if math.Abs(float64(ours[resourceType]-theirs[resourceType])) > tolerance*float64(ours[resourceType]) {
			return fmt.Errorf("the twin in %s has %d of %s, and the pair has %d", twin, theirs[resourceType], resourceType, ours[resourceType])
		}
	}
	return nil
}

// Routes that an app has, and how many it has more.
const (
	fewRoutes  = 10
	manyRoutes = 150
)

// routes measures what one route more costs, in processor time. Nothing is bundled.
func routes(ctx context.Context, o options) ([]figure, error) {
	if err := compileTwin(ctx); err != nil {
		return nil, err
	}
	app := filepath.Join(o.dir, "routes")
	if _, _, err := (command{words: []string{"go", "build", "-o", app, "."}}).run(ctx); err != nil {
		return nil, err
	}
	commands := []command{}
	for _, count := range []int{fewRoutes, manyRoutes} {
		ours, err := contextWithRoutes(count)
		if err != nil {
			return nil, err
		}
		out := filepath.Join(o.dir, fmt.Sprint("routes-", count))
		commands = append(commands,
			command{environment: ours.environment(out), words: []string{app}},
			command{dir: twin, environment: appContext{"routes": count}.with(ours).environment(out + "-twin"), words: []string{"node", "dist/app.js"}})
	}
	taken, err := inTurn(ctx, o.runs, commands...)
	if err != nil {
		return nil, err
	}
	perRoute := func(few, many []spent) float64 {
		return 1000 * (medianOf(many, cpuOf) - medianOf(few, cpuOf)) / (manyRoutes - fewRoutes)
	}
	ours, theirs := perRoute(taken[0], taken[2]), perRoute(taken[1], taken[3])
	return []figure{
		{"a route more, processor time", ours, "ms", nil},
		{"a route more, processor time, in TypeScript", theirs, "ms", nil},
		{"a route more against TypeScript, processor time", ours / theirs, "x", new(1.2)},
	}, nil
}

// appContext is CDK's context of an app.
type appContext map[string]any

// exampleContext is the context of cdk.json.
func exampleContext() (appContext, error) {
	text, err := os.ReadFile("cdk.json")
	if err != nil {
		return nil, fmt.Errorf("run it in the folder of cdk.json: %w", err)
	}
	var settings struct{ Context appContext }
	if err := json.Unmarshal(text, &settings); err != nil {
		return nil, fmt.Errorf("read cdk.json: %w", err)
	}
	return settings.Context, nil
}

// change the environment of the example.
func (c appContext) change(key string, value any) {
	environments := c["regionpair"].(map[string]any)["environments"].(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(environments)) {
		environments[name].(map[string]any)[key] = value
	}
}

// with the keys of another context, except the pair's own.
func (c appContext) with(other appContext) appContext {
	all := maps.Clone(other)
	delete(all, "regionpair")
	maps.Copy(all, c)
	return all
}

// contextWithRoutes has a handler of its own, which is not built.
func contextWithRoutes(count int) (appContext, error) {
	c, err := exampleContext()
	if err != nil {
		return nil, err
	}
	list := []any{}
	for i := range count {
		list = append(list, map[string]any{"method": "GET", "path": fmt.Sprint("/route", i), "scopes": []string{"objects/read"}})
	}
	c.change("handler", map[string]any{"entry": "lambda/objects", "routes": list})
	c["aws:cdk:bundling-stacks"] = []string{}
	return c, nil
}

// environment is what the CDK CLI tells an app.
func (c appContext) environment(out string) []string {
	text, _ := json.Marshal(c)
	return append([]string{"CDK_OUTDIR=" + out, "CDK_CONTEXT_JSON=" + string(text)}, unvalidated...)
}

// assemble synthesizes the example with a posture.
func assemble(ctx context.Context, o options, posture string, more appContext) (string, error) {
	c, err := exampleContext()
	if err != nil {
		return "", err
	}
	c.change("posture", posture)
	maps.Copy(c, more)
	out := filepath.Join(o.dir, "posture-"+posture)
	_, _, err = command{environment: c.environment(out), words: []string{"go", "run", "."}}.run(ctx)
	return out, err
}

// idleMonths are what a pair costs that nobody uses.
func idleMonths(ctx context.Context, o options) ([]figure, error) {
	figures := []figure{}
	for _, p := range []struct {
		posture string
		limit   float64
	}{{"standard", 50}, {"economy", 30}} {
		dir, err := assemble(ctx, o, p.posture, appContext{"aws:cdk:bundling-stacks": []string{}})
		if err != nil {
			return nil, err
		}
		a, err := assembly.Load(dir)
		if err != nil {
			return nil, err
		}
		figures = append(figures, figure{"an idle month, " + p.posture + ", from the templates", cost.Of(a.Stacks).Monthly, "$", &p.limit})
	}
	return figures, nil
}
