package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/regionpair/regionpair/internal/assembly"
	"github.com/regionpair/regionpair/internal/drill"
)

// allFaults runs every fault, one after another.
const allFaults = "all"

type drillFlags struct {
	assembly  string
	faults    []string
	seed      uint64
	seeds     int
	timeScale float64
	lag       time.Duration
	targets   string
	report    string
	json      bool
}

func newDrill() *cobra.Command {
	f := drillFlags{}
	command := &cobra.Command{
		Use:   "drill",
		Short: "Lose a Region under load and measure what clients see",
		Long: "drill brings both Regions up on this machine, from a cloud assembly whose functions are built for it, puts load on them,\n" +
			"breaks the primary, repairs it, and reports recovery time (RTO), loss window (RPO) and lost writes.\n\n" +
			"Faults: " + strings.Join(drill.FaultNames(), ", ") + ", or all of them: " + allFaults + ".",
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error { return f.run(command) },
	}
	flags := command.Flags()
	flags.StringVar(&f.assembly, "assembly", "cdk.out", "folder of the cloud assembly")
	flags.StringSliceVar(&f.faults, "fault", []string{"crash"}, "what happens to the primary Region")
	flags.Uint64Var(&f.seed, "seed", 1, "makes checkers and clients behave the same again")
	flags.IntVar(&f.seeds, "seeds", 1, "how many seeds to run, counting up from --seed")
	flags.Float64Var(&f.timeScale, "time-scale", 10, "how many AWS seconds pass in one real second, 1 to 20")
	flags.DurationVar(&f.lag, "replication-lag", 2*time.Second, "how long S3 takes to replicate an object, before scaling")
	flags.StringVar(&f.targets, "targets", "", "file with the targets that decide the exit code")
	flags.StringVar(&f.report, "report", "", "folder for report.html, report.md, report.svg and report.json")
	flags.BoolVar(&f.json, "json", false, "print the result as JSON on standard output")
	return command
}

func (f drillFlags) run(command *cobra.Command) error {
	a, err := assembly.Load(f.assembly)
	if err != nil {
		return err
	}
	targets := drill.DefaultTargets()
	if f.targets != "" {
		if targets, err = drill.ReadTargets(f.targets); err != nil {
			return err
		}
	}
	if slices.Contains(f.faults, allFaults) {
		f.faults = drill.FaultNames()
	}
	dir, err := os.MkdirTemp("", "regionpair-drill-")
	if err != nil {
		return fmt.Errorf("make the working folder: %w", err)
	}
	document := drill.Document{SchemaVersion: drill.SchemaVersion, TimeScale: f.timeScale, Runs: []drill.Result{}, NotEmulated: []string{}}
	progress := f.progress(command)
	for _, fault := range f.faults {
		for i := range f.seeds {
			result, notEmulated, err := drill.Run(command.Context(), drill.Options{
				Assembly: a, Dir: dir, Fault: fault, Seed: f.seed + uint64(i), TimeScale: f.timeScale, ReplicationLag: f.lag, //nolint:gosec // not negative
				Targets: &targets, Progress: progress,
			})
			if err != nil {
				if command.Context().Err() != nil {
					return errors.Join(command.Context().Err(), os.RemoveAll(dir))
				}
				return err
			}
			document.Runs, document.NotEmulated = append(document.Runs, result), notEmulated
		}
	}
	if err := f.publish(command.OutOrStdout(), command.ErrOrStderr(), document); err != nil {
		return err
	}
	if !document.Passed() {
		return errMissed
	}
	return os.RemoveAll(dir)
}

func (f drillFlags) progress(command *cobra.Command) drill.Progress {
	out := command.ErrOrStderr()
	file, isFile := out.(*os.File)
	return &drill.Terminal{Out: out, Live: isFile && term.IsTerminal(int(file.Fd()))} //nolint:gosec // a file descriptor
}

// publish writes the reports first, so that they are there when a program
// reads the document.
func (f drillFlags) publish(out, log io.Writer, document drill.Document) error {
	text, err := json.MarshalIndent(document, "", "  ")
	if err != nil {
		return fmt.Errorf("write the result: %w", err)
	}
	if f.report != "" {
		if err := writeReports(f.report, document, text); err != nil {
			return err
		}
		_, _ = fmt.Fprintf(log, "\nThe report is in %s\n", filepath.Join(f.report, "report.html"))
	}
	if f.json {
		_, err = fmt.Fprintln(out, string(text))
		return err
	}
	summarize(out, document)
	return nil
}

func writeReports(dir string, document drill.Document, text []byte) error {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return fmt.Errorf("make the folder for the report: %w", err)
	}
	for name, content := range map[string]string{
		"report.html": document.HTML(), "report.md": document.Markdown(), "report.svg": document.Runs[0].SVG(), "report.json": string(text),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			return fmt.Errorf("write the report: %w", err)
		}
	}
	return nil
}

func summarize(out io.Writer, document drill.Document) {
	_, _ = fmt.Fprintf(out, "\n%-12s %-7s %12s %12s %10s %8s %8s %6s %10s %8s\n",
		"fault", "verdict", "detection", "DNS switch", "RTO", "bound", "RPO", "lost", "failback", "errors")
	for _, r := range document.Runs {
		_, _ = fmt.Fprintf(out, "%-12s %-7s %12s %12s %10s %6.0f s %6.1f s %6d %10s %6.1f %%\n", r.Fault, r.Verdict,
			figure(r.DetectionSeconds), figure(r.DNSSwitchSeconds), figure(r.RTOSeconds), r.RTOBoundSeconds, r.RPOSeconds, r.PermanentlyLost,
			figure(r.FailbackSeconds), 100*r.ErrorRate)
	}
	_, _ = fmt.Fprintf(out, "\nSeconds are AWS-equivalent. Not run here, as listed in the report: %d resources and settings, IAM policies among them.\n", len(document.NotEmulated))
}

func figure(seconds float64) string {
	if seconds < 0 {
		return "never"
	}
	return fmt.Sprintf("%.1f s", seconds)
}
