package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/regionpair/regionpair/internal/drill"
	"github.com/regionpair/regionpair/internal/drill/report"
	"github.com/regionpair/regionpair/internal/localcloud/objectstore"
	"github.com/regionpair/regionpair/internal/workload"
)

// allFaults runs every fault, one after another.
const allFaults = "all"

type drillFlags struct {
	source
	faults    []string
	seed      uint64
	seeds     int
	parallel  int
	timeScale float64
	lag       time.Duration
	targets   string
	workload  string
	command   string
	report    string
	liveFlags
	callers callerFlags
	// cold replaces every instance of a function when the fault begins.
	cold bool
	// durability to drill with: "async", "sync" or "both".
	durability   string
	replicaOrder string
	// clientFailover makes the clients repeat reads and token requests.
	clientFailover bool
}

func newDrill() *cobra.Command {
	f := drillFlags{}
	command := &cobra.Command{
		Use:   "drill",
		Short: "Lose a Region under load and measure what clients see",
		Long: "drill synthesizes the CDK app of this folder with functions that run on this machine, brings both Regions up, puts load on them,\n" +
			"breaks the primary, repairs it, and reports recovery time (RTO), loss window (RPO) and lost writes.\n\n" +
			"Faults: " + strings.Join(drill.FaultNames(), ", ") + ", or all of them: " + allFaults + ".\n\n" +
			"With --live it drills the deployed pair instead: a planned switch to the standby and back, under the load of a few clients, each measuring every second or\n" +
			"better. It undoes what it has changed, also when it is interrupted." +
			exitCodes("every target is met", "a target is missed", "the drill could not be run",
				"a run proved nothing: the fault met nobody, nothing was written, or this machine was late") +
			exitCodesWith("--live", "every target is met", "a target is missed, or a guard refuses", "the drill did not take place or ended early; everything is as it was",
				"something is left to undo, or nothing was proved"),
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return fmt.Errorf("drill takes options only, got %q: name the fault with --fault", args[0])
			}
			return nil
		},
		RunE: func(command *cobra.Command, _ []string) error {
			if err := f.checkMode(command); err != nil {
				return err
			}
			if f.live {
				return f.runLive(command)
			}
			return stopped(f.run(command))
		},
	}
	flags := command.Flags()
	f.addFlags(command)
	f.add(command)
	f.callers.add(command)
	flags.StringSliceVar(&f.faults, "fault", []string{"crash"}, "what happens to the primary Region")
	flags.Uint64Var(&f.seed, "seed", 1, "of the phases of checkers and clients; times still vary with the machine")
	flags.IntVar(&f.seeds, "seeds", 1, "how many seeds to run, counting up from --seed")
	flags.IntVar(&f.parallel, "parallel", 1, "how many drills run at once; each wants half a core")
	flags.Float64Var(&f.timeScale, "time-scale", 10, "how many AWS seconds pass in one real second, 1 to 20")
	flags.DurationVar(&f.lag, "replication-lag", 2*time.Second, "how long S3 takes to replicate an object, before scaling")
	flags.StringVar(&f.replicaOrder, "replica-order", string(objectstore.ByCreation), "which version of a key is the current one where both Regions wrote it, by creation or by arrival: AWS does not say")
	flags.StringVar(&f.durability, "durability", "", "storage.durability to drill with: async, sync, or both side by side (default: as configured; both with --fault destroy alone)")
	flags.BoolVar(&f.cold, "cold", false, "replace every instance of a function when the fault begins: nothing is warm")
	flags.BoolVar(&f.clientFailover, "client-failover", false, "clients repeat reads and token requests in the other Region, with package client")
	flags.StringVar(&f.workload, "workload", "", "file with what clients send (default: the object API's workload, or every GET route without parameters)")
	flags.StringVar(&f.command, "load", "", "command that sends the requests instead, such as \"k6 run load.js\"; it finds proxy, URL and token in its environment")
	flags.StringVar(&f.targets, "targets", "", "file with the targets that decide the exit code")
	flags.StringVar(&f.report, "report", "", "folder for report.html, report.md, report.svg and report.json")
	flags.BoolVar(&f.json, "json", false, "print the result as JSON on standard output")
	return command
}

// validate finds what is wrong with the flags, all of it, before anything is
// started.
func (f drillFlags) validate() error {
	var problems []error
	for _, fault := range f.faults {
		if err := drill.CheckFault(fault); err != nil && fault != allFaults {
			problems = append(problems, fmt.Errorf("--fault: %w, and %s", err, allFaults))
		}
	}
	if len(f.faults) == 0 {
		problems = append(problems, fmt.Errorf("--fault is empty; there are %s, and %s", strings.Join(drill.FaultNames(), ", "), allFaults))
	}
	if f.seeds < 1 {
		problems = append(problems, fmt.Errorf("--seeds must be at least 1, got %d", f.seeds))
	}
	if f.parallel < 1 {
		problems = append(problems, fmt.Errorf("--parallel must be at least 1, got %d", f.parallel))
	}
	if err := drill.CheckTimeScale(f.timeScale); err != nil {
		problems = append(problems, fmt.Errorf("--time-scale: %w", err))
	}
	if f.command != "" && f.workload != "" {
		problems = append(problems, errors.New("--load and --workload do not go together: either a command sends the requests, or the drill sends those of the file"))
	}
	if f.lag <= 0 {
		problems = append(problems, fmt.Errorf("--replication-lag must be more than 0, such as 2s, got %s", f.lag))
	}
	if err := objectstore.Order(f.replicaOrder).Check(); err != nil {
		problems = append(problems, fmt.Errorf("--replica-order: %w", err))
	}
	if err := f.checkDurability(); err != nil {
		problems = append(problems, err)
	}
	if _, err := f.settings(); err != nil {
		problems = append(problems, err)
	}
	if _, err := f.callers.clients(f.certificate); err != nil {
		problems = append(problems, err)
	}
	return errors.Join(problems...)
}

// inputs are files that were named.
type inputs struct {
	targets  drill.Targets
	workload *workload.Workload
}

// read reads the files and finds what is wrong with them, all of it.
func (f drillFlags) read() (inputs, error) {
	in := inputs{targets: drill.DefaultTargets()}
	var problems []error
	if f.targets != "" {
		var err error
		if in.targets, err = drill.ReadTargets(f.targets); err != nil {
			problems = append(problems, fmt.Errorf("--targets: %w", err))
		}
	}
	if f.workload != "" {
		w, err := workload.ReadFile(f.workload)
		if err != nil {
			problems = append(problems, fmt.Errorf("--workload: %w", err))
		}
		in.workload = &w
	}
	return in, errors.Join(problems...)
}

func (f drillFlags) run(command *cobra.Command) error {
	inputs, err := f.read()
	if err := errors.Join(f.validate(), err); err != nil {
		return err
	}
	if f.report != "" {
		if err := report.Folder(f.report).Prepare(); err != nil {
			return fmt.Errorf("--report: %w", err)
		}
	}
	subjects, err := f.subjects(command)
	if err != nil {
		return err
	}
	if slices.Contains(f.faults, allFaults) {
		f.faults = drill.FaultsOf(subjects[0].Assembly)
	}
	clients, err := f.callers.clients(f.certificate)
	if err != nil {
		return err
	}
	options := drill.Options{
		Clients: clients, TimeScale: f.timeScale, ReplicationLag: f.lag, ReplicaOrder: objectstore.Order(f.replicaOrder), Targets: &inputs.targets, Workload: inputs.workload, Load: f.command, Progress: f.progress(command), ClientFailover: f.clientFailover, Cold: f.cold,
	}
	if err := f.preflight(command, options, subjects); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "regionpair-drill-")
	if err != nil {
		return fmt.Errorf("make the working folder: %w", err)
	}
	options.Dir = dir
	document, err := f.perform(command, options, subjects)
	if err != nil && command.Context().Err() != nil {
		return errors.Join(command.Context().Err(), os.RemoveAll(dir))
	}
	if err != nil {
		return keepLogs(dir, err)
	}
	if document.Passed() {
		err = os.RemoveAll(dir)
	} else {
		_, _ = fmt.Fprintf(command.ErrOrStderr(), "\nThe logs are in %s\n", dir)
		err = errMissed
		if document.Verdict() == drill.Inconclusive {
			err = errInconclusive
		}
	}
	return cmp.Or(f.publish(command.OutOrStdout(), command.ErrOrStderr(), document), err)
}

// preflight finds what is wrong with the drills, all of it, before anything starts, and
// warns of what only their requests will show.
func (f drillFlags) preflight(command *cobra.Command, options drill.Options, subjects []subject) error {
	var problems []error
	add := func(err error) {
		isKnown := func(known error) bool { return known.Error() == err.Error() }
		if err != nil && !slices.ContainsFunc(problems, isKnown) {
			problems = append(problems, err)
		}
	}
	for _, s := range subjects {
		options.Assembly = s.Assembly
		if err := drill.CheckFaultsOf(s.Assembly, f.faults); err != nil {
			add(fmt.Errorf("--fault: %w", err))
		}
		add(options.Preflight(command.Context()))
	}
	if len(problems) > 0 {
		return errors.Join(problems...)
	}
	warnOf(command.ErrOrStderr(), options.Doubtful())
	return nil
}

// warnOf services that functions call and that are not here.
func warnOf(log io.Writer, missing []string) {
	for _, line := range missing {
		_, _ = fmt.Fprintf(log, "%s, which the local cloud does not have: requests that need it fail\n", line)
	}
}

// keepLogs adds to an error where the logs are; a drill that failed before
// anything ran has none.
func keepLogs(dir string, err error) error {
	if logs, _ := filepath.Glob(filepath.Join(dir, "*", "*", "logs", "*")); len(logs) == 0 {
		return errors.Join(err, os.RemoveAll(dir))
	}
	return fmt.Errorf("%w; the logs are in %s", err, dir)
}

// perform runs every fault with every seed.
func (f drillFlags) perform(command *cobra.Command, options drill.Options, subjects []subject) (drill.Document, error) {
	document := drill.Document{
		SchemaVersion: drill.SchemaVersion, TimeScale: f.timeScale, Targets: *options.Targets, Runs: []drill.Result{}, NotEmulated: []string{},
		Provenance: drill.NewProvenance(command.Context(), subjects[0].Assembly, append([]string{"regionpair"}, os.Args[1:]...)),
	}
	for _, s := range subjects {
		label := s.durability
		if len(subjects) == 1 {
			label = ""
		}
		if err := document.Provenance.AddTemplates(s.Assembly, label); err != nil {
			return document, err
		}
	}
	var err error
	document.Runs, document.NotEmulated, err = f.performAll(command, options, subjects)
	document.Durabilities = drill.CompareDurabilities(document.Runs)
	return document, err
}

// performAll runs every fault with every subject and seed, some at once, and
// returns the results in that order. The first error ends the others.
func (f drillFlags) performAll(command *cobra.Command, common drill.Options, subjects []subject) (results []drill.Result, notEmulated []string, err error) {
	jobs := []drill.Options{}
	for _, fault := range f.faults {
		for _, s := range subjects {
			for n := range f.seeds {
				options := common
				options.Assembly, options.Dir = s.Assembly, filepath.Join(common.Dir, s.durability)
				options.Fault, options.Seed = fault, f.seed+uint64(n)
				if len(subjects) > 1 {
					options.Progress = named{common.Progress, s.durability}
				}
				jobs = append(jobs, options)
			}
		}
	}
	results = make([]drill.Result, len(jobs))
	group, ctx := errgroup.WithContext(command.Context())
	group.SetLimit(f.parallel)
	var mu sync.Mutex
	for i, options := range jobs {
		group.Go(func() error {
			result, missing, err := drill.Run(ctx, options)
			mu.Lock()
			defer mu.Unlock()
			results[i] = result
			notEmulated = append(notEmulated, missing...)
			return err
		})
	}
	err = group.Wait()
	slices.Sort(notEmulated)
	return results, slices.Compact(notEmulated), err
}

func (f drillFlags) progress(command *cobra.Command) drill.Progress {
	out := command.ErrOrStderr()
	terminal := &drill.Terminal{Out: out, Live: isTerminal(out), Width: func() int { return widthOf(out) }, Paint: paintFor(out).Verdict}
	if f.parallel > 1 {
		return drill.Results{Terminal: terminal}
	}
	return terminal
}

// publish writes the reports first, so that they are there when a program
// reads the document. The document is printed also when they cannot be written.
func (f drillFlags) publish(out, log io.Writer, document drill.Document) error {
	var reports error
	if f.report != "" {
		if reports = report.Folder(f.report).Write(document); reports == nil {
			_, _ = fmt.Fprintf(log, "\nThe report is in %s\n", filepath.Join(f.report, "report.html"))
		}
	}
	text := report.Summary(document, paintFor(out).Verdict)
	if f.json {
		encoded, err := json.MarshalIndent(document, "", "  ")
		if err != nil {
			return fmt.Errorf("write the result: %w", err)
		}
		text = string(encoded) + "\n"
	}
	if _, err := io.WriteString(out, text); err != nil {
		return errors.Join(reports, fmt.Errorf("write the result: %w", err))
	}
	return reports
}
