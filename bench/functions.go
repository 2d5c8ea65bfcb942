package main

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
)

// functions measures a PUT in the object API's function, and a request that meets a
// fault in package client.
func functions(ctx context.Context, _ options) ([]figure, error) {
	put, err := benchmark(ctx, "Put1MiBEvent", "./lambda/objects")
	if err != nil {
		return nil, err
	}
	fault, err := benchmark(ctx, "Fault", "./client")
	if err != nil {
		return nil, err
	}
	figures := []figure{}
	for _, f := range []struct {
		text, benchmark, unit string
		scale                 float64
		figure                figure
	}{
		{put, "", "ns/op", 1e6, figure{Name: "PUT of 1 MiB, the function's whole event", Unit: "ms", Limit: new(5.0)}},
		{put, "", "B/op", 1e6, figure{Name: "PUT of 1 MiB, memory", Unit: "MB", Limit: new(5.0)}},
		{fault, "refused", "ns/op", 1e9, figure{Name: "package client, a request that is refused", Unit: "s", Limit: new(2.5)}},
		{fault, "hangs", "ns/op", 1e9, figure{Name: "package client, a request that hangs", Unit: "s", Limit: new(2.5)}},
	} {
		value, err := reported(f.text, f.benchmark, f.unit)
		if err != nil {
			return nil, err
		}
		f.figure.Value = value / f.scale
		figures = append(figures, f.figure)
	}
	return figures, nil
}

func benchmark(ctx context.Context, name, folder string) (string, error) {
	_, text, err := command{words: []string{"go", "test", "-run", "^$", "-bench", name, "-benchmem", folder}}.run(ctx)
	return text, err
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
