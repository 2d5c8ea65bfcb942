// Command e2e deploys a pair with the real CDK CLI into an emulator of
// CloudFormation, calls it, changes it, breaks a change and takes it down. It
// needs Python with venv and pip; nothing leaves the machine but the download
// of the pinned packages.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// figure is how long a step took.
type figure struct {
	Step    string  `json:"step"`
	Seconds float64 `json:"seconds"`
	Detail  string  `json:"detail,omitempty"`
}

func main() {
	asJSON := flag.Bool("json", false, "print the figures as JSON")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	figures, err := run(ctx)
	stop()
	if *asJSON {
		_ = json.NewEncoder(os.Stdout).Encode(figures)
	}
	var missing missingTool
	switch {
	case errors.As(err, &missing):
		fmt.Fprintln(os.Stderr, "e2e:", err)
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, "e2e:", err)
		os.Exit(1)
	}
}

// missingTool says that the machine lacks what the deployment goes to.
type missingTool string

func (m missingTool) Error() string { return string(m) }

func run(ctx context.Context) ([]figure, error) {
	s := &scenario{}
	defer s.close()
	figures := []figure{}
	for _, step := range s.steps() {
		start := time.Now()
		detail, err := step.do(ctx)
		took := time.Since(start).Seconds()
		if err != nil {
			return figures, fmt.Errorf("%s: %w", step.name, err)
		}
		fmt.Fprintf(os.Stderr, "%7.1f s  %s  %s\n", took, step.name, detail)
		figures = append(figures, figure{step.name, took, detail})
	}
	return figures, nil
}
