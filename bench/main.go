// Command bench prints the figures that this project promises to keep, each with
// its limit. Run it with make bench, on a machine that does nothing else.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"
)

// figure is one line of the table.
type figure struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit"`
	// Limit that the value must not exceed; nil when there is none.
	Limit *float64 `json:"limit,omitempty"`
}

func (f figure) missed() bool { return f.Limit != nil && f.Value > *f.Limit }

func (f figure) String() string {
	verdict := ""
	if f.Limit != nil {
		verdict = fmt.Sprintf("%8.2f  ok", *f.Limit)
	}
	if f.missed() {
		verdict = fmt.Sprintf("%8.2f  MISSED", *f.Limit)
	}
	return strings.TrimRight(fmt.Sprintf("%-64s %9.2f %-5s %s", f.Name, f.Value, f.Unit, verdict), " ")
}

// report is what is printed with -json.
type report struct {
	Machine machine  `json:"machine"`
	Figures []figure `json:"figures"`
}

// options of a run.
type options struct {
	// runs of a synthesis; the median counts.
	runs int
	// seeds of each drill.
	seeds int
	// parallel drills.
	parallel int
	// dir for what is built and synthesized.
	dir string
}

// part is what is measured together.
type part struct {
	name    string
	takes   string
	measure func(context.Context, options) ([]figure, error)
}

var parts = []part{
	{"functions", "20 s", functions},
	{"synthesis", "2 minutes", synthesis},
	{"routes", "1 minute", routes},
	{"cost", "10 s", idleMonths},
	{"faults", "4 minutes", allFaults},
	{"recovery", "45 minutes with 20 seeds", recovery},
	{"client", "2 minutes", clientFailover},
	{"tests", "12 minutes", tests},
}

func partNames() []string {
	names := []string{}
	for _, p := range parts {
		names = append(names, p.name)
	}
	return names
}

func main() {
	o := options{}
	flag.IntVar(&o.runs, "runs", 5, "how often a synthesis is measured; the median counts")
	flag.IntVar(&o.seeds, "seeds", 20, "how many seeds of each drill are run for its recovery time")
	flag.IntVar(&o.parallel, "parallel", 2, "how many of these drills run at once")
	only := flag.String("only", strings.Join(partNames(), ","), "what is measured")
	asJSON := flag.Bool("json", false, "print one JSON document at the end instead of a table")
	flag.Parse()
	if err := run(o, strings.Split(*only, ","), *asJSON); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// say what is done now.
func say(format string, args ...any) {
	fmt.Fprintf(os.Stderr, time.Now().Format(time.TimeOnly)+" "+format+"\n", args...)
}

// run measures the parts with these names, in the table's order.
func run(o options, names []string, asJSON bool) (err error) {
	for _, name := range names {
		if !slices.Contains(partNames(), name) {
			return fmt.Errorf("-only: there is no %q, there are %s", name, strings.Join(partNames(), ", "))
		}
	}
	if o.dir, err = os.MkdirTemp("", "regionpair-bench-"); err != nil {
		return fmt.Errorf("make the working folder: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(o.dir)) }()
	table := report{Machine: thisMachine(), Figures: []figure{}}
	if !asJSON {
		fmt.Printf("%s\n\n%-64s %9s %-5s %8s\n", table.Machine, "", "measured", "", "limit")
	}
	for _, p := range parts {
		if !slices.Contains(names, p.name) {
			continue
		}
		say("%s: about %s ...", p.name, p.takes)
		figures, err := p.measure(context.Background(), o)
		if err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		table.Figures = append(table.Figures, figures...)
		for _, f := range figures {
			if !asJSON {
				fmt.Println(f)
			}
		}
	}
	if !asJSON {
		return nil
	}
	text, err := json.MarshalIndent(table, "", "  ")
	fmt.Println(string(text))
	return err
}
