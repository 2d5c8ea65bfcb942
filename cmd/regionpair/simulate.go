package main

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/regionpair/regionpair/internal/failover"
	"github.com/regionpair/regionpair/internal/simulate"
)

type simulateFlags struct {
	posture, fault string
	interval, ttl  time.Duration
	threshold      int
	alias, json    bool
	clients        int
	keep           []string
	seed           uint64
}

func newSimulate() *cobra.Command {
	f := simulateFlags{}
	command := &cobra.Command{
		Use:   "simulate",
		Short: "Compute how long clients are without service when the primary fails",
		Long: "simulate lets the primary fail a thousand times in virtual time, each time at another moment of the checkers' rounds, with clients whose cached DNS\n" +
			"answers end at any moment. It needs no pair and no AWS account, and takes seconds." +
			exitCodes("computed", "", "an option is wrong"),
		Example: "  regionpair simulate --posture fast --fault blackhole\n" +
			"  regionpair simulate --interval 30s --threshold 1 --alias   # as many pairs of load balancers are set up\n" +
			"  regionpair simulate --keep 5m=0.1                          # a tenth of the clients keeps answers for five minutes",
		Args: noArguments,
		RunE: func(command *cobra.Command, _ []string) error { return f.run(command) },
	}
	flags := command.Flags()
	flags.StringVar(&f.posture, "posture", "standard", "defaults of detection and TTL: standard, fast or economy")
	flags.StringVar(&f.fault, "fault", "crash", "how the primary fails: "+strings.Join(simulate.OutageFaults(), ", "))
	flags.DurationVar(&f.interval, "interval", 0, "time between two requests of a checker, 10s or 30s (default: the posture's)")
	flags.IntVar(&f.threshold, "threshold", 0, "answers in a row that change a checker's mind, 1 to 10 (default: the posture's)")
	flags.DurationVar(&f.ttl, "ttl", 0, "how long resolvers keep an answer (default: the posture's)")
	flags.BoolVar(&f.alias, "alias", false, "alias records, whose TTL is 60s")
	flags.IntVar(&f.clients, "clients", 1_000_000, "number of clients")
	flags.StringArrayVar(&f.keep, "keep", nil, "`DURATION=SHARE` of the clients whose resolver keeps answers for longer than the TTL; may be repeated")
	flags.Uint64Var(&f.seed, "seed", 1, "of everything that is random")
	flags.BoolVar(&f.json, "json", false, "print one JSON document")
	return command
}

// outage that the flags describe; everything that is wrong with them at once.
func (f simulateFlags) outage(command *cobra.Command) (simulate.Outage, error) {
	o, err := simulate.NewOutage(f.posture)
	if err != nil {
		return o, fmt.Errorf("--posture: %w", err)
	}
	changed := command.Flags().Changed
	var problems []error
	if changed("alias") && changed("ttl") {
		problems = append(problems, errors.New("--alias and --ttl do not go together: the TTL of an alias is 60s"))
	}
	for name, set := range map[string]func(){
		"interval":  func() { o.Interval = f.interval },
		"threshold": func() { o.Threshold = f.threshold },
		"ttl":       func() { o.TTL = f.ttl },
		"alias":     func() { o.TTL = failover.AliasTTL },
	} {
		if changed(name) {
			o.Posture = ""
			set()
		}
	}
	o.Fault, o.Clients, o.Seed, o.Keeps = f.fault, f.clients, f.seed, map[time.Duration]float64{}
	for _, text := range f.keep {
		keeps, share, err := parseKeep(text)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		o.Keeps[keeps] += share
	}
	return o, errors.Join(append(problems, o.Validate()...)...)
}

func parseKeep(text string) (time.Duration, float64, error) {
	duration, share, _ := strings.Cut(text, "=")
	keeps, err := time.ParseDuration(duration)
	part, err2 := strconv.ParseFloat(share, 64)
	if err != nil || err2 != nil {
		return 0, 0, fmt.Errorf("--keep must be a duration and a share, such as 5m=0.1, got %q", text)
	}
	return keeps, part, nil
}

func (f simulateFlags) run(command *cobra.Command) error {
	o, err := f.outage(command)
	if err != nil {
		return err
	}
	r, err := simulate.Recover(o)
	if err != nil {
		return err
	}
	if f.json {
		return printJSON(command.OutOrStdout(), r)
	}
	_, err = io.WriteString(command.OutOrStdout(), r.Text())
	return err
}
