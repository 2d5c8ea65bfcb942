package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/mod/semver"

	"github.com/regionpair/regionpair/internal/scaffold"
)

func newInit() *cobra.Command {
	values := scaffold.Values{}
	tidy, asJSON := true, false
	command := &cobra.Command{
		Use:   "init FOLDER",
		Short: "Write a new app: a pair with a handler, tests and a CI workflow",
		Long: `Writes a CDK app into a new folder: the pair in main.go, a Go handler, a test that compares the templates with
snapshots, a workflow for GitHub Actions, and a README. It synthesizes, tests and drills as it is; the account, the
domain and the hosted zone are examples until you change them.` +
			exitCodes("written", "", "the folder is there already, an option is wrong, or the modules could not be resolved"),
		Example: `  regionpair init orders
  regionpair init orders --store table
  regionpair init orders --module github.com/acme/orders --domain orders.acme.com --zone acme.com --zone-id Z0123456789ABCDEFGHIJ`,
		Args: cobra.ExactArgs(1),
		RunE: func(command *cobra.Command, args []string) error {
			folder, err := filepath.Abs(args[0])
			if err != nil {
				return fmt.Errorf("find the folder %s: %w", args[0], err)
			}
			complete(&values, folder)
			if err := values.Check(); err != nil {
				return err
			}
			if err := scaffold.Write(folder, values); err != nil {
				return err
			}
			if tidy {
				if err := resolve(command, folder, values); err != nil {
					return err
				}
			}
			return announce(command, args[0], asJSON)
		},
	}
	flags := command.Flags()
	flags.StringVar(&values.Name, "name", "", "name of the pair and of its resource; default: the folder's name")
	flags.StringVar((*string)(&values.Store), "store", string(scaffold.StoreBucket), "where the handler keeps its documents: bucket or table")
	flags.StringVar(&values.Module, "module", "", "module path of the app; default: example.com/<name>")
	flags.StringVar(&values.Account, "account", "111122223333", "AWS account")
	flags.StringVar(&values.Domain, "domain", "", "host name of the API; default: <name>.<zone>")
	flags.StringVar(&values.Zone, "zone", "example.com", "Route 53 hosted zone of the host name")
	flags.StringVar(&values.ZoneID, "zone-id", "Z0123456789ABCDEFGHIJ", "id of the hosted zone")
	flags.StringVar(&values.Primary, "primary", "eu-west-1", "primary Region")
	flags.StringVar(&values.Secondary, "secondary", "eu-central-1", "secondary Region")
	flags.StringVar(&values.Replace, "replace", "", "folder of regionpair's own sources to use instead of a released version")
	flags.BoolVar(&tidy, "tidy", true, "resolve the app's modules with the Go tool")
	flags.BoolVar(&asJSON, "json", false, "print one JSON document")
	return command
}

// complete fills in what follows from other values.
func complete(values *scaffold.Values, folder string) {
	if values.Name == "" {
		values.Name = strings.ToLower(filepath.Base(folder))
	}
	if values.Module == "" {
		values.Module = "example.com/" + values.Name
	}
	if values.Domain == "" {
		values.Domain = values.Name + "." + values.Zone
	}
	if values.Replace == "" {
		values.Version = released()
	}
}

// released returns the version of this tool; empty when it was built from a
// checkout.
func released() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	version := info.Main.Version
	if info.Main.Path != "github.com/regionpair/regionpair" || !semver.IsValid(version) || strings.Contains(version, "+dirty") {
		return ""
	}
	return version
}

// resolve lets the Go tool complete go.mod and write go.sum.
func resolve(command *cobra.Command, folder string, values scaffold.Values) error {
	_, _ = fmt.Fprintln(command.ErrOrStderr(), "resolving modules: the first time takes a minute or two")
	steps := [][]string{{"mod", "tidy"}}
	if values.Version == "" && values.Replace == "" {
		steps = append([][]string{{"get", "-tool", "github.com/regionpair/regionpair/cmd/regionpair@latest"}}, steps...)
	}
	for _, step := range steps {
		tool := exec.CommandContext(command.Context(), "go", step...) //nolint:gosec // the steps are ours
		tool.Dir = folder
		tool.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod")
		if output, err := tool.CombinedOutput(); err != nil {
			return errors.Join(
				fmt.Errorf("the app is in %s, but its modules could not be resolved: go %s: %w", folder, strings.Join(step, " "), err),
				errors.New(strings.TrimSpace(string(output))),
				fmt.Errorf("run `cd %s && go mod tidy` when that is mended", folder),
			)
		}
	}
	return nil
}

func announce(command *cobra.Command, folder string, asJSON bool) error {
	next := []string{
		"cd " + folder,
		"npm install",
		"UPDATE_SNAPSHOTS=1 go test ./...",
		"go tool regionpair drill --workload workload.json",
	}
	if asJSON {
		return printJSON(command.OutOrStdout(), scaffold.Written{SchemaVersion: 1, Folder: folder, Next: next})
	}
	_, err := fmt.Fprintf(command.OutOrStdout(), "Wrote a new app to %s. Next:\n\n  %s\n", folder, strings.Join(next, "\n  "))
	return err
}
