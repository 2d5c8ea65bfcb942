package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"time"
)

// command to measure.
type command struct {
	// dir it runs in; empty for this folder.
	dir         string
	environment []string
	words       []string
	// exits are the exit codes that are answers, besides 0.
	exits []int
}

// spent is what a command has taken, with the processes that it has waited for.
type spent struct{ wall, cpu time.Duration }

func (c command) run(ctx context.Context) (spent, string, error) {
	process := exec.CommandContext(ctx, c.words[0], c.words[1:]...) //nolint:gosec // fixed commands
	process.Dir, process.Env = c.dir, append(os.Environ(), c.environment...)
	var answer, complaints bytes.Buffer
	process.Stdout, process.Stderr = &answer, &complaints
	start := time.Now()
	err := process.Run()
	wall := time.Since(start)
	var exit *exec.ExitError
	if errors.As(err, &exit) && slices.Contains(c.exits, exit.ExitCode()) {
		err = nil
	}
	if err != nil {
		return spent{}, "", fmt.Errorf("%s: %w\n%s%s", strings.Join(c.words, " "), err, answer.String(), complaints.String())
	}
	return spent{wall, process.ProcessState.UserTime() + process.ProcessState.SystemTime()}, answer.String(), nil
}

// inTurn runs the commands one after the other, several times, so that all of them
// meet the same moods of the machine. A first time warms caches up.
func inTurn(ctx context.Context, runs int, commands ...command) ([][]spent, error) {
	taken := make([][]spent, len(commands))
	for i := range runs + 1 {
		for n, c := range commands {
			took, _, err := c.run(ctx)
			if err != nil {
				return nil, err
			}
			if i > 0 {
				taken[n] = append(taken[n], took)
			}
		}
	}
	return taken, nil
}

func wallOf(s spent) float64 { return s.wall.Seconds() }

func cpuOf(s spent) float64 { return s.cpu.Seconds() }

// medianOf what was spent.
func medianOf(taken []spent, of func(spent) float64) float64 {
	values := []float64{}
	for _, s := range taken {
		values = append(values, of(s))
	}
	return median(values)
}

// medianRatio of runs that followed each other.
func medianRatio(one, other []spent, of func(spent) float64) float64 {
	ratios := []float64{}
	for i := range one {
		ratios = append(ratios, of(one[i])/of(other[i]))
	}
	return median(ratios)
}

func median(values []float64) float64 { return percentile(values, 0.5) }

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

// machine is where the figures were measured.
type machine struct {
	Processors int       `json:"processors"`
	Processor  string    `json:"processor"`
	Go         string    `json:"go"`
	At         time.Time `json:"at"`
	// Load of the last minute, as the measuring began.
	Load string `json:"load,omitempty"`
}

func (m machine) String() string {
	return fmt.Sprintf("%s, %d processors (%s), %s, load %s", m.At.Format(time.DateOnly), m.Processors, m.Processor, m.Go, m.Load)
}

func thisMachine() machine {
	m := machine{Processors: runtime.NumCPU(), Processor: runtime.GOARCH, Go: runtime.Version(), At: time.Now().UTC().Truncate(time.Second)}
	if text, err := os.ReadFile("/proc/loadavg"); err == nil {
		m.Load, _, _ = strings.Cut(string(text), " ")
	}
	if text, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(text)) {
			if name, value, found := strings.Cut(line, ":"); found && strings.TrimSpace(name) == "model name" {
				m.Processor = strings.TrimSpace(value)
				break
			}
		}
	}
	return m
}
