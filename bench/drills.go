package main

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"github.com/regionpair/regionpair/internal/drill"
)

// drillTool builds the command-line tool.
func drillTool(ctx context.Context, o options) (string, error) {
	tool := filepath.Join(o.dir, "regionpair")
	_, _, err := command{words: []string{"go", "build", "-o", tool, "./cmd/regionpair"}}.run(ctx)
	return tool, err
}

// forThisMachine is the context that builds functions which run here.
func forThisMachine() appContext {
	return appContext{"regionpair:buildFor": runtime.GOOS + "/" + runtime.GOARCH}
}

// Exit codes of a drill that are answers: a target was missed, or a run proved nothing.
var drillExits = []int{1, 3}

func perform(ctx context.Context, o options, posture string, args ...string) (drill.Document, spent, error) {
	document := drill.Document{}
	tool, err := drillTool(ctx, o)
	if err != nil {
		return document, spent{}, err
	}
	dir, err := assemble(ctx, o, posture, forThisMachine())
	if err != nil {
		return document, spent{}, err
	}
	say("  %s: %s", posture, strings.Join(args, " "))
	took, text, err := command{exits: drillExits, words: append([]string{tool, "drill", "--json", "--assembly", dir}, args...)}.run(ctx)
	if err == nil {
		err = json.Unmarshal([]byte(text), &document)
	}
	return document, took, err
}

// recovery loses the primary with several seeds of the machine's moods.
func recovery(ctx context.Context, o options) ([]figure, error) {
	figures := []figure{}
	for _, series := range []struct {
		posture, fault string
		limit          *float64
	}{
		{"standard", "crash", new(45.0)}, {"fast", "crash", new(32.0)}, {"economy", "crash", nil},
		{"standard", "blackhole", new(57.0)}, {"fast", "blackhole", new(40.0)}, {"economy", "blackhole", nil},
	} {
		document, _, err := perform(ctx, o, series.posture, "--fault", series.fault, "--seeds", strconv.Itoa(o.seeds), "--parallel", strconv.Itoa(o.parallel))
		if err != nil {
			return nil, err
		}
		name := fmt.Sprintf("recovery after %s, %s", series.fault, series.posture)
		figures = append(figures, recoveryOf(name, series.limit, document)...)
	}
	return figures, nil
}

// recoveryOf a series: what clients saw, and all populations of clients that a drill
// has. Runs that proved nothing do not count, and are said.
func recoveryOf(name string, limit *float64, document drill.Document) []figure {
	times, populations, proved := []float64{}, []float64{}, 0
	for _, run := range document.Runs {
		if run.Verdict == drill.Inconclusive {
			continue
		}
		proved++
		times = append(times, run.RTOSeconds)
		for _, clients := range run.Populations {
			populations = append(populations, clients.RTOSeconds)
		}
	}
	of := fmt.Sprintf(" of %d runs", proved)
	if without := len(document.Runs) - proved; without > 0 {
		of += fmt.Sprintf(" (%d more proved nothing)", without)
	}
	return []figure{
		{name + ", p95" + of, percentile(times, 0.95), "s", limit},
		{name + ", median", median(times), "s", nil},
		{name + fmt.Sprintf(", p95 of %d populations", len(populations)), percentile(populations, 0.95), "s", limit},
	}
}

// eightFaults each break another part: what a change of the pair is tried with before
// it is deployed.
const eightFaults = "crash,blackhole,http-5xx,slow,s3,tokens,health-only,flap"

// allFaults measures how long it takes to lose a Region in eight ways, and in every
// way there is.
func allFaults(ctx context.Context, o options) ([]figure, error) {
	figures := []figure{}
	for _, series := range []struct {
		faults   string
		parallel int
		limit    *float64
	}{{eightFaults, 3, new(90.0)}, {"all", 4, nil}} {
		document, took, err := perform(ctx, o, "standard", "--fault", series.faults, "--parallel", strconv.Itoa(series.parallel), "--time-scale", "20")
		if err != nil {
			return nil, err
		}
		name := fmt.Sprintf("%d faults, %d at a time, 20 times as fast as AWS", len(document.Runs), series.parallel)
		figures = append(figures,
			figure{name, took.wall.Seconds(), "s", series.limit},
			figure{"of these did not pass", notPassed(document), "", new(0.0)})
	}
	return figures, nil
}

func notPassed(document drill.Document) float64 {
	count := 0.0
	for _, run := range document.Runs {
		if run.Verdict != drill.Pass {
			count++
		}
	}
	return count
}

// clientFailover counts what fails with package client: nothing that it may repeat.
func clientFailover(ctx context.Context, o options) ([]figure, error) {
	document, _, err := perform(ctx, o, "standard", "--fault", "crash,blackhole", "--client-failover")
	if err != nil {
		return nil, err
	}
	failed := 0
	for _, run := range document.Runs {
		failed += run.ErrorsOf["read"] + run.ErrorsOf["token"]
	}
	return []figure{{"package client, reads and tokens that fail", float64(failed), "", new(0.0)}}, nil
}
