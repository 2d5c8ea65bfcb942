// Command e2e deploys a pair with the real CDK CLI into one emulator of
// CloudFormation per Region, calls it, changes it, loses a Region, breaks a
// change and takes it all down. It needs Python with venv and pip; nothing
// leaves the machine but the download of the pinned packages.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

const (
	failed  = 1
	lacking = 2
)

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("e2e", flag.ContinueOnError)
	flags.SetOutput(stderr)
	asJSON := flags.Bool("json", false, "print the result as one JSON document")
	if err := flags.Parse(args); err != nil {
		return lacking
	}
	s := &scenario{}
	defer s.close()
	result, err := s.run(ctx, stderr)
	if *asJSON {
		if err := result.write(stdout); err != nil {
			_, _ = fmt.Fprintln(stderr, "e2e:", err)
			return failed
		}
	}
	if err == nil {
		return 0
	}
	_, _ = fmt.Fprintln(stderr, "e2e:", err)
	var missing missingTool
	if errors.As(err, &missing) {
		return lacking
	}
	return failed
}
