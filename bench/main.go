// Command bench prints the figures that this project promises to keep, each with
// its limit. Run it with make bench, on a machine that does nothing else.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/regionpair/regionpair/internal/assembly"
	"github.com/regionpair/regionpair/internal/cost"
)

// figure is one line of the table.
type figure struct {
	name  string
	value float64
	unit  string
	// limit that the value must not exceed; 0 when there is none.
	limit float64
}

func (f figure) String() string {
	verdict := ""
	if f.limit > 0 {
		verdict = fmt.Sprintf("%8.2f  ok", f.limit)
		if f.value > f.limit {
			verdict = fmt.Sprintf("%8.2f  MISSED", f.limit)
		}
	}
	return fmt.Sprintf("%-52s %9.2f %-5s %s", f.name, f.value, f.unit, verdict)
}

func main() {
	runs := flag.Int("runs", 5, "how often a synthesis is measured; the median counts")
	seeds := flag.Int("drill-seeds", 0, "how many seeds of the drill are run, 45 s each")
	flag.Parse()
	dir, err := os.MkdirTemp("", "regionpair-bench-")
	if err == nil {
		err = errors.Join(run(dir, *runs, *seeds), os.RemoveAll(dir))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// run prints each figure as soon as it is known.
func run(dir string, runs, seeds int) error {
	ctx := context.Background()
	fmt.Printf("%-52s %9s %-5s %8s\n", "", "measured", "", "limit")
	measures := []func(context.Context) ([]figure, error){
		func(ctx context.Context) ([]figure, error) { return synthesis(ctx, dir, runs) },
		put,
		faults,
	}
	if seeds > 0 {
		measures = append(measures, func(ctx context.Context) ([]figure, error) { return drills(ctx, seeds) })
	}
	for _, measure := range measures {
		figures, err := measure(ctx)
		if err != nil {
			return err
		}
		for _, f := range figures {
			fmt.Println(f)
		}
	}
	return nil
}

// synthesis measures the app alone, as the CDK CLI starts it, and cdk synth.
func synthesis(ctx context.Context, dir string, runs int) ([]figure, error) {
	environment, err := appEnvironment(dir)
	if err != nil {
		return nil, err
	}
	app, err := median(runs, func() error { return silently(ctx, environment, "go", "run", ".") })
	if err != nil {
		return nil, err
	}
	cdk, err := median(runs, func() error {
		return silently(ctx, []string{"CDK_VALIDATION=false"}, "cdk", "synth", "--quiet", "--output", dir)
	})
	if err != nil {
		return nil, err
	}
	a, err := assembly.Load(dir)
	if err != nil {
		return nil, err
	}
	return []figure{
		{"the app alone, warm, median", app.Seconds(), "s", 1.8},
		{"cdk synth, warm, median", cdk.Seconds(), "s", 0},
		{"an idle month, from the templates", cost.Of(a.Stacks).Monthly, "$", 50},
	}, nil
}

// appEnvironment is what the CDK CLI tells an app.
func appEnvironment(dir string) ([]string, error) {
	file, err := os.ReadFile("cdk.json")
	if err != nil {
		return nil, fmt.Errorf("run it in the folder of cdk.json: %w", err)
	}
	var settings struct{ Context json.RawMessage }
	if err := json.Unmarshal(file, &settings); err != nil {
		return nil, fmt.Errorf("read cdk.json: %w", err)
	}
	return []string{"CDK_OUTDIR=" + filepath.Join(dir, "app"), "CDK_CONTEXT_JSON=" + string(settings.Context), "CDK_VALIDATION=false"}, nil
}

// median of the runs after a first one that warms caches up.
func median(runs int, measured func() error) (time.Duration, error) {
	times := make([]time.Duration, 0, runs)
	for i := range runs + 1 {
		start := time.Now()
		if err := measured(); err != nil {
			return 0, err
		}
		if i > 0 {
			times = append(times, time.Since(start))
		}
	}
	slices.Sort(times)
	return times[len(times)/2], nil
}

func silently(ctx context.Context, environment []string, name string, args ...string) error {
	_, err := output(ctx, environment, name, args...)
	return err
}

func output(ctx context.Context, environment []string, name string, args ...string) (string, error) {
	command := exec.CommandContext(ctx, name, args...) //nolint:gosec // fixed commands
	command.Env = append(os.Environ(), environment...)
	var answer, complaints bytes.Buffer
	command.Stdout, command.Stderr = &answer, &complaints
	if err := command.Run(); err != nil {
		return answer.String(), fmt.Errorf("%s %v: %w\n%s", name, args, err, complaints.String())
	}
	return answer.String(), nil
}

func put(ctx context.Context) ([]figure, error) {
	text, err := benchmark(ctx, "Put1MiBEvent", "./lambda/objects")
	if err != nil {
		return nil, err
	}
	nanos, err := reported(text, "", "ns/op")
	if err != nil {
		return nil, err
	}
	size, err := reported(text, "", "B/op")
	return []figure{
		{"PUT of 1 MiB, the whole event", nanos / 1e6, "ms", 5},
		{"PUT of 1 MiB, memory", size / 1e6, "MB", 5},
	}, err
}

func faults(ctx context.Context) ([]figure, error) {
	text, err := benchmark(ctx, "Fault", "./client")
	if err != nil {
		return nil, err
	}
	refused, err := reported(text, "refused", "ns/op")
	if err != nil {
		return nil, err
	}
	hangs, err := reported(text, "hangs", "ns/op")
	return []figure{
		{"package client, a request that is refused", refused / 1e6, "ms", 2500},
		{"package client, a request that hangs", hangs / 1e6, "ms", 2500},
	}, err
}

func benchmark(ctx context.Context, name, folder string) (string, error) {
	return output(ctx, nil, "go", "test", "-run", "^$", "-bench", name, "-benchmem", folder)
}

// reported finds a value in what go test prints for a benchmark.
func reported(text, name, unit string) (float64, error) {
	pattern := regexp.MustCompile(`(?m)^Benchmark\S*` + regexp.QuoteMeta(name) + `\S*\s.*?([0-9.e+]+) ` + regexp.QuoteMeta(unit))
	found := pattern.FindStringSubmatch(text)
	if found == nil {
		return 0, fmt.Errorf("no benchmark %q reports %s in:\n%s", name, unit, text)
	}
	return strconv.ParseFloat(found[1], 64)
}

// drills lose the primary with several seeds.
func drills(ctx context.Context, seeds int) ([]figure, error) {
	figures := []figure{}
	for _, d := range []struct {
		fault string
		limit float64
	}{{"crash", 45}, {"blackhole", 57}} {
		text, err := output(ctx, nil, "go", "run", "./cmd/regionpair", "drill", "--fault", d.fault, "--seeds", strconv.Itoa(seeds), "--json")
		if err != nil {
			return nil, err
		}
		var document struct {
			Runs []struct{ RTOSeconds float64 }
		}
		if err := json.Unmarshal([]byte(text), &document); err != nil {
			return nil, fmt.Errorf("read the drill's result: %w", err)
		}
		times := []float64{}
		for _, run := range document.Runs {
			times = append(times, run.RTOSeconds)
		}
		figures = append(figures, figure{fmt.Sprintf("recovery after %s, 95th percentile of %d", d.fault, seeds), percentile(times, 0.95), "s", d.limit})
	}
	return figures, nil
}

// percentile is the smallest value that at least this share does not exceed.
func percentile(values []float64, share float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	for i := range sorted {
		if float64(i+1) >= share*float64(len(sorted)) {
			return sorted[i]
		}
	}
	return sorted[len(sorted)-1]
}
