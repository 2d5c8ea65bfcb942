package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/regionpair/regionpair/internal/drill"
	"github.com/regionpair/regionpair/internal/drill/report"
	"github.com/regionpair/regionpair/internal/operate"
)

// liveFlags are those of a drill of a deployed pair.
type liveFlags struct {
	pairFlags
	live                     bool
	client, reason, evidence string
	breakHealth, external    bool
	fenced                   bool
	fence                    operate.Fencing
	yes                      bool
	rate                     float64
	maxLag                   time.Duration
	accept                   []string
}

// Environment variables with the credential of the drill's client, for those
// who may not read secrets.
const (
	clientIDVariable     = "REGIONPAIR_CLIENT_ID"
	clientSecretVariable = "REGIONPAIR_CLIENT_SECRET" //nolint:gosec // the name of a variable
)

func (f *liveFlags) add(command *cobra.Command) {
	flags := command.Flags()
	flags.BoolVar(&f.live, "live", false, "drill the deployed pair: move its clients to the standby and back")
	f.addPair(command)
	flags.StringVar(&f.client, "client", "", "machine client to be, with --live; its secret is read, unless "+clientIDVariable+" and "+clientSecretVariable+" are set")
	flags.StringVar(&f.reason, "reason", "", "why, with --live; it is kept in the history and in the evidence")
	flags.StringVar(&f.evidence, "evidence", "", "folder for the report and everything that proves it, with --live")
	flags.BoolVar(&f.breakHealth, "break-health", false, "with --live, also stop the primary's health function for a while, so that detection is measured: for development accounts")
	flags.BoolVar(&f.external, "external", false, "with --live, break nothing and measure: you break the primary by other means, such as AWS FIS, and repair it")
	flags.BoolVar(&f.fenced, "fence", false, "with --live, end writes in the primary before the clients are moved, as regionpair failover --fence does")
	addFencing(flags, &f.fence)
	flags.BoolVar(&f.yes, "yes", false, "do not ask for the name of the pair, with --live")
	flags.Float64Var(&f.rate, "rate", 0, "requests per second, with --live (default 30)")
	flags.DurationVar(&f.maxLag, "max-lag", defaultMaxLag, "how far the standby may be behind, with --live")
	flags.StringSliceVar(&f.accept, "accept", nil, "with --live, go on although these guards do not hold: "+strings.Join(operate.GuardsOf(operate.ActionDrill), ", "))
}

// flagsOf a deployed pair's drill, and those of a local one: each goes with
// itself only.
var (
	liveOnly  = []string{"config", "env", "pair", "primary", "standby", "domain", "resolver", "name-server", "client", "reason", "evidence", "break-health", "external", "fence", "fence-uploads", "fence-settle", "fence-drain", "yes", "rate", "max-lag", "accept"}
	localOnly = []string{"cold", "fault", "seed", "seeds", "parallel", "replication-lag", "client-failover", "load", "assembly", "context", "report", "client-address", "truststore"}
)

// checkMode refuses options of the other kind of drill.
func (f *liveFlags) checkMode(command *cobra.Command) error {
	names, mode := liveOnly, "needs --live"
	if f.live {
		names, mode = localOnly, "does not go with --live"
	}
	var problems []error
	if f.breakHealth && f.external {
		problems = append(problems, errors.New("--break-health and --external do not go together: either the drill breaks the primary, or you do"))
	}
	if f.fenced && f.external {
		problems = append(problems, errors.New("--fence and --external do not go together: with --external the drill changes nothing"))
	}
	if f.live {
		problems = append(problems, checkFencing(command.Flags(), f.fenced))
	}
	for _, name := range names {
		if command.Flags().Changed(name) {
			problems = append(problems, fmt.Errorf("--%s %s", name, mode))
		}
	}
	return errors.Join(problems...)
}

// options of the drill, as far as flags say them.
func (f *liveFlags) options(p operate.Pair, w operate.World, in inputs, scale float64) drill.LiveOptions {
	options := drill.LiveOptions{
		World: w, Pair: p, Client: f.client, ClientID: os.Getenv(clientIDVariable), ClientSecret: os.Getenv(clientSecretVariable),
		Reason: f.reason, Accept: f.accept, MaxLag: f.maxLag, BreakHealth: f.breakHealth, External: f.external, Rate: f.rate, TimeScale: scale, Targets: &in.targets, Workload: in.workload,
		Command: append([]string{"regionpair"}, os.Args[1:]...),
	}
	if f.fenced {
		options.Fence = &f.fence
	}
	return options
}

// runLive drills the deployed pair.
func (f *drillFlags) runLive(command *cobra.Command) error {
	inputs, err := f.read()
	p, w, err := f.open(command, err, checkAccept(operate.ActionDrill, f.accept), checkReason(f.reason))
	if err != nil {
		return err
	}
	if f.evidence != "" {
		if err := report.Folder(f.evidence).Prepare(); err != nil {
			return fmt.Errorf("--evidence: %w", err)
		}
	}
	scale := 1.0
	if command.Flags().Changed("time-scale") {
		scale = f.timeScale
	}
	options := f.options(p, w, inputs, scale)
	options.Progress = f.progress(command)
	live, err := drill.PrepareLive(command.Context(), options)
	if err != nil {
		return err
	}
	return f.conclude(command, f.performLive(command, live, p))
}

// performLive asks and drills; nothing was changed unless the document has runs.
func (f *drillFlags) performLive(command *cobra.Command, live *drill.Live, p operate.Pair) drill.Document {
	log := command.ErrOrStderr()
	_, _ = io.WriteString(log, report.LivePlan(live.Plan(), paintFor(log).Verdict))
	if live.Refused() {
		return live.End(drill.OutcomeRefused, "guards do not hold; nothing was changed")
	}
	person := &terminalPerson{in: command.InOrStdin(), out: log, yes: f.yes, canAsk: isTerminal(command.InOrStdin())}
	if err := person.Confirm(command.Context(), p); err != nil {
		return live.End(drill.OutcomeDeclined, err.Error()+"; nothing was changed")
	}
	return live.Run(command.Context())
}

// conclude writes the evidence and prints the document.
func (f *drillFlags) conclude(command *cobra.Command, document drill.Document) error {
	out := command.OutOrStdout()
	var written error
	if f.evidence != "" && len(document.Runs) > 0 {
		written = report.Folder(f.evidence).WriteEvidence(document)
	}
	var err error
	if f.json {
		err = printJSON(out, document)
	} else {
		_, err = io.WriteString(out, report.LiveSummary(document, paintFor(out).Verdict))
		if err == nil && f.evidence != "" && len(document.Runs) > 0 && written == nil {
			_, err = fmt.Fprintf(out, "  evidence: %s %s\n", filepath.Clean(f.evidence), strings.Join(report.EvidenceFiles, " "))
		}
	}
	if err = errors.Join(written, err); err != nil {
		return err
	}
	return exitWith(document.LiveExitCode())
}
